//! What the commands about peers ask of a node, what they print, and how they end.

use serde_json::{Value, json};

use crate::fake::{Fake, said};

fn peers() -> String {
    let peer = |name: &str, node: &str, state: &str, reason: &str, words: &str| {
        json!({"node": node, "name": name, "state": state, "reason": reason, "profile": "full", "behind_events": null,
            "behind_blocks": null, "behind_exact": false, "ahead_events": 3, "ahead_blocks": 1, "oldest_missing": null,
            "last_heard": null, "last_heard_ms": null, "rtt_ms": null, "path": "", "addresses": [], "version": "0.1.0",
            "received_bytes": 0, "sent_bytes": 0, "eta_s": null, "faults": {}, "words": words, "since": null})
    };
    let site_b = peer("site-b", "k3xbbbb", "offline", "10.0.0.7:7701: connection refused", "");
    let site_c = peer("site-c", "zzz", "pending", "", "copper lantern orbit tidy");
    json!({"peers": [peer("site-a", "k3xaaaa", "this node", "", ""), site_b, site_c]}).to_string()
}

/// A node with three peers that agrees to everything.
fn node() -> Fake {
    Fake::start(|what| match what {
        "GET /v1/peers" => (200, peers()),
        "GET /v1/cluster" => (200, cluster("old", 0)),
        "POST /v1/sync" => (200, r#"{"in_step":true,"missing":[]}"#.into()),
        _ => (200, "{}".into()),
    })
}

fn cluster(id: &str, connected: usize) -> String {
    json!({"cluster": id, "node": "k3xaaaa", "name": "site-a", "members": 2, "connected": connected, "frontier": "03",
        "forks": [], "listen": "0.0.0.0:7701", "fenced": ""})
    .to_string()
}

/// The last request of a command, which must end well.
fn last_of(line: &[&str]) -> (String, Value) {
    let node = node();
    let (ended, out, error) = said(&node.run(line));
    assert_eq!(ended, Some(0), "{line:?}: {out}{error}");
    let asked = node.asked().pop().expect("it asked");
    (asked.what, serde_json::from_str(&asked.body).unwrap_or_default())
}

#[test]
fn each_command_asks_what_it_should() {
    let table = [
        (vec!["peers", "approve", "site-c", "-y"], "POST /v1/peers/zzz/approve", json!({})),
        (vec!["peers", "reject", "site-c"], "POST /v1/peers/site-c/reject", json!({})),
        (vec!["peers", "rename", "site-b", "s b"], "POST /v1/peers/site-b/rename", json!({"name": "s b"})),
        (
            vec!["peers", "remove", "site-b", "-y", "-m", "sold it"],
            "DELETE /v1/peers/k3xbbbb?reason=sold%20it",
            json!(null),
        ),
        (vec!["peers", "remove", "k3xb", "-y"], "DELETE /v1/peers/k3xbbbb", json!(null)),
        (vec!["leave", "-y"], "POST /v1/leave", json!({})),
        (vec!["token", "revoke", "a/b"], "DELETE /v1/tokens/a%2Fb", json!(null)),
        (vec!["sync"], "POST /v1/sync?timeout=0ms", json!({})),
        (vec!["sync", "site-b", "--wait", "--timeout", "2s"], "POST /v1/sync?timeout=", json!({})),
    ];
    for (line, what, body) in table {
        let (asked, sent) = last_of(&line);
        assert!(asked.starts_with(what), "{line:?}: {asked}");
        assert_eq!(sent, body, "{line:?}");
    }
}

#[test]
fn peers_that_are_not_in_step_have_a_reason() {
    let (ended, out, error) = said(&node().run(&["peers"]));
    assert_eq!((ended, error.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("site-b: 10.0.0.7:7701: connection refused"), "{out}");
    assert!(out.contains("copper lantern orbit tidy"), "{out}");
    let (_, json, _) = said(&node().run(&["peers", "--json"]));
    assert_eq!(json, peers() + "\n", "JSON is what the node said");
}

#[test]
fn nobody_is_asked_to_answer_where_nobody_is() {
    for line in [vec!["peers", "remove", "site-b"], vec!["peers", "approve", "site-c"], vec!["leave"]] {
        let node = node();
        let (ended, _, error) = said(&node.run(&line));
        assert_eq!(ended, Some(2), "{line:?}: {error}");
        assert!(error.contains("-y"), "{error}");
        assert!(node.asked().iter().all(|asked| asked.what.starts_with("GET ")), "nothing was changed");
    }
}

#[test]
fn a_peer_that_is_not_there_is_exit_1() {
    let (ended, _, error) = said(&node().run(&["peers", "show", "site-x"]));
    assert_eq!(ended, Some(1), "{error}");
    assert!(error.contains("no peer is called `site-x`"), "{error}");
    let (ended, _, error) = said(&node().run(&["peers", "approve", "site-b", "-y"]));
    assert_eq!(ended, Some(1), "{error}");
    assert!(error.contains("does not wait for approval"), "{error}");
}

#[test]
fn an_invitation_is_the_ticket_alone_on_stdout() {
    let answer = r#"{"ticket":"vigil1abc","expires":"2099-01-01T00:00:00Z"}"#;
    let node = Fake::constant(200, answer);
    let (ended, out, error) = said(&node.run(&["invite", "--for", "15m", "--profile", "edge"]));
    assert_eq!((ended, out.as_str()), (Some(0), "vigil1abc\n"), "{error}");
    assert!(error.contains("vigil join") && error.contains("2099"), "{error}");
    let sent: Value = serde_json::from_str(&node.asked()[0].body).expect("JSON");
    assert_eq!(sent, json!({"for_s": 900, "profile": "edge", "name": ""}));
    assert_eq!(said(&node.run(&["invite", "--json"])).1, format!("{answer}\n"));
    assert_eq!(said(&node.run(&["invite", "-q"])).2, "");
}

#[test]
fn a_sync_that_ends_behind_is_exit_6_and_says_who() {
    let missing = r#"{"in_step":false,"missing":[{"node":"site-b","behind_events":88120,"oldest_missing":null,
        "last_heard":null,"reason":"offline"}]}"#;
    let node = Fake::constant(200, missing);
    let (ended, _, error) = said(&node.run(&["sync", "--wait", "--timeout", "1s"]));
    assert_eq!(ended, Some(6), "{error}");
    assert_eq!(error, "incomplete: site-b: offline; 88 120 events missing; never heard\n");
    assert_eq!(said(&node.run(&["sync"])).0, Some(0), "without --wait a round is all that was asked for");
}

#[test]
fn an_answer_that_misses_something_names_the_node() {
    let answer = r#"{"rows":[{"n":1}],"cursor":null,"as_of":{"frontier":"03","arrival":5},"complete":false,
        "missing":[{"node":"site-c","behind_events":3,"oldest_missing":null,"last_heard":null,"reason":"offline"}],"stats":{}}"#;
    let (ended, out, error) = said(&Fake::constant(200, answer).run(&["query", "x"]));
    assert_eq!(ended, Some(6), "{out}{error}");
    assert!(out.contains('1'), "what is there is shown: {out}");
    assert_eq!(error, "incomplete: site-c: offline; 3 events missing; never heard\n");
}

#[test]
fn joining_without_a_ticket_waits_for_a_person() {
    let pending =
        r#"{"state":"pending","cluster":"new","by":"site-a","words":"copper lantern orbit tidy","message":"…"}"#;
    let (ended, out, error) = said(&Fake::constant(202, pending).run(&["join", "site-a:7701"]));
    assert_eq!(ended, Some(6), "{out}{error}");
    assert!(out.contains("copper lantern orbit tidy") && out.contains("vigil peers approve"), "{out}");
}

#[test]
fn joining_with_wait_ends_when_the_node_is_back_and_in_step() {
    let joined = std::sync::atomic::AtomicUsize::new(0);
    let node = Fake::start(move |what| {
        let step = joined.load(std::sync::atomic::Ordering::Relaxed);
        let status =
            |state: &str| json!({"state": state, "cluster": "new", "by": "site-a", "words": "w", "message": ""});
        match (what, step) {
            ("POST /v1/join", 0) => {
                joined.store(1, std::sync::atomic::Ordering::Relaxed);
                (202, status("pending").to_string())
            }
            ("POST /v1/join", _) => {
                joined.store(2, std::sync::atomic::Ordering::Relaxed);
                (200, status("joined").to_string())
            }
            // The old process still answers once, then the new one, alone at first.
            ("GET /v1/cluster", 2..5) => {
                joined.store(step + 1, std::sync::atomic::Ordering::Relaxed);
                (200, [cluster("old", 0), cluster("new", 0), cluster("new", 1)][step - 2].clone())
            }
            ("POST /v1/sync", 5) => (200, r#"{"in_step":true,"missing":[]}"#.into()),
            other => panic!("{other:?}"),
        }
    });
    let (ended, out, error) = said(&node.run(&["join", "site-a:7701", "--wait=1m"]));
    assert_eq!(ended, Some(0), "{out}{error}");
    assert_eq!(out, "joined cluster new, let in by site-a\n");
    assert!(error.contains("peers approve") && error.ends_with("in step\n"), "{error}");
}
