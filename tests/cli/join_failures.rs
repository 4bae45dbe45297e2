//! Every way in which joining fails has its own code, words, next step and exit code.

use crate::fake::{Fake, said};

/// Code, HTTP status, words, exit code. The words are those that a node uses.
const FAILURES: [(&str, u16, &str, i32); 14] = [
    ("unreachable", 504, "no address answers: 10.0.0.5:7701: unreachable (connection refused)", 4),
    ("wrong_cluster", 409, "this node belongs to another cluster (7f3a)", 1),
    ("ticket_expired", 409, "the ticket expired 3 h ago", 1),
    ("ticket_used", 409, "the ticket was already used by site-b at 2026-03-01T14:02:00Z", 1),
    ("ticket_unknown", 409, "this node did not make that ticket, or no longer knows it", 1),
    ("ticket_mistyped", 400, "the ticket is mistyped", 2),
    ("ticket_truncated", 400, "the ticket is cut off", 2),
    ("not_a_ticket", 400, "that is no ticket of Vigil", 2),
    ("secret_refused", 409, "the secret of the ticket is wrong", 5),
    ("wrong_key", 409, "the key of the peer does not match the ticket: someone may be in the middle", 7),
    ("version", 409, "this node speaks version 1 of joining, you speak 2", 1),
    ("clock_off", 409, "your clock is 7 min ahead of this node's", 1),
    ("removed", 409, "this node was removed on 2026-03-01T14:02:00Z by site-a", 5),
    ("already_in_cluster", 409, "this node is already in a cluster with 2 others", 1),
];

#[test]
fn each_failure_is_told_with_code_words_hint_and_exit_code() {
    for (code, status, message, exit) in FAILURES {
        let body = serde_json::json!({"error": {"code": code, "message": message, "hint": "do this next"}});
        let node = Fake::constant(status, &body.to_string());
        let (ended, out, error) = said(&node.run(&["join", "vigil1abc"]));
        assert_eq!((ended, out.as_str()), (Some(exit), ""), "{code}: {error}");
        assert_eq!(error, format!("error[{code}]: {message}\nhint: do this next\n"));
    }
}

#[test]
fn the_codes_are_in_the_guide() {
    let guide = include_str!("../../docs/guides/cluster.md");
    for (code, ..) in FAILURES {
        assert!(guide.contains(&format!("`{code}`")), "docs/guides/cluster.md says nothing of {code}");
    }
}

#[test]
fn what_is_no_ticket_at_all_is_refused_without_a_node() {
    for target in ["", "site-a", "vigil1abc def"] {
        let (ended, _, error) = said(&vigil_tests::run(&["join", target, "--url", "http://127.0.0.1:9"]));
        assert_eq!(ended, Some(2), "{target}: {error}");
        assert!(error.contains("vigil invite"), "{error}");
    }
}
