//! How an event is written for clients of VictoriaLogs: one flat object, every value a text.

use vigil_index::Row;
use vigil_model::roles;

use super::dialect::MESSAGE;
use crate::labels::Labels;

/// Appends the row as one line. Events get `_time`, `_stream_id`, `_stream` and `_msg` first; empty values are left out,
/// which to these clients is the same. With `columns` only those, in that order; a name that ends in `*` takes all that
/// begin so.
pub(crate) fn write(row: &Row, columns: Option<&[String]>, out: &mut Vec<u8>) {
    let mut cells = if row.get("_id").is_some() { event_cells(row) } else { cells(row, |_| true) };
    if let Some(columns) = columns {
        cells = chosen(&cells, columns);
    }
    out.push(b'{');
    for (n, (name, value)) in cells.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write_text(value, out);
    }
    out.extend_from_slice(b"}\n");
}

type Cells = Vec<(String, String)>;

fn event_cells(row: &Row) -> Cells {
    let labels = Labels::of(row);
    let has = |name: &&str| row.get(name).is_some_and(|value| !value.to_string().is_empty());
    let message = roles::MESSAGE.iter().copied().find(has);
    let mut event = cells(row, |name| name == "_time");
    event.push(("_stream_id".to_owned(), labels.id()));
    event.push(("_stream".to_owned(), labels.to_string()));
    if let Some(value) = message.and_then(|name| row.get(name)) {
        event.push((MESSAGE.to_owned(), value.to_string()));
    }
    event.extend(cells(row, |name| name != "_time" && Some(name) != message));
    event
}

fn cells(row: &Row, takes: impl Fn(&str) -> bool) -> Cells {
    let taken = row.columns().filter(|(name, _)| takes(name));
    let texts = taken.map(|(name, value)| (name.to_owned(), value.to_string()));
    texts.filter(|(_, text)| !text.is_empty()).collect()
}

fn chosen(cells: &Cells, columns: &[String]) -> Cells {
    let mut chosen = Cells::new();
    for column in columns {
        let fits = |name: &str| column.strip_suffix('*').map_or(name == column, |front| name.starts_with(front));
        for cell in cells.iter().filter(|(name, _)| fits(name)) {
            if !chosen.contains(cell) {
                chosen.push(cell.clone());
            }
        }
    }
    chosen
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text is JSON and a vector takes everything");
}
