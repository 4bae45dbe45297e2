//! Loki's push as Protocol Buffers: `PushRequest`, unpacked.

use std::borrow::Cow;

use vigil_model::Timestamp;
use vigil_model::limits::LINE_BYTES_MAX;

use super::{Entry, Pairs, Push, Stream, Undecodable};
use crate::protocols::tally::Tally;
use crate::protocols::wire::{Malformed, Message, Wire};
use crate::writer::Writer;
use crate::{Batch, Refusal};

const NANOS: i64 = 1_000_000_000;

/// Makes an event of every line of a `PushRequest`. Texts may be anything; a body whose fields do not follow one another
/// as they should is refused before an event is made of it.
pub fn protobuf(body: &[u8], writer: &mut Writer, now: Timestamp, out: &mut Batch) -> Result<Tally, Undecodable> {
    check(body, SHAPE)?;
    writer.count_bytes(body.len());
    let mut push = Push { writer, now, out, tally: Tally::default() };
    for stream in nested(body, 1) {
        read_stream(stream, &mut push);
    }
    Ok(push.tally)
}

/// Numbers of fields that are messages again, and what is in these.
struct Shape(&'static [(u32, Shape)]);

const SHAPE: &Shape = &Shape(&[(1, Shape(&[(2, Shape(&[(1, Shape(&[])), (3, Shape(&[]))]))]))]);

fn check(message: &[u8], shape: &Shape) -> Result<(), Malformed> {
    for field in Message(message) {
        let (number, value) = field?;
        let inner = shape.0.iter().find(|(known, _)| *known == number);
        if let (Some((_, inner)), Wire::Bytes(bytes)) = (inner, value) {
            check(bytes, inner)?;
        }
    }
    Ok(())
}

/// The fields of a message that was checked.
fn fields(message: &[u8]) -> impl Iterator<Item = (u32, Wire<'_>)> {
    Message(message).flatten()
}

/// The messages or texts under a number.
fn nested(message: &[u8], wanted: u32) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |(number, value)| match value {
        Wire::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

fn read_stream(message: &[u8], push: &mut Push<'_>) {
    let labels = String::from_utf8_lossy(nested(message, 1).last().unwrap_or(b"{}"));
    match Stream::of_text(&labels) {
        Ok(stream) => nested(message, 2).for_each(|entry| read_entry(entry, &stream, push)),
        Err(refusal) => nested(message, 2).for_each(|entry| push.reject(refusal.clone(), entry)),
    }
}

fn read_entry(message: &[u8], stream: &Stream<'_>, push: &mut Push<'_>) {
    if message.len() > LINE_BYTES_MAX {
        return push.reject(Refusal::TooLong, message);
    }
    let line = nested(message, 2).last().unwrap_or_default();
    match time(nested(message, 1).last().unwrap_or_default()) {
        Some(time) => {
            push.entry(stream, &Entry { time, line, metadata: nested(message, 3).map(pair).collect::<Pairs<'_>>() })
        }
        None => push.reject(Refusal::Item("a time outside of the years 1678 to 2262".to_owned()), line),
    }
}

/// A `google.protobuf.Timestamp`.
fn time(message: &[u8]) -> Option<Timestamp> {
    let (mut seconds, mut nanos) = (0, 0);
    for (number, value) in fields(message) {
        match (number, value) {
            (1, Wire::Varint(value)) => seconds = value as i64,
            (2, Wire::Varint(value)) => nanos = value as i64,
            _ => {}
        }
    }
    seconds.checked_mul(NANOS)?.checked_add(nanos).map(Timestamp)
}

fn pair(message: &[u8]) -> (Cow<'_, str>, Cow<'_, str>) {
    let text = |number| String::from_utf8_lossy(nested(message, number).last().unwrap_or_default());
    (text(1), text(2))
}
