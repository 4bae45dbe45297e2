//! How rows become values between commas or tabs: columns as on the first page, quoting as in RFC 4180.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::cli::row::{Row, plain};

/// The columns that the head names, and what stands between them.
#[derive(Debug)]
pub(crate) struct Columns {
    names: Vec<String>,
    separator: u8,
}

impl Columns {
    /// The columns of these rows, in the order in which they come; writes the head.
    pub(super) fn begin(rows: &[Row], separator: u8, out: &mut impl Write) -> io::Result<Columns> {
        let mut names: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for (name, _) in rows.iter().flat_map(Row::columns) {
            if known.insert(name) {
                names.push(name.to_owned());
            }
        }
        Columns::of(names, separator, out)
    }

    /// These columns; writes the head.
    pub(crate) fn of(names: Vec<String>, separator: u8, out: &mut impl Write) -> io::Result<Columns> {
        if !names.is_empty() {
            write_line(names.iter().map(|name| Cow::Borrowed(name.as_str())), separator, out)?;
        }
        Ok(Columns { names, separator })
    }

    /// Writes rows; the names of columns that the head lacks come back.
    pub(crate) fn write(&self, rows: &[Row], out: &mut impl Write) -> io::Result<Vec<String>> {
        let mut strangers: Vec<String> = Vec::new();
        for row in rows {
            let cells = self.names.iter().map(|name| row.get(name).map_or(Cow::Borrowed(""), cell));
            write_line(cells, self.separator, out)?;
            let unknown = row.columns().filter(|(name, _)| !self.names.iter().any(|known| known == name));
            for (name, _) in unknown {
                if !strangers.iter().any(|stranger| stranger == name) {
                    strangers.push(name.to_owned());
                }
            }
        }
        Ok(strangers)
    }
}

/// Null is an empty cell.
fn cell(value: &serde_json::value::RawValue) -> Cow<'_, str> {
    if value.get() == "null" { Cow::Borrowed("") } else { plain(value) }
}

fn write_line<'a>(cells: impl Iterator<Item = Cow<'a, str>>, separator: u8, out: &mut impl Write) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(&[separator])?;
        }
        match cell.contains(['"', '\n', '\r', char::from(separator)]) {
            true => write!(out, "\"{}\"", cell.replace('"', "\"\""))?,
            false => write!(out, "{cell}")?,
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn cells_are_quoted_and_missing_ones_empty() {
        let rows: Vec<Row> = [r#"{"a":1,"b":"x, \"y\"\nz"}"#, r#"{"c":true,"a":null}"#]
            .iter()
            .map(|text| Row::parse(text.as_bytes()).expect("a row"))
            .collect();
        let mut out = Vec::new();
        let columns = Columns::begin(&rows, b',', &mut out).expect("memory takes everything");
        assert_eq!(columns.write(&rows, &mut out).expect("memory takes everything"), Vec::<String>::new());
        let late = [Row::parse(br#"{"d":1}"#).expect("a row")];
        assert_eq!(columns.write(&late, &mut out).expect("memory takes everything"), ["d"]);
        expect![[r#"
            a,b,c
            1,"x, ""y""
            z",
            ,,true
            ,,
        "#]]
        .assert_eq(&String::from_utf8(out).expect("text"));
    }
}
