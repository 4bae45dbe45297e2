//! What steps make of a row, as text: for the tests of every step.

use expect_test::Expect;
use vigil_query::Pipe;

use super::Steps;
use super::unpack_json::{parse, value_of};
use crate::Row;
use crate::row::Names;
use crate::scratch::Scratch;
use crate::view::View;

/// A row of the members of a JSON object.
pub(crate) fn row(text: &str) -> Row {
    let scratch = Scratch::default();
    let Some(serde_json::Value::Object(members)) = parse(text) else { panic!("{text} is no object") };
    // A map may or may not be sorted; the order of the text is that of the row.
    let at = |name: &str| text.find(&format!("{}:", serde_json::Value::from(name))).expect("it stands there");
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| at(name));
    Row::new(members.into_iter().map(|(name, value)| (name.as_str().into(), value_of(&scratch, value).into())))
}

/// A row as a JSON object.
pub(crate) fn json(row: &Row) -> String {
    let mut out = Vec::new();
    row.write_json(&mut out);
    String::from_utf8(out).expect("JSON is text")
}

/// Runs the pipes over one row that is given as a JSON object.
pub(crate) fn rows(pipes: &[Pipe], text: &str) -> Vec<String> {
    let (scratch, steps, row) = (Scratch::default(), Steps::of(pipes), row(text));
    let (mut names, mut rows) = (Names::default(), Vec::new());
    steps.run(View::row(&scratch, &row), &mut |view| rows.push(json(&view.to_row(&mut names))));
    rows
}

/// Checks what becomes of a row.
pub(crate) fn check(pipes: &[Pipe], row: &str, expected: Expect) {
    expected.assert_eq(&rows(pipes, row).join("\n"));
}

pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}
