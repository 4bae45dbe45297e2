//! `join`: columns of the rows of another query, where the texts of some fields are equal.
//!
//! A row with several partners becomes several rows, in the order of the other query. A column that the row has
//! something in keeps it: a prefix shows both. A row in which one of the fields is missing or empty has no partner.

use std::collections::BTreeMap;

use vigil_query::Join;

use crate::Row;
use crate::row::Names;
use crate::scratch::Scratch;
use crate::table::Held;
use crate::value::Cell;
use crate::view::View;

pub(crate) fn run(rows: Vec<Row>, join: &Join, others: &[Row]) -> (Vec<Row>, Option<String>) {
    let mut partners: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for other in others {
        if let Some(key) = key(other, &join.by) {
            partners.entry(key).or_default().push(other);
        }
    }
    let (mut scratch, mut names, mut held) = (Scratch::default(), Names::default(), Held::default());
    for row in rows {
        match key(&row, &join.by).and_then(|key| partners.get(&key)) {
            None if join.inner => {}
            None => held.push(|| row),
            Some(others) => {
                others.iter().for_each(|other| held.push(|| joined(&scratch, &row, join, other).to_row(&mut names)));
            }
        }
        scratch.reset();
        if held.is_short() {
            break;
        }
    }
    held.into_rows()
}

fn key(row: &Row, by: &[String]) -> Option<Vec<String>> {
    let text = |name: &String| row.get(name).map(ToString::to_string).filter(|text| !text.is_empty());
    by.iter().map(text).collect()
}

fn joined<'a>(scratch: &'a Scratch, row: &'a Row, join: &Join, other: &'a Row) -> View<'a> {
    let mut view = View::row(scratch, row);
    for (name, value) in other.columns().filter(|(name, _)| !join.by.iter().any(|by| by == name)) {
        let name = if join.prefix.is_empty() { name } else { scratch.text(&format!("{}{name}", join.prefix)) };
        if !view.has(name) {
            view.set(name, Cell::Owned(value));
        }
    }
    view
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use vigil_query::{Filter, Query, TimeRange};

    use super::*;
    use crate::steps::testing::{json, row};

    fn check(inner: bool, prefix: &str, expected: Expect) {
        let query = Query { time: TimeRange::ALL, filter: Filter::All, pipes: Vec::new() };
        let join = Join { by: vec!["user".into()], query: Box::new(query), inner, prefix: prefix.into() };
        let rows = [r#"{"user":"ann","n":1}"#, r#"{"user":7,"n":null}"#, r#"{"user":"bob"}"#, r#"{"n":4}"#].map(row);
        let others =
            [r#"{"user":"7","n":2}"#, r#"{"user":"ann","n":3,"m":1}"#, r#"{"user":"ann","m":2}"#, r#"{"m":5}"#];
        let (rows, reason) = run(rows.to_vec(), &join, &others.map(row));
        assert_eq!(reason, None);
        expected.assert_eq(&rows.iter().map(json).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn rows_meet_their_partners() {
        check(
            false,
            "",
            expect![[r#"
                {"user":"ann","n":1,"m":1}
                {"user":"ann","n":1,"m":2}
                {"user":7,"n":2}
                {"user":"bob"}
                {"n":4}"#]],
        );
        check(
            true,
            "o.",
            expect![[r#"
                {"user":"ann","n":1,"o.n":3,"o.m":1}
                {"user":"ann","n":1,"o.m":2}
                {"user":7,"n":null,"o.n":2}"#]],
        );
    }
}
