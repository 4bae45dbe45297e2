//! What steps make of a row, as text: for the tests of every step.

use expect_test::Expect;
use vigil_query::Pipe;

use super::Steps;
use super::unpack_json::{parse, value_of};
use crate::Row;
use crate::row::Names;
use crate::scratch::Scratch;
use crate::view::View;

/// Runs the pipes over one row that is given as a JSON object.
pub(crate) fn rows(pipes: &[Pipe], row: &str) -> Vec<String> {
    let scratch = Scratch::default();
    let Some(serde_json::Value::Object(members)) = parse(row) else { panic!("{row} is no object") };
    let row = Row::new(members.iter().map(|(name, value)| (name.as_str().into(), value_of(&scratch, value).into())));
    let (steps, mut names, mut rows) = (Steps::of(pipes), Names::default(), Vec::new());
    let json = |row: &Row| {
        let mut out = Vec::new();
        row.write_json(&mut out);
        String::from_utf8(out).expect("JSON is text")
    };
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
