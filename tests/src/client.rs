//! How a test speaks HTTP with a node.

use std::time::Duration;

use serde_json::Value;

/// An HTTP client of one node.
#[derive(Clone)]
pub struct Client {
    base: String,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as text.
    pub text: String,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl Answer {
    /// The body as JSON; panics with the text when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in: {}", self.text))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// A client of the node at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Client { base: base.to_owned(), agent: config.into() }
    }

    /// GET, with query parameters.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        answer(request.call()?)
    }

    /// POST of `body`, with headers.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send(body)?)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Result<Answer, ureq::Error> {
        answer(self.agent.delete(format!("{}{path}", self.base)).call()?)
    }

    /// Sends NDJSON; panics unless all of it was accepted.
    pub fn ingest(&self, body: &str) -> Value {
        let answer = self
            .post("/v1/ingest", &[("content-type", "application/x-ndjson")], body.as_bytes())
            .expect("the node is reachable");
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Rows of a query; panics unless it is answered.
    pub fn rows(&self, query: &str) -> Vec<Value> {
        let answer = self.get("/v1/query", &[("q", query), ("limit", "10000")]).expect("the node is reachable");
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        answer.json()["rows"].as_array().expect("an answer has rows").clone()
    }

    /// The number in the only row of `… | stats count() as n`.
    pub fn count(&self, filter: &str) -> u64 {
        let rows = self.rows(&format!("{filter} | stats count() as n"));
        assert_eq!(rows.len(), 1, "one group of all");
        rows[0]["n"].as_u64().expect("a count is a number")
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let status = response.status().as_u16();
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string()?;
    Ok(Answer { status, text, headers })
}
