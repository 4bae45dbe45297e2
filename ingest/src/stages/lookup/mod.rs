//! What a table knows of an event: a row of CSV is found by a field, and columns of it become fields where the event
//! has none.
//!
//! With `match: cidr` the keys of the table are networks, and the smallest that holds the address counts. Of rows with
//! one key the last counts.

mod table;
#[cfg(test)]
mod tests;

use vigil_model::Value;
use vigil_model::tree::{Content, Node, Place};

use self::table::{Match, Table};
use super::read;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "lookup", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let file = options.required("file");
    let key = options.required("key");
    let column = options.text("column");
    let matched = options.read("match", Match::read).unwrap_or(Match::Exact);
    let delimiter = options.read("delimiter", delimiter).unwrap_or(b',');
    let add = additions(&mut options);
    options.finish();
    let ((at, path), (key_at, key)) = file.zip(key).filter(|_| making.faults.len() == faults)?;
    let bytes = read::file(at, path, KIND.name, making)?;
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let columns: Vec<(Place, &str)> = add.iter().map(|(_, at, column)| (*at, *column)).collect();
    let column = column.unwrap_or((key_at, key));
    let table = Table::read(&bytes, delimiter, matched, column, &columns)
        .map_err(|(place, why)| options.fault(place.unwrap_or(at), format_args!("`{path}`: {why}")))
        .ok()?;
    let add = add.into_iter().map(|(field, ..)| field).collect();
    Some(Box::new(Lookup { key: key.to_owned(), add, table }))
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Ok(*byte),
        _ if text == "tab" => Ok(b'\t'),
        _ => Err(format!("`{text}` is no delimiter such as `;` or tab")),
    }
}

/// Fields, and the columns that they come from: `{owner: team}`, or a list where both have one name.
fn additions<'t>(options: &mut Options<'t, '_>) -> Vec<(String, Place, &'t str)> {
    let mut add = Vec::new();
    let Some(node) = options.node("add") else {
        let at = options.at();
        options.fault(at, "`add` is missing: fields and the columns that they come from, such as `{owner: team}`");
        return add;
    };
    let mut one = |at: Place, field: &'t str, value: &'t Node, options: &mut Options<'t, '_>| match &value.content {
        Content::Scalar(column) if read::makes(at, field, options) => {
            add.push((field.to_owned(), value.at, column.as_str()))
        }
        Content::Scalar(_) => {}
        _ => options.fault(value.at, "`add` has fields and the columns that they come from"),
    };
    match &node.content {
        Content::Map(entries) => entries.iter().for_each(|entry| one(entry.at, &entry.key, &entry.value, options)),
        Content::List(items) => items.iter().for_each(|item| match &item.content {
            Content::Scalar(name) => one(item.at, name, item, options),
            _ => one(item.at, "", item, options),
        }),
        _ => options.fault(node.at, "`add` has fields and the columns that they come from"),
    }
    add
}

struct Lookup {
    /// The field that is looked up.
    key: String,
    /// The fields that columns of the table become.
    add: Vec<String>,
    table: Table,
}

impl Stage for Lookup {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let row = match event.fields.get(&self.key) {
            None => None,
            Some(Value::Str(text)) => self.table.find(text),
            Some(value) => self.table.find(&value.to_string()),
        };
        if let Some(row) = row {
            for (name, cell) in self.add.iter().zip(self.table.cells(row)).filter(|(_, cell)| !cell.is_empty()) {
                event.add(name, Value::Str(cell));
            }
        }
        Verdict::Keep
    }
}
