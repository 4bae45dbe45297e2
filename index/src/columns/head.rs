//! How the head of a chunk lies in bytes.
//!
//! ```text
//! squeezed u8 │ length varint │ bytes varint │ what follows, LZ4 when squeezed is 1
//! class u8 │ rows varint │ first i64 │ last i64 │ arrival varint
//! frames varint │ six columns of numbers: log, seq, frame, first, length in time, arrival: zigzag varint differences;
//!   rows: varint
//! fields varint │ name │ entries varint │ present varint │ …
//! others varint │ name │ … │ names all u8
//! roll-up u8 │ level varint (0 none) │ counts varint │ minute (difference), code, rows: varints │ …
//! sections varint │ length u32 │ checksum 8 │ …
//! ```

use vigil_model::limits::{CHUNK_FRAMES_MAX, CHUNK_ROWS_MAX, COLUMN_CANDIDATES_MAX, COLUMNS_MAX, FIELD_NAME_BYTES_MAX};
use vigil_model::{BlockRef, Class, FrameRef, LogNumber, Reader, Timestamp, put_varint};
use vigil_query::TimeRange;

use super::codec::Section;
use super::dictionary::{put_squeezed, squeezed};
use super::pack::{unzigzag, zigzag};
use super::{FieldHead, Head, RollUp};
use crate::Posting;

/// Bytes of a head, unpacked: frames, names, minutes.
const HEAD_BYTES_MAX: usize = CHUNK_FRAMES_MAX * 48
    + (COLUMN_CANDIDATES_MAX + COLUMNS_MAX) * (FIELD_NAME_BYTES_MAX + 32)
    + CHUNK_ROWS_MAX * 2
    + 4_096;

pub(super) fn encode_head(head: &Head, sections: &[Section]) -> Vec<u8> {
    let mut out = Vec::new();
    out.push(head.class.number());
    put_varint(&mut out, head.rows as u64);
    out.extend_from_slice(&head.first.0.to_le_bytes());
    out.extend_from_slice(&head.last.0.to_le_bytes());
    put_varint(&mut out, head.arrival);
    put_frames(&head.frames, &mut out);
    put_varint(&mut out, head.fields.len() as u64);
    for field in &head.fields {
        put_name(&field.name, &mut out);
        put_varint(&mut out, field.entries as u64);
        put_varint(&mut out, field.present as u64);
    }
    put_varint(&mut out, head.others.len() as u64);
    head.others.iter().for_each(|name| put_name(name, &mut out));
    out.push(u8::from(head.names_all));
    put_roll_up(head.roll_up.as_ref(), &mut out);
    put_varint(&mut out, sections.len() as u64);
    for section in sections {
        out.extend_from_slice(&section.len.to_le_bytes());
        out.extend_from_slice(&section.check);
    }
    assert!(out.len() <= HEAD_BYTES_MAX, "every list in a head has a limit");
    let mut squeezed = Vec::new();
    put_squeezed(&mut squeezed, &out);
    squeezed
}

pub(super) fn decode_head(bytes: &[u8]) -> Option<(Head, Vec<Section>)> {
    let mut outer = Reader(bytes);
    let bytes = squeezed(&mut outer, HEAD_BYTES_MAX)?;
    let mut reader = Reader(&bytes);
    let class = Class::from_number(reader.u8()?)?;
    let rows = count(&mut reader, CHUNK_ROWS_MAX)?;
    let (first, last) = (Timestamp(reader.i64()?), Timestamp(reader.i64()?));
    let arrival = reader.varint()?;
    let frames = frames(&mut reader, class)?;
    let fields = count(&mut reader, COLUMNS_MAX)?;
    let fields = (0..fields).map(|_| field(&mut reader, rows)).collect::<Option<Vec<_>>>()?;
    let others = count(&mut reader, COLUMN_CANDIDATES_MAX)?;
    let others = (0..others).map(|_| name(&mut reader)).collect::<Option<Vec<_>>>()?;
    let names_all = bool(&mut reader)?;
    let roll_up = roll_up(&mut reader, &fields, rows)?;
    let sections = count(&mut reader, 1 + 2 * COLUMNS_MAX)?;
    let sections = (0..sections).map(|_| section(&mut reader)).collect::<Option<Vec<_>>>()?;
    let head = Head { class, frames, rows, first, last, arrival, fields, others, names_all, roll_up };
    let whole = outer.is_empty() && reader.is_empty() && sections.len() == 1 + 2 * head.fields.len();
    (whole && head.is_sound()).then_some((head, sections))
}

/// One number after another, each said by how it differs from the one before.
fn put_differences(numbers: impl Iterator<Item = i64>, out: &mut Vec<u8>) {
    let mut before = 0_i64;
    for number in numbers {
        put_varint(out, zigzag(number.wrapping_sub(before)));
        before = number;
    }
}

fn differences(reader: &mut Reader<'_>, count: usize) -> Option<Vec<i64>> {
    let mut number = 0_i64;
    let mut next = || {
        number = number.wrapping_add(unzigzag(reader.varint()?));
        Some(number)
    };
    (0..count).map(|_| next()).collect()
}

fn put_frames(frames: &[Posting], out: &mut Vec<u8>) {
    put_varint(out, frames.len() as u64);
    put_differences(frames.iter().map(|frame| i64::from(frame.at.block.log.0)), out);
    put_differences(frames.iter().map(|frame| frame.at.block.seq as i64), out);
    put_differences(frames.iter().map(|frame| i64::from(frame.at.frame)), out);
    put_differences(frames.iter().map(|frame| frame.first.0), out);
    put_differences(frames.iter().map(|frame| frame.last.0.wrapping_sub(frame.first.0)), out);
    put_differences(frames.iter().map(|frame| frame.arrival as i64), out);
    frames.iter().for_each(|frame| put_varint(out, u64::from(frame.rows)));
}

fn frames(reader: &mut Reader<'_>, class: Class) -> Option<Vec<Posting>> {
    let count = count(reader, CHUNK_FRAMES_MAX)?;
    let [logs, seqs, numbers, firsts, lengths, arrivals] = {
        let mut column = || differences(reader, count);
        [column()?, column()?, column()?, column()?, column()?, column()?]
    };
    let mut frames = Vec::with_capacity(count);
    for n in 0..count {
        let block = BlockRef { log: LogNumber(u32::try_from(logs[n]).ok()?), seq: seqs[n] as u64 };
        let at = FrameRef { block, class, frame: u16::try_from(numbers[n]).ok()? };
        let (first, last) = (Timestamp(firsts[n]), Timestamp(firsts[n].wrapping_add(lengths[n])));
        let rows = u32::try_from(reader.varint()?).ok()?;
        frames.push(Posting { at, clip: clip(first, last), first, last, rows, arrival: arrivals[n] as u64 });
    }
    Some(frames)
}

/// The times of a frame's rows: shelves are runs of time.
pub(super) fn clip(first: Timestamp, last: Timestamp) -> TimeRange {
    TimeRange { from: first, to: Timestamp(last.0.saturating_add(1)) }
}

fn put_name(name: &str, out: &mut Vec<u8>) {
    put_varint(out, name.len() as u64);
    out.extend_from_slice(name.as_bytes());
}

fn name(reader: &mut Reader<'_>) -> Option<Box<str>> {
    let bytes = reader.sized().filter(|bytes| bytes.len() <= FIELD_NAME_BYTES_MAX)?;
    std::str::from_utf8(bytes).ok().map(Box::from)
}

fn field(reader: &mut Reader<'_>, rows: usize) -> Option<FieldHead> {
    let name = name(reader)?;
    let entries = count(reader, rows + 1).filter(|entries| *entries > 0)?;
    Some(FieldHead { name, entries, present: count(reader, rows)? })
}

fn put_roll_up(roll_up: Option<&RollUp>, out: &mut Vec<u8>) {
    out.push(u8::from(roll_up.is_some()));
    let Some(roll_up) = roll_up else { return };
    put_varint(out, roll_up.level.map_or(0, |level| level as u64 + 1));
    put_varint(out, roll_up.counts.len() as u64);
    let mut before = 0_i64;
    for (minute, code, rows) in &roll_up.counts {
        put_varint(out, zigzag(minute.wrapping_sub(before)));
        put_varint(out, u64::from(*code));
        put_varint(out, u64::from(*rows));
        before = *minute;
    }
}

fn roll_up(reader: &mut Reader<'_>, fields: &[FieldHead], rows: usize) -> Option<Option<RollUp>> {
    if !bool(reader)? {
        return Some(None);
    }
    let level = count(reader, fields.len())?.checked_sub(1);
    let entries = level.map_or(1, |level| fields[level].entries);
    let mut counts = Vec::new();
    let (mut minute, mut counted) = (0_i64, 0);
    for _ in 0..count(reader, rows)? {
        minute = minute.wrapping_add(unzigzag(reader.varint()?));
        let code = count(reader, entries - 1)?;
        let here = count(reader, rows)?;
        counted += here;
        counts.push((minute, code as u16, here as u32));
    }
    (counted == rows).then_some(Some(RollUp { level, counts }))
}

fn section(reader: &mut Reader<'_>) -> Option<Section> {
    Some(Section { len: reader.u32()?, check: reader.array()? })
}

fn count(reader: &mut Reader<'_>, most: usize) -> Option<usize> {
    usize::try_from(reader.varint()?).ok().filter(|count| *count <= most)
}

fn bool(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.u8()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
