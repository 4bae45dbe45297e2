//! An answer is the same from memory, from the index, after a restart and from the log alone.

use serde_json::Value;
use vigil_tests::NodeProcess;

use crate::events;

const QUESTIONS: [&str; 34] = [
    "refused",
    "REFUSED",
    "c\"refused\"",
    "*efuse*",
    "überlastet",
    "\"connection refused\"",
    "conn*",
    "level:=Error",
    "level:error host:web-03",
    "status:>=500 -service:auth",
    "host:in(web-01, web-02)",
    "message:~\"(?i)after [0-9]+ MS\"",
    "~\"orders/[0-9]*7/\"",
    "ip:ipv4_range(10.0.1.0/24)",
    "user.email:*",
    "tags:a1",
    "trace_id:0*",
    "status:len_range(3,3) | stats count() as n",
    "* | stats count() as n",
    "* | stats by (host) count() as n, avg(took_ms) as mean, quantile(0.9, took_ms) as p90",
    "* | stats by (_time:5m, level) count() as n",
    "level:error | stats by (service) count() as n, min(took_ms) as least, max(took_ms) as most",
    "refused | stats by (host) sum(status) as total",
    "* | top 3 by (service)",
    "* | uniq by (host) with hits",
    "* | field_names",
    "* | field_values level",
    "* | facets 3",
    "* | unpack_logfmt from message | stats by (user) count() as n",
    "* | extract \"after <wait> ms\" from message | where wait:>400 | sort by (wait, _time) | limit 20 | fields wait",
    "* | math took_ms / 1000 as seconds | sort by (seconds desc, _id) | limit 5 | fields seconds",
    "* | collapse message | top 5 by (message)",
    "host:in(level:error | uniq by (host) | limit 2) | stats by (host) count() as n",
    "* | stats by (service) count() as n | join by (service) (level:error | stats by (service) count() as errors)",
];

#[test]
fn an_answer_is_the_same_however_it_is_found() {
    let place = tempfile::tempdir().expect("a place for tests");
    let dir = place.path().join("data");
    let node = NodeProcess::start(&dir);
    node.client().ingest(&events::lines(5_000));
    let from_memory = answers(&node);
    assert!(from_memory.iter().all(|rows| !rows.is_empty()), "every question finds something");
    node.wait_indexed();
    expect_same(&node, &from_memory, "from the index");
    node.stop();
    let node = NodeProcess::start(&dir);
    expect_same(&node, &from_memory, "after a restart");
    expect_columns(&node);
    node.kill();
    std::fs::remove_dir_all(dir.join("index")).expect("the index is there");
    let node = NodeProcess::start(&dir);
    expect_same(&node, &from_memory, "without an index");
    node.wait_indexed();
    expect_same(&node, &from_memory, "from an index that was made again");
}

/// What was in the making when the node was stopped is there: no row has to be read.
fn expect_columns(node: &NodeProcess) {
    let query = [("q", "* | stats by (host, level) count() as n"), ("from", "2026-08-01"), ("to", "2026-08-02")];
    let answer = node.client().get("/v1/query", &query).expect("the node is reachable").json();
    let shelves = (&answer["stats"]["shelves"], &answer["stats"]["shelves_pruned"]);
    assert_eq!(shelves, (&2.into(), &1.into()), "the events are of one day, the node's own records of today");
    assert_eq!((&answer["stats"]["rows_by_columns"], &answer["stats"]["rows_read"]), (&5_000.into(), &0.into()));
}

fn answers(node: &NodeProcess) -> Vec<Vec<Value>> {
    QUESTIONS.iter().map(|question| node.client().rows(question)).collect()
}

fn expect_same(node: &NodeProcess, expected: &[Vec<Value>], how: &str) {
    for (question, (rows, expected)) in QUESTIONS.iter().zip(answers(node).iter().zip(expected)) {
        assert_eq!(rows, expected, "{how}: {question}");
    }
}
