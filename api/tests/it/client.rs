//! How tests send requests and read answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use vigil_api::{HttpOptions, router};

use crate::fake::{Fake, Handle, Script};

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("answers are text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// Status and code of the error.
    pub(crate) fn code(&self) -> (u16, String) {
        let json = self.json();
        (self.status.as_u16(), json["error"]["code"].as_str().unwrap_or("none").to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("visible"))
    }
}

/// A node and its router.
pub(crate) struct Node {
    pub(crate) fake: Arc<Fake>,
    pub(crate) router: Router,
}

/// Patient enough for a slow machine, not so patient that a test takes long.
pub(crate) fn options() -> HttpOptions {
    HttpOptions {
        patience: Duration::from_secs(10),
        busy_patience: Duration::from_millis(300),
        heartbeat: Duration::from_secs(10),
        ..HttpOptions::default()
    }
}

impl Node {
    pub(crate) fn new(script: Script) -> Node {
        Node::with(script, options())
    }

    pub(crate) fn with(script: Script, options: HttpOptions) -> Node {
        let fake = Fake::new(script);
        let router = router(Arc::new(Handle(Arc::clone(&fake))), options);
        Node { fake, router }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.expect("small").to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    pub(crate) async fn ingest(&self, body: impl Into<Body>) -> Answer {
        self.post("/v1/ingest", &[], body).await
    }
}

/// `count` plain lines, numbered from 1.
pub(crate) fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("line {n}\n")).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}
