//! Which columns all rows have together, and of which type each is.

use std::collections::HashMap;

use serde_json::value::RawValue;
use vigil_model::Timestamp;

use crate::cli::row::{Row, is_number, plain};

/// What all values of a column have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers of 64 bits.
    Int,
    /// Numbers.
    Float,
    /// Flags.
    Bool,
    /// Points in time.
    Time,
    /// Anything, as text.
    Text,
}

/// Names in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// `None` as long as only nulls were met.
    kinds: Vec<Option<Kind>>,
}

impl Columns {
    /// Takes a row into account.
    pub(super) fn add(&mut self, row: &Row) {
        for (name, value) in row.columns() {
            let place = self.place(name);
            if let Some(kind) = kind(name, value) {
                self.kinds[place] = Some(self.kinds[place].map_or(kind, |known| common(known, kind)));
            }
        }
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Names and types.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Kind)> {
        let kinds = self.kinds.iter().map(|kind| kind.unwrap_or(Kind::Text));
        self.names.iter().map(String::as_str).zip(kinds)
    }

    /// Names alone.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        self.kinds.push(None);
        place
    }
}

fn kind(name: &str, value: &RawValue) -> Option<Kind> {
    let text = value.get();
    Some(match text.as_bytes().first()? {
        b'n' => return None,
        b't' | b'f' => Kind::Bool,
        _ if is_number(value) && text.parse::<i64>().is_ok() => Kind::Int,
        _ if is_number(value) => Kind::Float,
        b'"' if name == "_time" && plain(value).parse::<Timestamp>().is_ok() => Kind::Time,
        _ => Kind::Text,
    })
}

fn common(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        _ if a == b => a,
        (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_of_the_type_that_holds_all_its_values() {
        let mut columns = Columns::default();
        for line in [
            r#"{"_time":"2026-01-31T12:00:00Z","n":1,"x":1,"b":true,"m":1,"z":null}"#,
            r#"{"_time":"2026-01-31T12:00:00Z","n":2,"x":1.5,"b":false,"m":"a"}"#,
        ] {
            columns.add(&Row::parse(line.as_bytes()).expect("a row"));
        }
        let kinds: Vec<_> = columns.iter().collect();
        let expected = [
            ("_time", Kind::Time),
            ("n", Kind::Int),
            ("x", Kind::Float),
            ("b", Kind::Bool),
            ("m", Kind::Text),
            ("z", Kind::Text),
        ];
        assert_eq!(kinds, expected);
    }
}
