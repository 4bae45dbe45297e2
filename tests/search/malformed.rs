//! What cannot be read is pointed at, over HTTP and from the command line.

use std::process::Command;

use vigil_tests::{NodeProcess, vigil_bin};

/// Mistakes, each of its own kind.
const MALFORMED: [&str; 24] = [
    "level:error AND",
    "(level:error",
    "level:error)",
    "level:(error OR",
    "\"never closed",
    "host:in(a, b",
    "message:~\"[a-\"",
    "status:>",
    "status:[1 TO",
    "_time:5parsecs",
    "ip:ipv4_range(10.0.0.0/99)",
    "err*or*x*",
    "| stats",
    "* | stat count()",
    "* | stats cuont()",
    "* | stats sum()",
    "* | stats by host count() as n, sum(x) as n",
    "* | sort by",
    "* | limit ten",
    "* | fields",
    "* | math 1 +",
    "* | extract \"<\" from message",
    "* | join by (host) (level:error",
    "* || limit 5",
];

#[test]
fn every_mistake_is_pointed_at() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    for query in MALFORMED {
        let answer = node.client().get("/v1/query", &[("q", query)]).expect("the node is reachable");
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        let error = &answer.json()["error"];
        let rendered = error["rendered"].as_str().unwrap_or_else(|| panic!("{query}: {}", answer.text)).to_owned();
        assert!(rendered.contains('^'), "{query}: {rendered}");
        assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{query}: {}", answer.text);
        let output = Command::new(vigil_bin()).args(["query", query, "--url", &node.url]).output();
        let output = output.expect("vigil can be run");
        assert_eq!(output.status.code(), Some(2), "{query}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(rendered.trim_start_matches("error: ")), "{query}");
    }
}
