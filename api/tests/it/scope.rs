//! Nobody sees what is outside of the scope of their token: not by a query, a tail or a name.

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value as Json;
use tower::ServiceExt;
use vigil_api::{HttpOptions, Rate, Rates};
use vigil_crdt::control::{Role, Scope};
use vigil_model::{Class, ClassSet, EventId, RecordBuilder, Records, Timestamp, Value};
use vigil_query::Permission;

use crate::client::{Answer, Node, options};
use crate::fake::cluster::classes;
use crate::fake::{LOG, NOW, Script};

const HOUR: i64 = 3_600_000_000_000;
const FILTERS: [&str; 11] = [
    "",
    "host:a",
    "NOT host:a",
    "host:a OR level:error",
    "error",
    "_time:2h",
    "_time:>2026-01-31T10:30:00Z AND host:b",
    "level:*",
    "n:>1",
    "host:=a level:=error",
    "NOT *",
];
const QUESTIONS: [&str; 16] = [
    "*",
    "host:*",
    "NOT host:b",
    "error",
    "host:a OR NOT host:a",
    "_time:3h",
    "* | limit 2",
    "* | offset 1 | limit 1",
    "* | stats count() as n",
    "* | stats count() as c by host",
    "* | stats sum(n) as s, max(level) as m by host",
    "* | sort by n desc, host | limit 3",
    "* | fields host, n",
    "NOT error | stats count() as c",
    "* | fields host | stats count() as c by host, level",
    "n:>0 | sort by host | offset 1",
];

#[derive(Clone, Debug)]
struct Event {
    class: Class,
    hours_ago: i64,
    host: &'static str,
    level: Option<&'static str>,
    n: i64,
}

fn event() -> impl Strategy<Value = Event> {
    let class = select(&[Class::Logs, Class::Audit, Class::Findings][..]);
    let level = proptest::option::of(select(&["error", "info"][..]));
    (class, 0i64..4, select(&["a", "b"][..]), level, 0i64..4).prop_map(|(class, hours_ago, host, level, n)| Event {
        class,
        hours_ago,
        host,
        level,
        n,
    })
}

impl Event {
    fn records(&self) -> Records {
        let (mut records, mut builder) = (Records::new(), RecordBuilder::new());
        builder.push("host", Value::Str(self.host));
        if let Some(level) = self.level {
            builder.push("level", Value::Str(level));
        }
        builder.push("n", Value::Int(self.n));
        records.push(&mut builder, Timestamp(NOW.0 - self.hours_ago * HOUR), false).expect("small");
        records
    }

    /// Whether it is inside, decided without anything that runs queries.
    fn is_inside(&self, permission: &Permission) -> bool {
        let records = self.records();
        permission.admits(self.class, &records.get(0).expect("one"))
    }
}

fn node(events: &[Event], scope: Scope) -> Node {
    let many = Rate { per_second: 1e6, burst: 1e6 };
    let rates = Rates { token: many, address: many, refusals: many };
    let node = Node::with(Script::default(), HttpOptions { rates, ..options() });
    node.fake.add_named("secret", Role::Reader, scope);
    events.iter().for_each(|event| node.fake.publish_as(event.class, event.records()));
    node
}

fn request(path: &str) -> Request<Body> {
    Request::get(path).header("authorization", "Bearer secret").body(Body::empty()).expect("a request")
}

async fn ask(node: &Node, question: &str, class: Class, more: &str) -> Answer {
    let form: String = form(question);
    node.send(request(&format!("/v1/query?q={form}&class={}{more}", class.name()))).await
}

fn form(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Rows without their names: those differ where other events stand before them.
fn nameless(rows: &Json) -> Vec<Json> {
    let mut rows = rows.as_array().expect("rows").clone();
    rows.iter_mut().filter_map(Json::as_object_mut).for_each(|row| drop(row.remove("_id")));
    rows
}

/// All rows, page by page.
async fn pages(node: &Node, question: &str, class: Class) -> Vec<Json> {
    let (mut rows, mut more) = (Vec::new(), String::new());
    loop {
        let answer = ask(node, question, class, &format!("&limit=1{more}")).await.json();
        rows.extend(nameless(&answer["rows"]));
        match answer["cursor"].as_str() {
            Some(cursor) => more = format!("&cursor={cursor}"),
            None => return rows,
        }
    }
}

/// What a tail shows of these events until the node is gone.
async fn tailed(events: &[Event], scope: Scope, class: Class) -> Option<Vec<Json>> {
    let node = node(&[], scope);
    let path = format!("/v1/tail?q=*&class={}", class.name());
    let response: Response = node.router.clone().oneshot(request(&path)).await.expect("a router always answers");
    if response.status() == 403 {
        return None;
    }
    events.iter().for_each(|event| node.fake.publish_as(event.class, event.records()));
    drop(node);
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("it ends").to_vec();
    let text = String::from_utf8(bytes).expect("text");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// With the scope, everything is as if nothing else were there.
async fn check(events: &[Event], allowed: ClassSet, filter: &str, question: &str) {
    let scope = Scope { classes: allowed, filter: filter.to_owned() };
    let permission = Permission::new(allowed, filter, NOW).expect("VQL");
    let inside: Vec<Event> = events.iter().filter(|event| event.is_inside(&permission)).cloned().collect();
    let (limited, smaller) = (node(events, scope.clone()), node(&inside, classes(ClassSet::ALL)));
    for class in [Class::Logs, Class::Audit, Class::Findings] {
        let answer = ask(&limited, question, class, "").await;
        // A tail holds four batches until it is read.
        let few = &events[..events.len().min(4)];
        let tail = tailed(few, scope.clone(), class).await;
        if !allowed.has(class) {
            assert_eq!(answer.code(), (403, "class_denied".to_owned()));
            assert_eq!(tail, None);
            continue;
        }
        let expected = ask(&smaller, question, class, "").await.json();
        let context = format!("{question} within {filter} of {class} among {events:?}");
        assert_eq!(nameless(&answer.json()["rows"]), nameless(&expected["rows"]), "{context}");
        let told = ask(&limited, question, class, "&explain=true").await.json();
        let open = ask(&smaller, question, class, "&explain=true").await.json();
        assert!(told["explain"]["lines"].is_array(), "{context}");
        assert_eq!(told["explain"], open["explain"], "how it is found, {context}");
        assert_eq!(pages(&limited, question, class).await, pages(&smaller, question, class).await, "{context}");
        let shown = tail.expect("its class is allowed").len();
        let inside = few.iter().filter(|event| event.class == class && event.is_inside(&permission)).count();
        assert_eq!(shown, inside, "the tail, {context}");
    }
    for (seq, event) in events.iter().enumerate() {
        let id = EventId { log: LOG, seq: seq as u64, class: event.class, offset: 0 };
        let answer = limited.send(request(&format!("/v1/events/{id}"))).await;
        match event.is_inside(&permission) {
            true => assert_eq!(answer.status, 200, "{id} within {filter}"),
            false => assert_eq!(answer.json(), missing(&limited, id).await, "{id} within {filter}"),
        }
    }
}

/// What is said of an event that is nowhere, with the name of this one.
async fn missing(node: &Node, id: EventId) -> Json {
    let nowhere = EventId { seq: 1_000, ..id };
    let answer = node.send(request(&format!("/v1/events/{nowhere}"))).await;
    assert_eq!(answer.status, 404);
    serde_json::from_str(&answer.text().replace(&nowhere.to_string(), &id.to_string())).expect("JSON")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_outside_of_a_scope_is_seen(
        events in vec(event(), 0..9),
        allowed in subsequence(vec![Class::Logs, Class::Audit, Class::Findings], 1..=3),
        filter in select(&FILTERS[..]),
        question in select(&QUESTIONS[..]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(check(&events, allowed.into_iter().collect(), filter, question));
    }
}
