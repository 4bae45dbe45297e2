//! Which chunks answer in place of which postings.
//!
//! A frame of a chunk counts where the index names a posting that is its twin, and takes its place: so whatever
//! decides which postings count, by time, arrival or what another posting says, decides for columns, too.

use std::ops::Range;
use std::sync::Arc;

use vigil_model::{Class, FrameRef, Timestamp};

use super::plan::ColumnPlan;
use super::{ChunkSource, Head};
use crate::{Posting, Postings};

/// For fewer frames than one in so many chunks it is quicker to read them.
const CHUNKS_A_FRAME: usize = 4;

/// A chunk that answers for some of its frames.
pub struct Covering {
    pub(super) chunk: Arc<dyn ChunkSource>,
    pub(super) head: Arc<Head>,
    /// Whether each of its frames counts.
    counts: Vec<bool>,
}

impl Covering {
    /// The postings of the frames that it answers for.
    pub fn postings(&self) -> impl Iterator<Item = &Posting> {
        self.head.frames.iter().zip(&self.counts).filter(|(_, counts)| **counts).map(|(frame, _)| frame)
    }

    /// Latest event time of the chunk.
    pub(crate) fn last(&self) -> Timestamp {
        self.head.last
    }

    /// Whether all its frames count.
    pub(super) fn is_whole(&self) -> bool {
        self.counts.iter().all(|counts| *counts)
    }

    /// The rows of the frames that count, as few runs.
    pub(super) fn row_ranges(&self) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        let mut start = 0;
        for (frame, counts) in self.head.frames.iter().zip(&self.counts) {
            let end = start + frame.rows;
            match ranges.last_mut() {
                Some(last) if *counts && last.end == start => last.end = end,
                _ if *counts => ranges.push(start..end),
                _ => {}
            }
            start = end;
        }
        ranges
    }

    /// How many rows count, before any filter.
    pub(crate) fn rows(&self) -> u64 {
        self.postings().map(|posting| u64::from(posting.rows)).sum()
    }
}

/// Takes the postings away that chunks answer for.
pub(crate) fn cover(
    plan: &ColumnPlan,
    index: &dyn Postings,
    class: Class,
    postings: &mut Vec<Posting>,
) -> Vec<Covering> {
    let names: Vec<&str> = plan.fields().iter().map(String::as_str).collect();
    let chunks = index.chunks(class, &plan.time, &names);
    if chunks.is_empty() || postings.len() * CHUNKS_A_FRAME < chunks.len() {
        return Vec::new();
    }
    let mut named = Named::of(postings);
    let covering = |chunk: Arc<dyn ChunkSource>| {
        let head = chunk.head().ok().filter(|head| head.class == class && plan.is_answered_by(head))?;
        let counts: Vec<bool> = head.frames.iter().map(|frame| named.take(frame)).collect();
        counts.contains(&true).then_some(Covering { chunk, head, counts })
    };
    let coverings = chunks.into_iter().filter_map(covering).collect();
    let taken = named.taken;
    let mut n = 0;
    postings.retain(|_| {
        n += 1;
        !taken[n - 1]
    });
    coverings
}

/// Postings by name; each is taken once.
struct Named<'a> {
    postings: &'a [Posting],
    /// Numbers of the postings, in the order of their names.
    order: Vec<u32>,
    /// Where in that order the next one is likely to be.
    next: usize,
    taken: Vec<bool>,
}

impl<'a> Named<'a> {
    fn of(postings: &'a [Posting]) -> Named<'a> {
        let mut order: Vec<u32> = (0..postings.len() as u32).collect();
        order.sort_unstable_by_key(|n| name(&postings[*n as usize]));
        Named { postings, order, next: 0, taken: vec![false; postings.len()] }
    }

    /// Whether the twin of a chunk's frame is there and was not taken before.
    fn take(&mut self, frame: &Posting) -> bool {
        let wanted = name(frame);
        let of = |n: &u32| name(&self.postings[*n as usize]);
        let place = match self.order.get(self.next) {
            Some(n) if of(n) == wanted => self.next,
            _ => match self.order.binary_search_by_key(&wanted, of) {
                Ok(place) => place,
                Err(_) => return false,
            },
        };
        self.next = place + 1;
        let n = self.order[place] as usize;
        let posting = &self.postings[n];
        let is_twin = (posting.last, posting.rows, posting.arrival) == (frame.last, frame.rows, frame.arrival);
        is_twin && !std::mem::replace(&mut self.taken[n], true)
    }
}

/// What tells postings of one index apart.
fn name(posting: &Posting) -> (FrameRef, Timestamp) {
    (posting.at, posting.first)
}
