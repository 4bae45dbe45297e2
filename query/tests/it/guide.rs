//! Does the guide to VQL show nothing but valid queries?

use vigil_query::parse;

use crate::support::NOW;

const GUIDE: &str = include_str!("../../../docs/guides/vql.md");

#[test]
fn every_example_parses() {
    let examples: Vec<&str> =
        GUIDE.split("```vql\n").skip(1).map(|rest| rest.split_once("\n```").expect("a block ends").0).collect();
    assert!(examples.len() > 20, "the guide has an example for each construct");
    for example in examples {
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
