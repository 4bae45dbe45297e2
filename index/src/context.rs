//! What stands before and after an event in its log.
//!
//! Neighbours are events of the same log and class, in the order in which they were taken in. Those that may not be
//! seen are left out and do not count.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use vigil_model::limits::{CONTEXT_BLOCKS_MAX, CONTEXT_EVENTS_MAX, CONTEXT_ROWS_MAX};
use vigil_model::{BlockRef, EventId, Frame, FrameRef, LogId, LogNumber, Record, Timestamp};
use vigil_query::{Context, Permission};

use crate::table::Held;
use crate::{FrameSource, OwnedValue, Row, SourceError};

/// An event and those around it, in the order of the log: at most `before` and `after`, and never more than
/// [`CONTEXT_ROWS_MAX`], on a side; fewer where the log ends or [`CONTEXT_BLOCKS_MAX`] blocks have no more. `None` when
/// the event is not here or may not be seen.
pub fn context(
    frames: &dyn FrameSource,
    id: EventId,
    before: u64,
    after: u64,
    permission: &Permission,
) -> Result<Option<Vec<Row>>, SourceError> {
    let around = Context { before, after };
    Ok(neighbours(frames, id, around, permission)?.map(|found| found.into_iter().map(|event| event.row).collect()))
}

struct Neighbour {
    place: Place,
    time: Timestamp,
    row: Row,
}

/// Block and offset within a log.
type Place = (u64, u32);

struct Walk<'a> {
    frames: &'a dyn FrameSource,
    permission: &'a Permission,
    id: EventId,
    number: LogNumber,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

fn neighbours(
    frames: &dyn FrameSource,
    id: EventId,
    around: Context,
    permission: &Permission,
) -> Result<Option<Vec<Neighbour>>, SourceError> {
    let Some(number) = frames.log_number(id.log) else { return Ok(None) };
    let walk = Walk { frames, permission, id, number };
    let Some(event) = walk.event()? else { return Ok(None) };
    let most = |count: u64| usize::try_from(count).unwrap_or(usize::MAX).min(CONTEXT_ROWS_MAX);
    let mut found = walk.side(Side::Before, most(around.before))?;
    found.reverse();
    found.push(event);
    found.extend(walk.side(Side::After, most(around.after))?);
    Ok(Some(found))
}

impl Walk<'_> {
    fn event(&self) -> Result<Option<Neighbour>, SourceError> {
        for n in 0..self.frame_count(self.id.seq)?.unwrap_or(0) {
            let frame = self.frame(self.id.seq, n)?;
            let within = self.id.offset.checked_sub(frame.first).map(|n| n as usize);
            if let Some(record) = within.and_then(|n| frame.records.get(n)) {
                return Ok(self.admitted((self.id.seq, self.id.offset), &record));
            }
        }
        Ok(None)
    }

    /// Neighbours on one side, the nearest first.
    fn side(&self, side: Side, most: usize) -> Result<Vec<Neighbour>, SourceError> {
        let mut found = Vec::new();
        let mut seq = Some(self.id.seq);
        for _ in 0..=CONTEXT_BLOCKS_MAX {
            let Some(at) = seq.filter(|_| found.len() < most) else { break };
            self.block(at, side, most, &mut found)?;
            seq = if side == Side::Before { at.checked_sub(1) } else { at.checked_add(1) };
        }
        Ok(found)
    }

    /// Adds the neighbours in one block.
    fn block(&self, seq: u64, side: Side, most: usize, found: &mut Vec<Neighbour>) -> Result<(), SourceError> {
        let count = self.frame_count(seq)?.unwrap_or(0);
        for n in 0..count {
            if found.len() >= most {
                return Ok(());
            }
            let n = if side == Side::Before { count - 1 - n } else { n };
            let frame = self.frame(seq, n)?;
            for offset in offsets(&frame, side) {
                let place = (seq, offset);
                let own = (self.id.seq, self.id.offset);
                let beyond = if side == Side::Before { place < own } else { place > own };
                let record = frame.records.get((offset - frame.first) as usize).filter(|_| beyond);
                found.extend(record.and_then(|record| self.admitted(place, &record)).filter(|_| found.len() < most));
            }
        }
        Ok(())
    }

    fn admitted(&self, place: Place, record: &Record<'_>) -> Option<Neighbour> {
        let id = EventId { seq: place.0, offset: place.1, ..self.id };
        Row::event(id, record, self.permission).map(|row| Neighbour { place, time: record.time(), row })
    }

    fn block_ref(&self, seq: u64) -> BlockRef {
        BlockRef { log: self.number, seq }
    }

    fn frame_count(&self, seq: u64) -> Result<Option<u16>, SourceError> {
        self.frames.frame_count(self.block_ref(seq), self.id.class)
    }

    fn frame(&self, seq: u64, frame: u16) -> Result<std::sync::Arc<Frame>, SourceError> {
        self.frames.frame(FrameRef { block: self.block_ref(seq), class: self.id.class, frame })
    }
}

fn offsets(frame: &Frame, side: Side) -> Vec<u32> {
    let all = (0..frame.records.len() as u32).map(|n| frame.first + n);
    if side == Side::Before { all.rev().collect() } else { all.collect() }
}

/// Events that stand together, and the newest time among them.
struct Group {
    newest: Timestamp,
    log: LogId,
    first: Place,
    rows: Vec<Row>,
}

/// The pipe: contexts that overlap are one, each event stands once, in the order of its log; the newest context comes
/// first. An event that was among the rows stays as it was there.
pub(crate) fn run(
    rows: Vec<Row>,
    around: Context,
    frames: &dyn FrameSource,
    permission: &Permission,
) -> (Vec<Row>, Option<String>) {
    let mut reason = None;
    let mut events: BTreeMap<(LogId, Place), (Timestamp, Row)> = BTreeMap::new();
    let mut spans: Vec<(LogId, Place, Place)> = Vec::new();
    let most = format!("the neighbours of {CONTEXT_EVENTS_MAX} events are shown; add a limit");
    if rows.len() > CONTEXT_EVENTS_MAX {
        reason = Some(most);
    }
    for row in rows.into_iter().take(CONTEXT_EVENTS_MAX) {
        let Some(OwnedValue::Id(id)) = row.get(crate::row::ID) else {
            reason.get_or_insert("a row without `_id` is no event and has no neighbours".to_owned());
            continue;
        };
        let id = *id;
        match neighbours(frames, id, around, permission) {
            Ok(Some(found)) => {
                let places = found.first().zip(found.last()).map(|(first, last)| (first.place, last.place));
                spans.extend(places.map(|(first, last)| (id.log, first, last)));
                for event in found {
                    let own = event.place == (id.seq, id.offset);
                    let entry = events.entry((id.log, event.place)).or_insert((event.time, event.row));
                    if own {
                        entry.1 = row.clone();
                    }
                }
            }
            Ok(None) => {}
            Err(error) => {
                reason.get_or_insert(format!("the neighbours of {id} cannot be read: {error}"));
            }
        }
    }
    let mut held = Held::default();
    grouped(spans, events).into_iter().flat_map(|group| group.rows).for_each(|row| held.push(|| row));
    let (rows, short) = held.into_rows();
    (rows, reason.or(short))
}

fn grouped(
    mut spans: Vec<(LogId, Place, Place)>,
    mut events: BTreeMap<(LogId, Place), (Timestamp, Row)>,
) -> Vec<Group> {
    spans.sort_unstable();
    let mut merged: Vec<(LogId, Place, Place)> = Vec::new();
    for (log, first, last) in spans {
        match merged.last_mut() {
            Some(before) if before.0 == log && first <= before.2 => before.2 = before.2.max(last),
            _ => merged.push((log, first, last)),
        }
    }
    let group = |(log, first, last): (LogId, Place, Place)| {
        let mut behind = events.split_off(&(log, first));
        let mut group = Group { newest: Timestamp::MIN, log, first, rows: Vec::new() };
        while let Some(event) = behind.first_entry().filter(|event| *event.key() <= (log, last)) {
            let (time, row) = event.remove();
            group.newest = group.newest.max(time);
            group.rows.push(row);
        }
        events = behind;
        group
    };
    let mut groups: Vec<Group> = merged.into_iter().map(group).collect();
    groups.sort_by_key(|group| (Reverse(group.newest), group.log, group.first));
    groups
}
