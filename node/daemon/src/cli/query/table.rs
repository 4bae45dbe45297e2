//! Which columns a table of rows has, and in which order.

use std::collections::HashMap;

use crate::cli::output::Paint;
use crate::cli::row::{Row, is_number, plain};
use crate::cli::table::{Cell, Table};

/// Columns in the order of the rows; where rows are events, what people look for comes first:
/// time, level, host, message, then what most events have, and the id last.
pub(super) fn of_rows(rows: &[Row]) -> Table {
    let names = columns(rows);
    let mut table = Table::new(names.iter().copied());
    for row in rows {
        table.push(names.iter().map(|name| cell(row, name)).collect());
    }
    table
}

fn columns(rows: &[Row]) -> Vec<&str> {
    let mut seen: HashMap<&str, (usize, usize)> = HashMap::new();
    for (name, _) in rows.iter().flat_map(Row::columns) {
        let place = seen.len();
        seen.entry(name).or_insert((place, 0)).1 += 1;
    }
    let events = rows.iter().any(Row::is_event);
    let mut names: Vec<(&str, (usize, usize))> = seen.into_iter().collect();
    names.sort_by_key(|(name, (place, count))| {
        let order = if events { (rank(name, rows), usize::MAX - count) } else { (0, 0) };
        (order, *place)
    });
    names.into_iter().map(|(name, _)| name).collect()
}

fn rank(name: &str, rows: &[Row]) -> usize {
    let is = |field: fn(&Row) -> Option<&'static str>| rows.iter().any(|row| field(row) == Some(name));
    match name {
        "_time" => 0,
        _ if is(Row::level_field) => 1,
        _ if is(Row::host_field) => 2,
        _ if is(Row::message_field) => 3,
        "_time_assumed" => 5,
        "_id" => 6,
        _ => 4,
    }
}

fn cell(row: &Row, name: &str) -> Cell {
    match row.get(name) {
        None => Cell::default(),
        Some(value) if is_number(value) => Cell::number(value.get()),
        Some(value) if name == "_time" => Cell::text(&plain(value)).paint(Paint::Dim),
        Some(value) => Cell::text(&plain(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Look;
    use expect_test::expect;

    fn shown(lines: &[&str]) -> String {
        let rows: Vec<Row> = lines.iter().map(|text| Row::parse(text.as_bytes()).expect("a row")).collect();
        of_rows(&rows).render(&Look::default()).0
    }

    #[test]
    fn aggregates_keep_the_order_of_the_query() {
        expect![[r#"
            host      n
            web-1  1200
            null      7
        "#]]
        .assert_eq(&shown(&[r#"{"host":"web-1","n":1200}"#, r#"{"host":null,"n":7}"#]));
    }

    #[test]
    fn events_begin_with_what_people_look_for() {
        expect![[r#"
            _time                 level  host  message  app  rare  _id
            2026-01-31T12:00:00Z  info         ok       pay     1  i1
            2026-01-31T12:00:01Z  error  a     broken   pay        i2
        "#]]
        .assert_eq(&shown(&[
            r#"{"_time":"2026-01-31T12:00:00Z","_id":"i1","app":"pay","rare":1,"message":"ok","level":"info"}"#,
            r#"{"_time":"2026-01-31T12:00:01Z","_id":"i2","app":"pay","message":"broken","level":"error","host":"a"}"#,
        ]));
    }
}
