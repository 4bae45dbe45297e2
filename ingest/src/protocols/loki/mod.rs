//! Loki's push: streams of lines, each stream with labels, each line with a time and metadata of its own.
//!
//! Labels and metadata become fields under their own names; one called `message` is `message_`. The line is the message,
//! read by the source's format where it has one. As Loki does, an event gets two fields more, unless it has them:
//! `service_name`, the first label that names a service, and `detected_level`, one of seven words, from labels, metadata
//! or the line. Where Loki would write `unknown_service` or `unknown` there is no field; whoever asks in Loki's words gets
//! these all the same.

mod json;
mod labels;
mod level;
mod protobuf;

use std::borrow::Cow;

use vigil_model::Timestamp;
use vigil_model::limits::LINE_BYTES_MAX;

pub use self::json::json;
pub use self::protobuf::protobuf;
use super::tally::Tally;
use super::wire::Malformed;
use crate::event::{MESSAGE, PARSE_ERROR};
use crate::writer::Writer;
use crate::{Batch, Refusal};

/// Why a body is none of Loki's at all. Then no event was made of it.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// Not the message of Protocol Buffers.
    #[error("the body is no PushRequest of Loki: {0}")]
    Protobuf(#[from] Malformed),
    /// Not its JSON.
    #[error("the body is no push of Loki: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but in bytes that are no text.
    #[error("the body is no UTF-8 text: {0}")]
    Utf8(#[from] std::str::Utf8Error),
}

/// Labels that name a service, the first one that is there first.
const SERVICES: [&str; 13] = [
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
];
const SERVICE_NAME: &str = "service_name";
const DETECTED_LEVEL: &str = "detected_level";

/// Names and texts in their order.
type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What all lines of a stream share.
#[derive(Debug, Default)]
struct Stream<'a> {
    labels: Pairs<'a>,
    /// Labels that could not be read, and why.
    broken: Option<(&'a str, String)>,
}

/// One line.
#[derive(Debug)]
struct Entry<'a> {
    time: Timestamp,
    line: &'a [u8],
    metadata: Pairs<'a>,
}

impl<'a> Stream<'a> {
    /// Of labels as text. Those that cannot be read stay, as one field.
    fn of_text(text: &'a str) -> Result<Stream<'a>, Refusal> {
        if text.len() > LINE_BYTES_MAX {
            return Err(Refusal::TooLong);
        }
        Ok(match labels::read(text) {
            Ok(labels) => Stream { labels, broken: None },
            Err(why) => Stream { labels: Vec::new(), broken: Some((text, why)) },
        })
    }

    fn service(&self) -> Option<&str> {
        let label = |name: &str| self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_ref());
        SERVICES.iter().filter_map(|name| label(name)).find(|value| !value.is_empty())
    }
}

/// A push on its way into a batch.
struct Push<'w> {
    writer: &'w mut Writer,
    now: Timestamp,
    out: &'w mut Batch,
    tally: Tally,
}

impl Push<'_> {
    fn entry(&mut self, stream: &Stream<'_>, entry: &Entry<'_>) {
        let fate = self.writer.event(self.now, self.out, |draft| {
            let (labels, metadata) = (&stream.labels, &entry.metadata);
            for (name, value) in labels.iter().chain(metadata).filter(|(_, value)| !value.is_empty()) {
                draft.text(if name == MESSAGE { "message_" } else { name }, value)?;
            }
            if let Some((text, why)) = &stream.broken {
                draft.text("labels", text)?;
                draft.text(PARSE_ERROR, &format!("labels of loki: {why}"))?;
            }
            let line = String::from_utf8_lossy(entry.line);
            if matches!(line, Cow::Owned(_)) {
                draft.text(PARSE_ERROR, "invalid utf-8")?;
            }
            draft.time = Some(entry.time);
            draft.message(&line)?;
            if let Some(service) = stream.service().filter(|_| !draft.has(SERVICE_NAME)) {
                draft.text(SERVICE_NAME, service)?;
            }
            match draft.has(DETECTED_LEVEL) {
                true => Ok(()),
                false => level::of(labels, metadata, &line).map_or(Ok(()), |level| draft.text(DETECTED_LEVEL, level)),
            }
        });
        self.tally.note(fate, self.out);
    }

    fn reject(&mut self, refusal: Refusal, item: &[u8]) {
        self.tally.reject(refusal, self.writer, item, self.now, self.out);
    }
}
