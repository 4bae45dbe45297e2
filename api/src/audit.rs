//! What is written down of those who decide, and of those who were refused: events of class audit.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::Request;
use vigil_model::{Class, RecordBuilder, Records, Value};
use vigil_node::Refusal;

use crate::access::Connection;
use crate::app::App;
use crate::doors::datadog;
use crate::failure::Failure;
use crate::{Access, SubmitOptions};

/// Characters of a text that came with a request, in an event.
const TEXT_CHARS_MAX: usize = 512;

/// Milliseconds to wait before it is offered again to a node that is busy.
const PAUSES_MS: [u64; 5] = [20, 80, 300, 1_000, 3_000];

/// One act, or the attempt at it.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    action: &'static str,
    /// Who; nothing where nobody knows.
    by: Option<Access>,
    from: Option<IpAddr>,
    method: String,
    path: String,
    details: Vec<(&'static str, String)>,
}

impl Act {
    /// By the one who sent this request.
    pub(crate) fn of(action: &'static str, request: &Request) -> Act {
        Act {
            action,
            by: request.extensions().get::<Access>().cloned(),
            from: request.extensions().get::<Connection>().map(|connection| connection.remote.ip().to_canonical()),
            method: request.method().to_string(),
            path: datadog::without_key(request.uri().path()),
            details: Vec::new(),
        }
    }

    /// By someone who is known, though they may not.
    pub(crate) fn by(self, access: Option<Access>) -> Act {
        Act { by: access, ..self }
    }

    /// With something that it is about.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Act {
        self.details.push((name, value.into()));
        self
    }

    /// Writes down that it begins: for acts after which this process may write no more.
    pub(crate) async fn begin(&self, app: &App) {
        self.write(app, "unknown", None).await;
    }

    /// Writes down how it went, and hands that on.
    pub(crate) async fn end<T>(&self, app: &App, result: Result<T, Failure>) -> Result<T, Failure> {
        match &result {
            Ok(_) => self.write(app, "success", None).await,
            Err(failure) => self.write(app, "failure", Some(failure)).await,
        }
        result
    }

    async fn write(&self, app: &App, outcome: &str, failure: Option<&Failure>) {
        let mut records = Records::new();
        let mut builder = self.record(outcome, failure);
        records.push(&mut builder, app.backend.now(), false).expect("a few short fields are within every limit");
        if let Err(refusal) = submit(app, records).await {
            if matches!(refusal, vigil_node::Refusal::Stopping) {
                // A node that joins or leaves ends its log first; that it began was written down.
                return tracing::info!(action = self.action, outcome, "the end of an act is not written down");
            }
            // The act stands in the control log all the same; what is lost is who asked for it.
            app.meter.unaudited();
            tracing::error!(action = self.action, outcome, %refusal, "an act could not be written down");
        }
    }

    fn record(&self, outcome: &str, failure: Option<&Failure>) -> RecordBuilder {
        let mut builder = RecordBuilder::new();
        let mut push = |name: &str, value: &str| {
            if !value.is_empty() {
                let short: String = value.chars().take(TEXT_CHARS_MAX).collect();
                builder.push(name, Value::Str(&short));
            }
        };
        push("event.action", self.action);
        push("event.outcome", outcome);
        push("http.request.method", &self.method);
        push("url.path", &self.path);
        if let Some(from) = self.from {
            push("source.ip", &from.to_string());
        }
        if let Some(by) = &self.by {
            push("user.name", &by.name);
            push("user.roles", by.role.name());
            push("token.id", &by.token.map(|token| token.to_string()).unwrap_or_default());
        }
        for (name, value) in &self.details {
            push(name, value);
        }
        if let Some(failure) = failure {
            push("error.code", &failure.code());
            push("error.message", &failure.to_string());
        }
        builder
    }
}

/// Hands the records over, and again while the node is busy.
async fn submit(app: &App, mut records: Records) -> Result<(), Refusal> {
    let options = SubmitOptions { class: Class::Audit, seal_now: true, idempotent: None };
    for pause_ms in PAUSES_MS {
        match app.backend.submit(records, options.clone()).await {
            Ok(_) => return Ok(()),
            Err((Refusal::Busy { .. }, again)) if !again.is_empty() => records = again,
            Err((refusal, _)) => return Err(refusal),
        }
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
    app.backend.submit(records, options).await.map(drop).map_err(|(refusal, _)| refusal)
}
