//! Does the guide to LogQL show nothing but valid queries?

use vigil_query::TimeRange;
use vigil_query::logql::{Expression, Labels, Steps, parse, plan, translate};

const GUIDE: &str = include_str!("../../../../docs/guides/logql.md");

fn blocks(kind: &str) -> Vec<&'static str> {
    let rests = GUIDE.split(kind).skip(1);
    rests.map(|rest| rest.split_once("\n```").expect("a block ends").0).collect()
}

#[test]
fn every_example_can_be_run() {
    let examples = blocks("```logql\n");
    assert!(examples.len() > 20, "the guide has an example for each construct");
    for example in examples {
        match parse(example) {
            Err(error) => panic!("{}", error.render(example)),
            Ok(Expression::Log(query)) => {
                translate(&query, TimeRange::ALL, &Labels::default()).expect(example);
            }
            Ok(Expression::Metric(metric)) => {
                plan(&metric, Steps::instant(0), &Labels::default()).expect(example);
            }
        }
    }
}

#[test]
fn the_error_shown_is_the_error_given() {
    let text = "{app=\"api\"} | jsn | level=\"error\"";
    assert_eq!(parse(text).expect_err("misspelt").render(text), blocks("```text\n")[0]);
}
