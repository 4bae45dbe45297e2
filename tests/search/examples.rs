//! Every example of the guide to VQL is answered, over HTTP and from the command line alike.

use std::process::Command;

use serde_json::Value;
use vigil_tests::{NodeProcess, vigil_bin};

use crate::events;

const GUIDE: &str = include_str!("../../docs/guides/vql.md");

fn examples() -> Vec<&'static str> {
    let blocks = GUIDE.split("```vql\n").skip(1);
    blocks.map(|rest| rest.split_once("\n```").expect("a block ends").0).collect()
}

#[test]
fn every_example_of_the_guide_is_answered() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    events::fill(&node, 2_000);
    let examples = examples();
    assert!(examples.len() > 60, "the guide shows every filter, pipe and function");
    for example in examples {
        let over_http = node.client().rows(example);
        let command = from_the_command_line(&node, example);
        assert_eq!(over_http.len(), command.len(), "{example}");
        // The two are asked at different times.
        if !example.contains("now()") {
            assert_eq!(over_http, command, "{example}");
        }
    }
}

fn from_the_command_line(node: &NodeProcess, query: &str) -> Vec<Value> {
    let mut command = Command::new(vigil_bin());
    let output = command.args(["query", query, "-o", "ndjson", "--limit", "10000", "--url", &node.url]).output();
    let output = output.expect("vigil can be run");
    assert_eq!(output.status.code(), Some(0), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}
