//! Who may do what: roles, tokens, where a request comes from, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use vigil_api::{Clock, Connection, HttpOptions, Rate, Rates};
use vigil_crdt::control::{Role, Scope};

use crate::client::{Answer, Node, options};
use crate::fake::Script;

const MANY: Rate = Rate { per_second: 1e6, burst: 1e6 };

/// Options under which nothing is limited.
fn unlimited() -> HttpOptions {
    HttpOptions { rates: Rates { token: MANY, address: MANY, refusals: MANY }, ..options() }
}

/// A node that has a token of every role.
fn guarded(options: HttpOptions) -> Node {
    let node = Node::with(Script::default(), options);
    Role::ALL.into_iter().for_each(|role| node.fake.add_token(role, Scope::default()));
    node
}

fn request(method: &str, path: &str, secret: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    request.body(Body::empty()).expect("a request")
}

/// As it comes from another machine, or from this one by a socket.
fn from(remote: &str, mut request: Request<Body>) -> Request<Body> {
    let local = "10.0.0.5".parse().expect("an address");
    let remote = format!("{remote}:40000").parse().expect("an address");
    request.extensions_mut().insert(Connection { remote, local });
    request
}

async fn ask(node: &Node, path: &str, secret: Option<&str>) -> Answer {
    node.send(request("GET", path, secret)).await
}

/// (path, method in capitals, role) of everything that `openapi.json` describes.
async fn described(node: &Node) -> Vec<(String, String, String)> {
    let document = node.get("/openapi.json").await.json();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let operations = item.as_object().expect("operations").iter();
        let role = |operation: &Value| operation["x-role"].as_str().expect("a role").to_owned();
        all.extend(operations.map(|(method, operation)| (path.clone(), method.to_ascii_uppercase(), role(operation))));
    }
    all
}

/// What each role may do, said a second time.
fn may(role: Role, needed: &str) -> bool {
    match role {
        Role::Reader => ["none", "reader"].contains(&needed),
        Role::Writer => ["none", "writer"].contains(&needed),
        Role::Operator => ["none", "reader", "writer", "operator"].contains(&needed),
        Role::Admin => true,
    }
}

#[tokio::test]
async fn every_route_for_every_role() {
    let node = guarded(unlimited());
    node.fake.script(|script| script.blank = true);
    let routes = described(&node).await;
    assert_eq!(routes.len(), 147);
    for (path, method, needed) in &routes {
        let path = path.replace("{peer}", "site-c").replace("{token}", "nobody").replace("{id}", "nonsense");
        // Of a tail only the head is read: it has no end.
        let status = async |secret: Option<&str>| {
            let response = node.router.clone().oneshot(request(method, &path, secret)).await;
            response.expect("a router always answers").status()
        };
        for role in Role::ALL {
            let status = status(Some(role.name())).await;
            let turned = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            assert_eq!(turned, !may(role, needed), "{method} {path} as {role:?}: {status}");
            assert!(!turned || status == StatusCode::FORBIDDEN, "{method} {path} as {role:?}: {status}");
            assert!(!status.is_server_error(), "{method} {path} as {role:?}: {status}");
        }
        for secret in [None, Some("guess"), Some("")] {
            let refused = status(secret).await == StatusCode::UNAUTHORIZED;
            assert_eq!(refused, needed != "none", "{method} {path} with {secret:?}");
        }
    }
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let node = guarded(unlimited());
    let answer = ask(&node, "/v1/query?q=*", None).await;
    assert_eq!(answer.code(), (401, "token_needed".to_owned()));
    let schemes: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(schemes, ["Bearer realm=\"vigil\"", "Basic realm=\"vigil\", charset=\"UTF-8\""]);
    assert_eq!(ask(&node, "/v1/query?q=*", Some("guess")).await.code(), (401, "wrong_token".to_owned()));
    let answer = ask(&node, "/v1/query?q=*", Some("writer")).await;
    assert_eq!(answer.code(), (403, "role_needed".to_owned()));
    assert_eq!(answer.json()["error"]["message"], "this needs the role reader, and `writer` is writer");
    let basic = Request::get("/v1/query?q=*").header("authorization", "Basic YW55Ym9keTpyZWFkZXI=");
    assert_eq!(node.send(basic.body(Body::empty()).expect("a request")).await.status, 200);
    let digest = Request::get("/v1/query?q=*").header("authorization", "Digest x");
    let answer = node.send(digest.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.code(), (401, "bad_authorization".to_owned()));
}

#[tokio::test]
async fn without_tokens_only_this_machine_is_let_in() {
    let beyond = HttpOptions { loopback: false, ..unlimited() };
    let node = Node::with(Script::default(), beyond.clone());
    let named = |host: &str| Request::get("/v1/query?q=*").header("host", host).body(Body::empty()).expect("a request");
    let answer = node.send(from("10.0.0.6", named("10.0.0.5:8080"))).await;
    assert_eq!(answer.code(), (401, "token_needed".to_owned()));
    assert!(answer.text().contains("make the first one on the machine of the node"), "{}", answer.text());
    assert_eq!(node.send(from("127.0.0.1", named("localhost:8080"))).await.status, 200);
    assert_eq!(node.send(from("10.0.0.5", named("10.0.0.5:8080"))).await.status, 200, "this machine by its address");
    assert_eq!(node.send(from("127.0.0.1", named("evil.example"))).await.status, 401, "a page may be behind it");
    assert_eq!(node.send(named("localhost")).await.status, 401, "nobody knows where it comes from");
    let open = Node::with(Script::default(), HttpOptions { open: true, ..beyond });
    assert_eq!(open.send(from("10.0.0.6", named("node.lan"))).await.status, 200, "as it was told");
    open.fake.add_token(Role::Admin, Scope::default());
    assert_eq!(open.send(from("10.0.0.6", named("node.lan"))).await.status, 401, "until there is a token");
    node.fake.add_token(Role::Admin, Scope::default());
    assert_eq!(node.send(from("127.0.0.1", named("localhost"))).await.status, 401, "and here too");
}

/// A clock that stands still until it is moved.
fn clock() -> (Arc<AtomicU64>, Clock) {
    let millis = Arc::new(AtomicU64::new(0));
    let shown = Arc::clone(&millis);
    (millis, Clock::new(move || Duration::from_millis(shown.load(Ordering::Relaxed))))
}

#[tokio::test]
async fn nobody_asks_too_often() {
    let (millis, clock) = clock();
    let slow = |burst: f64| Rate { per_second: 0.25, burst };
    let rates = Rates { token: slow(3.0), address: slow(5.0), refusals: MANY };
    let node = guarded(HttpOptions { rates, clock, loopback: false, ..options() });
    let status = async |remote: &str, secret: &str| {
        let answer = node.send(from(remote, request("GET", "/v1/status", Some(secret)))).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), (429, "rate_limited".to_owned()));
            assert_eq!(answer.header("retry-after"), Some("4"));
        }
        answer.status.as_u16()
    };
    for _ in 0..3 {
        assert_eq!(status("10.0.0.6", "admin").await, 200);
    }
    assert_eq!(status("10.0.0.7", "admin").await, 429, "the token, wherever it comes from");
    assert_eq!(status("10.0.0.6", "operator").await, 200);
    assert_eq!(status("10.0.0.6", "operator").await, 200);
    assert_eq!(status("10.0.0.6", "operator").await, 429, "the address, whoever it is");
    assert_eq!(status("10.0.0.8", "operator").await, 200);
    millis.store(4_000, Ordering::Relaxed);
    assert_eq!(status("10.0.0.6", "admin").await, 200);
    assert_eq!(status("10.0.0.6", "admin").await, 429);
    assert_eq!(node.get("/healthz").await.status, 200, "who watches over it is never turned away");
}

#[tokio::test]
async fn programs_of_this_machine_are_not_limited_while_they_need_no_token() {
    let none = Rate { per_second: 1e-6, burst: 1.0 };
    let rates = Rates { token: none, address: none, refusals: none };
    let node = Node::with(Script::default(), HttpOptions { rates, ..options() });
    for _ in 0..5 {
        assert_eq!(node.get("/v1/status").await.status, 200);
    }
}

#[tokio::test]
async fn guesses_are_written_down_and_limited_and_lock_nobody_out() {
    let (millis, clock) = clock();
    let rates = Rates { token: MANY, address: MANY, refusals: Rate { per_second: 1.0, burst: 2.0 } };
    let node = guarded(HttpOptions { rates, clock, ..options() });
    let guess = async |remote: &str| node.send(from(remote, request("GET", "/v1/peers", Some("guess")))).await.code();
    assert_eq!(guess("10.0.0.6").await.0, 401);
    assert_eq!(guess("10.0.0.6").await.0, 401);
    assert_eq!(guess("10.0.0.6").await, (429, "rate_limited".to_owned()));
    assert_eq!(guess("10.0.0.7").await.0, 401);
    let good = node.send(from("10.0.0.6", request("GET", "/v1/peers", Some("admin")))).await;
    assert_eq!(good.status, 200, "the right secret is let in from there all the same");
    millis.store(1_000, Ordering::Relaxed);
    assert_eq!(guess("10.0.0.6").await.0, 401);
    let audits = node.fake.audits();
    assert_eq!(audits.len(), 4, "one for each that was answered with 401");
    assert_eq!(audits[0]["event.action"], "access.refuse");
    assert_eq!(audits[0]["event.outcome"], "failure");
    assert_eq!(audits[0]["error.code"], "wrong_token");
    assert_eq!((&audits[0]["source.ip"], &audits[2]["source.ip"]), (&"10.0.0.6".into(), &"10.0.0.7".into()));
    assert_eq!((&audits[0]["http.request.method"], &audits[0]["url.path"]), (&"GET".into(), &"/v1/peers".into()));
    let secret_told = audits.iter().any(|audit| audit.to_string().contains("guess"));
    assert!(!secret_told, "what was shown as a secret is nobody's business");
}

#[tokio::test]
async fn who_may_not_is_written_down_by_name() {
    let node = guarded(unlimited());
    assert_eq!(node.send(request("POST", "/v1/leave", Some("operator"))).await.status, 403);
    assert_eq!(node.fake.deeds(), Vec::<String>::new());
    let audits = node.fake.audits();
    assert_eq!(audits.len(), 1);
    assert_eq!(audits[0]["user.name"], "operator");
    assert_eq!(audits[0]["user.roles"], "operator");
    assert_eq!(audits[0]["token.id"], "0303030303030303");
    assert_eq!(audits[0]["error.code"], "role_needed");
}

#[tokio::test]
async fn keys_of_one_bearer_are_not_those_of_another() {
    let node = guarded(unlimited());
    let send = async |secret: &str, body: &'static str| {
        let bearer = format!("Bearer {secret}");
        node.post("/v1/ingest", &[("authorization", &bearer), ("idempotency-key", "k")], body).await.status
    };
    assert_eq!(send("writer", "a").await, 200);
    assert_eq!(send("admin", "b").await, 200, "another's key of the same name");
    assert_eq!(send("writer", "b").await, 422);
}
