//! Brings the index up to the log: block by block, and frame by frame where the log is damaged.

use vigil_crdt::{BlockEntry, LogStore, StoreError};
use vigil_index::Posting;
use vigil_index_tantivy::{Body, BodySpan, IndexError, Salvaged, Shelves};
use vigil_model::{Class, FrameRef, Timestamp};

use super::error::RunError;

/// Bytes of records between two commits.
const COMMIT_BYTES: u64 = 128 * 1024 * 1024;
/// Rows of the order of arrival read in one go.
const REPLAY_BLOCKS: usize = 256;

/// Brings the index up to `to`, a durable place of the order of arrival. Answers how many blocks it
/// took. Blocks that no shelf wants are passed over by their headers. `progress` is told (blocks
/// done, blocks to do), and answers whether to go on.
pub(super) fn catch_up(
    shelves: &mut Shelves,
    store: &dyn LogStore,
    to: u64,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<u64, RunError> {
    let from = shelves.resume();
    let mut next = from;
    let mut bytes = 0;
    while next <= to {
        let limit = usize::try_from(to - next + 1).unwrap_or(usize::MAX).min(REPLAY_BLOCKS);
        let entries = store.arrivals(next, limit)?;
        let Some(last) = entries.last() else { break };
        next = last.arrival + 1;
        for entry in &entries {
            bytes += replay(shelves, store, entry)?;
        }
        if bytes >= COMMIT_BYTES {
            shelves.commit()?;
            bytes = 0;
        }
        if !progress(next - from, to + 1 - from) {
            break;
        }
    }
    if next > from {
        shelves.commit()?;
    }
    Ok(next - from)
}

fn replay(shelves: &mut Shelves, store: &dyn LogStore, entry: &BlockEntry) -> Result<u64, IndexError> {
    let times: Vec<_> = spans(store, entry).iter().map(|span| (span.first, span.last)).collect();
    if !shelves.wants(entry.arrival, &times) {
        shelves.skip(entry.arrival)?;
        return Ok(0);
    }
    match sound(store, entry) {
        Ok((sealed, bodies)) => {
            let borrowed: Vec<_> = bodies.iter().map(|(class, records)| Body { class: *class, records }).collect();
            shelves.add(entry.block, entry.arrival, sealed, &borrowed)?;
        }
        Err(why) => {
            tracing::error!(%why, "the log is damaged: what can be read is indexed, every answer names the rest");
            salvage(shelves, store, entry)?;
        }
    }
    Ok(entry.bodies.iter().map(|(_, _, raw)| u64::from(*raw)).sum())
}

/// What the header says of the bodies that came with a row of the order of arrival; of every time
/// where it cannot be read.
pub(super) fn spans(store: &dyn LogStore, entry: &BlockEntry) -> Vec<BodySpan> {
    let header = store.header(entry.block).ok().flatten();
    let sealed = header.as_ref().map(|header| Timestamp::from_millis(header.header.sealed.millis() as i64));
    let span = |class: Class| {
        let body = header.as_ref().and_then(|header| header.header.bodies.iter().find(|body| body.class == class));
        let (first, last) = body.map_or((Timestamp::MIN, Timestamp::MAX), |body| (body.first, body.last));
        let sealed = sealed.filter(|_| body.is_some());
        BodySpan { block: entry.block, class, arrival: entry.arrival, sealed, first, last }
    };
    entry.bodies.iter().map(|(class, _, _)| span(*class)).collect()
}

type Sound = (Timestamp, Vec<(Class, vigil_model::Records)>);

/// The block, when all of it can be read.
fn sound(store: &dyn LogStore, entry: &BlockEntry) -> Result<Sound, String> {
    let missing = |what: &str| format!("{what} of block {} is missing", entry.block.seq);
    let text = |error: StoreError| error.to_string();
    let sealed = sealed(store, entry).map_err(text)?.ok_or_else(|| missing("header"))?;
    let read = |class: Class| {
        let (_, records) = store.body(entry.block, class).map_err(text)?.ok_or_else(|| missing(class.name()))?;
        Ok((class, records))
    };
    let bodies: Result<_, String> = entry.bodies.iter().map(|(class, _, _)| read(*class)).collect();
    Ok((sealed, bodies?))
}

fn sealed(store: &dyn LogStore, entry: &BlockEntry) -> Result<Option<Timestamp>, StoreError> {
    let header = store.header(entry.block)?;
    Ok(header.map(|header| Timestamp::from_millis(header.header.sealed.millis() as i64)))
}

/// Without its header nobody knows when a block was sealed, and so on which shelf a row of it
/// belongs: a shelf may hold it already. Such frames are left to be read by every question.
fn salvage(shelves: &mut Shelves, store: &dyn LogStore, entry: &BlockEntry) -> Result<(), IndexError> {
    let sealed = sealed(store, entry).ok().flatten();
    let classes = entry.bodies.iter().map(|(class, _, _)| *class);
    let mut frames: Vec<_> = classes.flat_map(|class| frames_of(store, entry, class)).collect();
    if sealed.is_none() {
        frames.iter_mut().for_each(|frame| frame.records = None);
    }
    shelves.add_salvaged(entry.block, entry.arrival, sealed.unwrap_or_default(), &frames)
}

/// The frames of a body, or what stands for them all when they cannot even be counted.
fn frames_of(store: &dyn LogStore, entry: &BlockEntry, class: Class) -> Vec<Salvaged> {
    let Ok(Some(count)) = store.frame_count(entry.block, class) else {
        return vec![Salvaged { class, frame: Posting::WHOLE_BODY, records: None }];
    };
    let frame = |frame| {
        let at = FrameRef { block: entry.block, class, frame };
        Salvaged { class, frame, records: store.frame(at).ok().flatten() }
    };
    (0..count).map(frame).collect()
}

#[cfg(test)]
mod tests;
