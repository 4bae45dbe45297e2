//! Which messages are in a datagram.

use std::net::IpAddr;

use vigil_ingest::{Decoder, Door, Recipe, Writer};
use vigil_model::Timestamp;

use super::Datagram;
use super::gelf::Parts;
use crate::gather::Gatherer;
use crate::order::{Job, PEER};
use crate::unpack;

/// Reads datagrams by the settings of one moment.
pub(super) struct Reading {
    job: Job,
    kind: Kind,
    peer: Option<IpAddr>,
}

enum Kind {
    /// Each line is a message.
    Lines(Box<Writer>),
    /// Each datagram is a body of its own.
    Bodies(Box<Recipe>),
    /// Each datagram is a message, packed or plain, or a part of one.
    Gelf(Box<Writer>, Parts),
}

impl Reading {
    pub(super) fn new(job: &Job) -> Reading {
        let recipe = job.recipe(None);
        let kind = match job.source().spec.door {
            Door::Gelf => Kind::Gelf(Box::new(Writer::new(recipe)), Parts::default()),
            _ if recipe.format.is_of_lines() => Kind::Lines(Box::new(Writer::new(recipe))),
            _ => Kind::Bodies(Box::new(recipe)),
        };
        Reading { job: job.clone(), kind, peer: None }
    }

    /// Makes events of one datagram.
    pub(super) fn take(&mut self, datagram: Datagram, gather: &mut Gatherer) {
        let now = gather.now();
        let (peer, bytes) = (datagram.peer.ip(), datagram.bytes.as_slice());
        match &mut self.kind {
            Kind::Lines(writer) => {
                if self.peer != Some(peer) {
                    self.peer = Some(peer);
                    writer.stamp(PEER, &peer.to_string());
                }
                lines(bytes, writer, now, gather);
            }
            Kind::Bodies(recipe) => {
                let mut recipe = Recipe::clone(recipe);
                recipe.labels.push((PEER.to_owned(), peer.to_string()));
                let mut decoder = Decoder::new(recipe);
                decoder.feed(bytes, now, &mut gather.batch);
                decoder.finish(now, &mut gather.batch);
            }
            Kind::Gelf(writer, parts) => {
                if let Some(message) = parts.take(datagram, &self.job) {
                    gelf(&message, writer, now, gather, &self.job);
                }
            }
        }
    }
}

fn lines(bytes: &[u8], writer: &mut Writer, now: Timestamp, gather: &mut Gatherer) {
    writer.count_bytes(bytes.len());
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        // Some devices end a message with NUL, as if it were a text of C.
        let end = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if end > 0 {
            // What is refused was counted.
            let _ = writer.line(&line[..end], now, &mut gather.batch);
        }
    }
}

fn gelf(message: &[u8], writer: &mut Writer, now: Timestamp, gather: &mut Gatherer, job: &Job) {
    let unpacked = match unpack::gelf(message) {
        None => None,
        Some(Ok(unpacked)) => Some(unpacked),
        Some(Err(why)) => {
            return writer.reject(0, Refusal::Item(format!("gelf: {why}")), b"", job.now(), &mut gather.batch);
        }
    };
    let message = unpacked.as_deref().unwrap_or(message).trim_ascii_end();
    writer.count_bytes(message.len());
    // What is refused was counted.
    let _ = writer.line(message, now, &mut gather.batch);
}
