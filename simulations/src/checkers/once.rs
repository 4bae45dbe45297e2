//! No record is stored more often than its clients may expect.
//!
//! A refused submission left nothing behind; an acknowledged one is there once; one whose process
//! died may be there once. Of a request under an idempotency key every record is there at most
//! once whatever was repeated, a complete one has all, and a receipt's row names exactly the
//! newest of them. Not verified: a request whose row itself was torn, when an earlier row lay in
//! its place. This disk writes over rows in place, so neither version is left, and no store could
//! tell what was durable; RocksDB has its batches whole or not at all and never leaves that. Nor
//! verified: seeds in which bits have flipped; clock jumps of more than the look-up limit.

use std::collections::BTreeMap;

use vigil_crdt::{IdempotencyKey, IdempotencyRow, LogStore};
use vigil_model::Records;

use super::answers::Fate;
use super::{Verdict, Violation, ensure};
use crate::client::Request;
use crate::material;
use crate::survey::Survey;

/// How often each record is in the store, by number.
pub(crate) fn count(survey: &Survey) -> BTreeMap<u64, u16> {
    let mut counts = BTreeMap::new();
    let blocks = survey.logs.values().flat_map(|(_, blocks)| blocks);
    for body in blocks.flat_map(|block| block.bodies.values()) {
        let Ok(Some((_, records))) = body else { continue };
        numbers(records).for_each(|number| *counts.entry(number).or_default() += 1);
    }
    counts
}

fn numbers(records: &Records) -> impl Iterator<Item = u64> {
    records.iter().map(|record| record.and_then(material::number).unwrap_or(u64::MAX))
}

/// Looks at every record.
pub(crate) fn check(counts: &BTreeMap<u64, u16>, fates: &[Fate], requests: &[Request]) -> Verdict {
    for (number, count) in counts {
        let fate = fates.get(*number as usize).copied().unwrap_or_default();
        let most = fate.acknowledged + fate.unknown;
        ensure(*count <= most, "nothing of a refused submission is kept", || {
            format!("record {number} is there {count} times, its clients know of {fate:?}")
        })?;
    }
    requests
        .iter()
        .filter(|request| request.key.is_some() && !request.forgotten)
        .try_for_each(|request| check_keyed(counts, request))
}

fn check_keyed(counts: &BTreeMap<u64, u16>, request: &Request) -> Verdict {
    let mut twice = counts.range(request.numbers.clone()).filter(|(_, count)| **count > 1);
    let twice = twice.next();
    ensure(twice.is_none(), "a keyed record is stored at most once", || format!("{twice:?} of {request:?}"))
}

/// Finds the request whose row a crash has just torn while records of it stay: nothing is known of
/// it from here on.
pub(crate) fn find_forgotten(
    torn: Option<&IdempotencyKey>,
    counts: &BTreeMap<u64, u16>,
    requests: &mut [Request],
) -> u64 {
    let names = |request: &Request| request.key.is_some_and(|(key, _)| Some(&key) == torn);
    let held = |request: &Request| counts.range(request.numbers.clone()).next().is_some();
    let lost = requests.iter_mut().find(|request| !request.forgotten && names(request) && held(request));
    lost.map_or(0, |request| {
        request.forgotten = true;
        1
    })
}

/// What the store remembers of a keyed request must be what it holds.
pub(crate) fn check_row(
    store: &impl LogStore,
    survey: &Survey,
    counts: &BTreeMap<u64, u16>,
    request: &Request,
) -> Verdict {
    let Some((key, body)) = request.key.filter(|_| !request.forgotten) else { return Ok(()) };
    let row = store
        .idempotency(&key)
        .map_err(|error| Violation { invariant: "a receipt can be read", what: error.to_string() })?;
    let held = counts.range(request.numbers.clone()).count() as u64;
    let Some(row) = row else {
        return ensure(held == 0, "a keyed record has its row", || {
            format!("{held} records without a row: {request:?}")
        });
    };
    let sound = row.body == body && row.records == held && row.complete == (held == request.len());
    ensure(sound, "a row counts what is stored", || format!("{row:?} for {held} records of {request:?}"))?;
    check_places(survey, &row, request)
}

/// The blocks that a row names hold the newest records of its prefix, in order.
fn check_places(survey: &Survey, row: &IdempotencyRow, request: &Request) -> Verdict {
    let mut placed = Vec::new();
    for run in &row.blocks {
        let block = survey.block(&row.log, run.seq);
        let body = block.and_then(|block| block.bodies.get(&run.class)?.as_ref().ok()?.as_ref());
        let Some((_, records)) = body else {
            return ensure(false, "a row names blocks that are there", || format!("{run:?} of {request:?}"));
        };
        placed.extend(numbers(records).skip(run.first as usize).take(run.count as usize));
    }
    let end = request.numbers.start + row.records;
    let newest = end - placed.len() as u64..end;
    ensure(newest.clone().eq(placed.iter().copied()), "a row names the newest records", || {
        format!("{placed:?} instead of {newest:?}")
    })
}
