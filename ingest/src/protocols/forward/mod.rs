//! How messages of Fluentd's forward protocol become events.
//!
//! A message is `[tag, time, record, options]`, `[tag, [[time, record], …], options]`, or `[tag, bytes, options]` where
//! the bytes are entries one after another, packed by gzip or zstd or plain. Instead of a time an entry may begin with
//! `[time, {metadata}]`. `nil` is a heartbeat. The tag becomes the field `tag` (`forward.tag` where the record has a
//! `tag` of its own); of the record, `message`, else `log`, is a line that the source's format reads.
//!
//! Who holds the socket: cut the bytes by [`Messages`], open each by [`Message::read`], take its events in steps, and
//! send [`Message::ack`] once all of them are durable, never before.

mod handshake;
mod record;

use std::borrow::Cow;

use vigil_model::Timestamp;
use vigil_model::limits::FORWARD_MESSAGE_BYTES_MAX;

use super::msgpack::{Head, Reader, Span, put_text};
use crate::{Batch, Refusal, Writer};

pub use handshake::{Ping, digest, helo, pong};

/// Bytes of records that one step of a message makes, about.
const STEP_BYTES: usize = 512 * 1024;

/// Why a message gives no event at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Nothing that follows can be read either: end the connection.
    #[error("this is no MessagePack; does the client speak the forward protocol, and TLS where it should?")]
    NotMsgpack,
    /// As before.
    #[error("a message is longer than {FORWARD_MESSAGE_BYTES_MAX} bytes; let the client send smaller chunks")]
    TooLong,
    /// The next message may be fine.
    #[error("not a message of the forward protocol: {0}")]
    Form(&'static str),
    /// The next message may be fine.
    #[error("the entries cannot be unpacked: {0}")]
    Packed(String),
}

/// How entries are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Any number of gzip members, one after another.
    Gzip,
    /// Any number of frames of zstd.
    Zstd,
}

/// Unpacks at most [`FORWARD_MESSAGE_BYTES_MAX`] bytes, or says why not.
pub type Unpack<'u> = &'u dyn Fn(Packing, &[u8]) -> Result<Vec<u8>, String>;

/// Finds where messages end, while their bytes come in.
#[derive(Debug, Default)]
pub struct Messages {
    span: Span,
}

impl Messages {
    /// The length of the message that `bytes` begins with, once it is whole. `bytes` are all that came behind the
    /// message before. After an error nothing more can be read.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let end = self.span.advance(bytes).map_err(|_| Broken::NotMsgpack)?;
        if self.span.least() > FORWARD_MESSAGE_BYTES_MAX {
            return Err(Broken::TooLong);
        }
        if end.is_some() {
            self.span = Span::default();
        }
        Ok(end)
    }
}

/// A message whose events are being read.
#[derive(Debug)]
pub struct Message<'a> {
    tag: String,
    /// The entries, one after another.
    entries: Cow<'a, [u8]>,
    at: usize,
    /// Entries begun.
    number: u64,
    /// An entry is not a list of its own: the message has one event.
    bare: bool,
    chunk: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Opens one whole message; `None` for a heartbeat.
    pub fn read(bytes: &'a [u8], unpack: Unpack<'_>) -> Result<Option<Message<'a>>, Broken> {
        let mut reader = Reader(bytes);
        let parts = match reader.head() {
            Some(Head::Nil) => return Ok(None),
            Some(Head::List(parts @ 2..=4)) => parts,
            _ => return Err(Broken::Form("it is no list of two to four parts")),
        };
        let tag = reader.text().ok_or(Broken::Form("its tag is no text"))?;
        let (entries, bare, left) = body(&mut reader, parts)?;
        let options = if left > 0 { Options::read(&mut reader)? } else { Options::default() };
        if options.signal != 0 {
            return Err(Broken::Form("it has metrics or traces; only logs are taken"));
        }
        let entries = match packing(entries).filter(|_| !bare) {
            Some(packing) => Cow::Owned(unpack(packing, entries).map_err(Broken::Packed)?),
            None => Cow::Borrowed(entries),
        };
        let tag = String::from_utf8_lossy(tag).into_owned();
        Ok(Some(Message { tag, entries, at: 0, number: 0, bare, chunk: options.chunk }))
    }

    /// Writes the next events, as many as make a piece worth handing on; answers whether there are more.
    pub fn events(&mut self, writer: &mut Writer, now: Timestamp, out: &mut Batch) -> bool {
        let (before, start) = (out.waiting_bytes(), self.at);
        while self.at < self.entries.len() && out.waiting_bytes() - before < STEP_BYTES {
            self.number += 1;
            if let Err(why) = self.entry(writer, now, out) {
                writer.reject(self.number, Refusal::Item(why.to_owned()), b"", now, out);
                self.at = self.entries.len();
            }
        }
        writer.count_bytes(self.at - start);
        self.at < self.entries.len()
    }

    /// What the client waits for, if it does: to be sent once every event of the message is durable.
    pub fn ack(&self) -> Option<Vec<u8>> {
        self.chunk.map(|chunk| {
            let mut answer = vec![0x81];
            put_text(b"ack", &mut answer);
            answer.extend_from_slice(chunk);
            answer
        })
    }

    /// One entry. An error ends the message: where the next entry begins is not known.
    fn entry(&mut self, writer: &mut Writer, now: Timestamp, out: &mut Batch) -> Result<(), &'static str> {
        let rest = &self.entries[self.at..];
        let entry = if self.bare { Reader(rest) } else { Reader(rest).value().ok_or("the entries are cut off")? };
        self.at += entry.0.len();
        match record::parts(entry, self.bare) {
            None => {
                writer.reject(self.number, Refusal::Item("an entry is not `[time, record]`".to_owned()), b"", now, out)
            }
            Some(entry) => {
                let filled = writer.event(now, out, |draft| entry.fill(&self.tag, draft));
                if let Err(refusal) = filled {
                    out.reject(self.number, &refusal);
                }
            }
        }
        Ok(())
    }
}

/// What stands between tag and options: entries, whether they are one bare entry, and how many parts are left.
fn body<'a>(reader: &mut Reader<'a>, parts: usize) -> Result<(&'a [u8], bool, usize), Broken> {
    let begin = reader.0;
    let second = reader.value().ok_or(Broken::Form("it has no entries"))?;
    let mut inner = second;
    let several = match inner.head() {
        Some(Head::Text(_) | Head::Bytes(_)) => true,
        // `[time, {metadata}]` of a single event begins with no list.
        Some(Head::List(count)) => count == 0 || matches!(Reader(inner.0).head(), Some(Head::List(_))),
        _ => false,
    };
    if several {
        return Ok((inner.0, false, parts - 2));
    }
    reader.value().filter(|_| parts > 2).ok_or(Broken::Form("it has a time and no record"))?;
    Ok((&begin[..begin.len() - reader.0.len()], true, parts - 3))
}

fn packing(entries: &[u8]) -> Option<Packing> {
    match entries {
        [0x1f, 0x8b, ..] => Some(Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
        _ => None,
    }
}

/// What the client says of a message.
#[derive(Default)]
struct Options<'a> {
    /// The value of `chunk`, as it was sent.
    chunk: Option<&'a [u8]>,
    /// 0 for logs.
    signal: u64,
}

impl<'a> Options<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Options<'a>, Broken> {
        let form = Broken::Form("its options are no map");
        let mut options = Options::default();
        let count = match reader.head() {
            Some(Head::Map(count)) => count,
            Some(Head::Nil) => 0,
            _ => return Err(form),
        };
        for _ in 0..count {
            let (Some(mut key), Some(value)) = (reader.value(), reader.value()) else { return Err(form) };
            match (key.text(), Reader(value.0).head()) {
                (Some(b"chunk"), Some(Head::Text(_) | Head::Bytes(_))) => options.chunk = Some(value.0),
                (Some(b"fluent_signal"), Some(Head::Int(signal))) => options.signal = signal.unsigned_abs(),
                (Some(b"fluent_signal"), Some(Head::Uint(signal))) => options.signal = signal,
                _ => {}
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests;
