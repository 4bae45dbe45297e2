//! Does the guide to VQL show nothing but valid queries?

use vigil_query::{function_names, parse, pipe_names};

use crate::support::NOW;

const GUIDE: &str = include_str!("../../../docs/guides/vql.md");

/// The queries that the guide shows.
fn examples() -> impl Iterator<Item = &'static str> {
    GUIDE.split("```vql\n").skip(1).map(|rest| rest.split_once("\n```").expect("a block ends").0)
}

#[test]
fn every_example_parses() {
    assert!(examples().count() > 20, "the guide has an example for each construct");
    for example in examples() {
        if let Err(error) = parse(example, NOW) {
            panic!("{}", error.render(example));
        }
    }
}

#[test]
fn the_error_shown_is_the_error_given() {
    let shown = GUIDE.split("```text\n").nth(1).expect("an example").split_once("\n```").expect("a block ends").0;
    let text = "error | limt 10";
    assert_eq!(parse(text, NOW).expect_err("misspelt").render(text), shown);
}

#[test]
fn every_pipe_and_function_has_an_example_and_a_line_in_its_table() {
    let table = |sign: &str| GUIDE.lines().any(|line| line.starts_with("| `") && line.contains(sign));
    for pipe in pipe_names() {
        assert!(examples().any(|example| calls(example, pipe)), "an example of {pipe}");
        assert!(table(&format!("`{pipe}")), "{pipe} in the table");
    }
    for function in function_names() {
        let call = format!("{function}(");
        assert!(examples().any(|example| example.contains(&format!(" {call}"))), "an example of {function}");
        assert!(table(&format!("`{call}")), "{function} in the table");
    }
}

fn calls(example: &str, pipe: &str) -> bool {
    let mut rests = example.split("| ").skip(1);
    rests.any(|rest| {
        rest.strip_prefix(pipe).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}
