//! Peers, joining, tokens: what is asked, what is answered, what is written down.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use vigil_crdt::control::{Role, Scope};
use vigil_node::Refusal;

use crate::client::{Answer, Node};
use crate::fake::cluster::{scope, site_d, used_ticket};
use crate::fake::{Script, busy};

fn node() -> Node {
    Node::new(Script::default())
}

async fn send(node: &Node, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned()));
    node.send(request.expect("a request")).await
}

/// Action and outcome of everything that was written down.
fn written(node: &Node) -> Vec<(String, String)> {
    let text = |audit: &Value, name: &str| audit[name].as_str().unwrap_or_default().to_owned();
    let audits = node.fake.audits();
    audits.iter().map(|audit| (text(audit, "event.action"), text(audit, "event.outcome"))).collect()
}

/// Every act that decides: method, path, body, what the node is asked to do, and the act's name.
const ACTS: [(&str, &str, &str, &str, &str); 8] = [
    ("POST", "/v1/peers/site-c/approve", "", "local: approve site-c", "peer.approve"),
    ("POST", "/v1/peers/site-c/reject", "", "local: reject site-c", "peer.reject"),
    ("POST", "/v1/peers/site-c/rename", r#"{"name":"west"}"#, "local: rename site-c west", "peer.rename"),
    ("DELETE", "/v1/peers/site-c?reason=lost", "", "local: remove site-c because lost", "peer.remove"),
    ("POST", "/v1/invites", "", "local: invite full `` for 3600 s", "cluster.invite"),
    ("POST", "/v1/join", r#"{"target":"vigil1x"}"#, "local: join vigil1x", "cluster.join"),
    ("POST", "/v1/leave", "", "local: leave", "cluster.leave"),
    ("DELETE", "/v1/tokens/grafana", "", "local: revoke grafana", "token.revoke"),
];

#[tokio::test]
async fn every_act_is_done_and_written_down() {
    for (method, path, body, deed, action) in ACTS {
        let node = node();
        let answer = send(&node, method, path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        assert_eq!(node.fake.deeds(), [deed]);
        let written = written(&node);
        let twice = matches!(action, "cluster.join" | "cluster.leave");
        assert_eq!(written.len(), if twice { 2 } else { 1 }, "{action}: {written:?}");
        assert!(!twice || written[0] == (action.to_owned(), "unknown".to_owned()), "before it may be too late");
        assert_eq!(written.last(), Some(&(action.to_owned(), "success".to_owned())));
        let audit = node.fake.audits().remove(0);
        assert_eq!((&audit["user.name"], &audit["user.roles"]), (&"local".into(), &"admin".into()));
    }
}

#[tokio::test]
async fn every_act_that_fails_says_why_and_is_written_down() {
    for (method, path, body, deed, action) in ACTS {
        let node = node();
        node.fake.others(|others| others.failure = Some(used_ticket()));
        let answer = send(&node, method, path, body).await;
        assert_eq!(answer.code(), (409, "ticket_used".to_owned()), "{method} {path}");
        assert_eq!(answer.json()["error"]["message"], "the ticket was used by site-b at 14:02");
        assert_eq!(answer.json()["error"]["hint"], "ask for another: `vigil invite`");
        assert_eq!(node.fake.deeds(), [deed]);
        let audit = node.fake.audits().pop().expect("written down");
        assert_eq!(audit["event.action"], action);
        assert_eq!((&audit["event.outcome"], &audit["error.code"]), (&"failure".into(), &"ticket_used".into()));
    }
}

#[tokio::test]
async fn acts_that_cannot_be_read_are_not_done() {
    for (path, body) in [
        ("/v1/peers/site-c/rename", ""),
        ("/v1/peers/site-c/rename", r#"{"name":5}"#),
        ("/v1/peers/site-c/rename", r#"{"name":"a","nmae":"b"}"#),
        ("/v1/invites", r#"{"profile":true}"#),
        ("/v1/invites", r#"{"uses":2}"#),
        ("/v1/join", "vigil1x"),
        ("/v1/join", "{}"),
        ("/v1/tokens", "[]"),
    ] {
        let node = node();
        assert_eq!(send(&node, "POST", path, body).await.code(), (400, "bad_request".to_owned()), "{path} {body}");
        assert_eq!(node.fake.deeds(), Vec::<String>::new());
    }
    let node = node();
    let long = format!("{{\"target\":\"{}\"}}", "x".repeat(17_000));
    assert_eq!(send(&node, "POST", "/v1/join", &long).await.code(), (413, "too_large".to_owned()));
    let answer = send(&node, "DELETE", "/v1/peers/site-c?why=lost", "").await;
    assert_eq!(answer.code(), (400, "unknown_parameter".to_owned()));
    assert_eq!(node.fake.deeds(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_written_down_waits_for_a_busy_node_and_not_for_a_full_disk() {
    let node = node();
    node.fake.script(|script| script.refusals = [Some(busy()), Some(busy())].into());
    assert_eq!(send(&node, "POST", "/v1/invites", "").await.status, 200);
    assert_eq!(written(&node), [("cluster.invite".to_owned(), "success".to_owned())]);
    node.fake.script(|script| script.always = Some(Refusal::NoSpace("the disk is full".to_owned())));
    assert_eq!(send(&node, "POST", "/v1/invites", "").await.status, 200, "it was done");
    assert_eq!(written(&node).len(), 1);
    assert!(node.get("/metrics").await.text().contains("\nvigil_audit_lost_total 1\n"));
}

#[tokio::test]
async fn a_join_that_waits_for_approval_is_accepted_only() {
    let node = node();
    node.fake.others(|others| others.pending = true);
    let answer = send(&node, "POST", "/v1/join", r#"{"target":"site-a:7701"}"#).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (202, &json!("pending")));
}

#[tokio::test]
async fn a_failure_without_a_status_of_its_own_is_ours() {
    let node = node();
    node.fake.others(|others| others.failure = Some(vigil_api::ClusterFailure { status: 0, ..used_ticket() }));
    assert_eq!(send(&node, "POST", "/v1/leave", "").await.code(), (500, "ticket_used".to_owned()));
}

#[tokio::test]
async fn peers_and_the_cluster_are_shown() {
    let node = node();
    let peers = node.get("/v1/peers").await.json();
    assert_eq!(peers["peers"][1]["name"], "site-c");
    assert_eq!(node.get("/v1/peers?x=1").await.code(), (400, "unknown_parameter".to_owned()));
    let lag = node.get("/v1/peers/site-c/lag").await.json();
    assert_eq!((&lag["logs"][0]["ours"], &lag["logs"][0]["theirs"]), (&json!(90), &json!(130)));
    assert_eq!(node.get("/v1/peers/nobody/lag").await.code(), (404, "unknown_peer".to_owned()));
    assert_eq!(node.get("/v1/cluster").await.json().get("logs"), None);
    assert_eq!(node.get("/v1/cluster?full=true").await.json()["logs"][0]["author"], "site-a");
    assert_eq!(node.get("/v1/cluster?full=perhaps").await.code(), (400, "bad_parameter".to_owned()));
    assert_eq!(node.fake.audits(), Vec::<Value>::new(), "looking is not written down");
}

#[tokio::test]
async fn in_step_or_what_is_missing() {
    let node = node();
    let answer = send(&node, "POST", "/v1/sync", "").await.json();
    assert_eq!(answer, json!({"in_step": true, "missing": []}));
    node.fake.others(|others| others.missing = vec![site_d()]);
    let answer = send(&node, "POST", "/v1/sync?peer=site-d&timeout=1500ms", "").await.json();
    assert_eq!((&answer["in_step"], &answer["missing"][0]["reason"]), (&json!(false), &json!("offline")));
    assert_eq!(node.fake.deeds(), ["sync with everyone within 30 s", "sync with site-d within 1.5 s"]);
    assert_eq!(send(&node, "POST", "/v1/sync?timeout=601", "").await.code(), (400, "bad_parameter".to_owned()));
    node.fake.others(|others| others.failure = Some(used_ticket()));
    assert_eq!(send(&node, "POST", "/v1/sync", "").await.status, 409);
}

#[tokio::test]
async fn a_token_is_made_and_its_secret_told_once() {
    let node = node();
    let reader = r#"{"name":"grafana","role":"reader"}"#;
    assert_eq!(send(&node, "POST", "/v1/tokens", reader).await.code(), (409, "first_token".to_owned()));
    let made = send(&node, "POST", "/v1/tokens", r#"{"name":"root","role":"admin","for_s":60}"#).await;
    assert_eq!((made.status.as_u16(), &made.json()["secret"]), (200, &json!("root")));
    assert_eq!(send(&node, "POST", "/v1/tokens", reader).await.status, 401, "from now on");
    let as_root = async |method: &str, path: &str, body: &str| {
        let request = Request::builder().method(method).uri(path).header("authorization", "Bearer root");
        node.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    };
    assert_eq!(as_root("POST", "/v1/tokens", reader).await.status, 200);
    assert_eq!(as_root("POST", "/v1/tokens", reader).await.code(), (409, "name_taken".to_owned()));
    let list = as_root("GET", "/v1/tokens", "").await.json();
    assert_eq!(list["tokens"][1]["name"], "grafana");
    assert!(list["tokens"].as_array().is_some_and(|all| all.iter().all(|token| token.get("secret").is_none())));
    assert_eq!(as_root("DELETE", "/v1/tokens/root", "").await.code(), (409, "last_admin".to_owned()));
    assert_eq!(as_root("DELETE", "/v1/tokens/0101010101010101", "").await.code(), (409, "last_admin".to_owned()));
    assert_eq!(as_root("DELETE", "/v1/tokens/grafana", "").await.status, 200);
    node.fake.add_named("second", Role::Admin, Scope::default());
    assert_eq!(as_root("DELETE", "/v1/tokens/root", "").await.status, 200);
    let written = written(&node);
    let count = |action: &str, outcome: &str| written.iter().filter(|(a, o)| (&**a, &**o) == (action, outcome)).count();
    assert_eq!((count("token.create", "success"), count("token.create", "failure")), (2, 2));
    assert_eq!((count("token.revoke", "success"), count("token.revoke", "failure")), (2, 2));
    assert_eq!(count("access.refuse", "failure"), 1);
    let first = &node.fake.audits()[1];
    assert_eq!((&first["token.name"], &first["token.role"]), (&json!("root"), &json!("admin")));
    let told = node.fake.audits().iter().any(|audit| audit.to_string().contains("secret"));
    assert!(!told, "no secret is written down");
}

#[tokio::test]
async fn tokens_that_make_no_sense_are_refused() {
    let node = node();
    for (body, code) in [
        (r#"{"name":"a b","role":"admin"}"#, "bad_name"),
        (r#"{"name":"","role":"admin"}"#, "bad_name"),
        (r#"{"name":"gräfana","role":"admin"}"#, "bad_name"),
        (r#"{"name":"a","role":"root"}"#, "bad_role"),
        (r#"{"name":"a","role":"reader","classes":["noise"]}"#, "bad_classes"),
        (r#"{"name":"a","role":"reader","classes":[]}"#, "bad_classes"),
        (r#"{"name":"a","role":"reader","filter":"host:("}"#, "bad_filter"),
        (r#"{"name":"a","role":"reader","filter":"* | limit 1"}"#, "bad_filter"),
        (r#"{"name":"a","role":"reader","for_s":0}"#, "bad_for_s"),
        (r#"{"name":"a","role":"reader","for_s":18446744073709551615}"#, "bad_for_s"),
        (r#"{"name":"a","role":"admin","filter":"host:a"}"#, "bad_scope"),
    ] {
        let answer = send(&node, "POST", "/v1/tokens", body).await;
        assert_eq!(answer.code(), (400, code.to_owned()), "{body}");
        assert!(answer.json()["error"]["hint"].is_string(), "{body}");
    }
    let long = format!(r#"{{"name":"a","role":"reader","filter":"{}"}}"#, "x".repeat(5_000));
    assert_eq!(send(&node, "POST", "/v1/tokens", &long).await.code(), (400, "bad_filter".to_owned()));
    assert_eq!(node.fake.deeds(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_says_what_it_may_be_missing() {
    let node = node();
    node.ingest("hello").await;
    node.fake.others(|others| others.missing = vec![site_d()]);
    let answer = node.get("/v1/query?q=*").await.json();
    assert_eq!(answer["complete"], false);
    assert_eq!(answer["missing"], serde_json::to_value([site_d()]).expect("JSON"));
    let rows = node.get("/v1/query?q=*&format=ndjson").await;
    assert_eq!(rows.header("x-vigil-complete"), Some("false"));
    assert_eq!(rows.header("x-vigil-missing"), Some("site-d: offline"));
    let id = answer["rows"][0]["_id"].as_str().expect("an id").replace(".logs.0", ".logs.9");
    let event = node.get(&format!("/v1/events/{id}")).await;
    assert_eq!(event.code(), (404, "no_such_event".to_owned()));
    assert_eq!(event.json()["error"]["hint"], "not everything has come here of site-d; try again later");
}

#[tokio::test]
async fn a_scope_that_cannot_be_read_lets_nothing_through() {
    let node = node();
    node.fake.add_named("later", Role::Operator, scope("host:("));
    let ask = async |path: &str| {
        let request = Request::get(path).header("authorization", "Bearer later").body(Body::empty());
        node.send(request.expect("a request")).await.code()
    };
    for path in ["/v1/query?q=*", "/v1/tail", "/v1/events/nonsense"] {
        assert_eq!(ask(path).await, (403, "scope_unreadable".to_owned()), "{path}");
    }
}
