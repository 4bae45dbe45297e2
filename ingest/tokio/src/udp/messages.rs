//! Which messages are in a datagram.

use std::net::IpAddr;

use vigil_ingest::protocols::gelf::Chunks;
use vigil_ingest::{Decoder, Door, Recipe, Refusal, Writer};
use vigil_model::Timestamp;

use super::Datagram;
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
    Gelf(Box<Writer>, Chunks),
}

impl Reading {
    pub(super) fn new(job: &Job) -> Reading {
        let recipe = job.recipe(None);
        let kind = match job.source().spec.door {
            Door::Gelf => Kind::Gelf(Box::new(Writer::new(recipe)), Chunks::default()),
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
            Kind::Gelf(writer, chunks) => match chunks.feed(peer, bytes, now) {
                Ok(Some(message)) => gelf(&message, writer, now, gather),
                Ok(None) => {}
                Err(bad) => writer.reject(0, Refusal::Item(bad.to_string()), b"", now, &mut gather.batch),
            },
        }
        self.pass_time(now);
    }

    /// Counts messages whose chunks did not come.
    pub(super) fn pass_time(&mut self, now: Timestamp) {
        if let Kind::Gelf(_, chunks) = &mut self.kind {
            chunks.expire(now);
            match chunks.take_dropped() {
                0 => {}
                lost => self.job.counts().turn_away(lost, "chunks of messages of GELF did not come in time", now),
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

fn gelf(message: &[u8], writer: &mut Writer, now: Timestamp, gather: &mut Gatherer) {
    let message = match unpack::gelf(message) {
        Ok(message) => message,
        Err(why) => return writer.reject(0, Refusal::Item(format!("gelf: {why}")), b"", now, &mut gather.batch),
    };
    let message = message.trim_ascii_end();
    writer.count_bytes(message.len());
    // What is refused was counted.
    let _ = writer.line(message, now, &mut gather.batch);
}
