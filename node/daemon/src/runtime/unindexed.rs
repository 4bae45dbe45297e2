//! What the index does not know and the hot tail does not hold: bodies of the log, to be read whole.
//!
//! While the index is verified or rebuilt, queries get a posting for each such body, from the times
//! in its header. So every answer is exact, and a lost index costs time alone.

use std::sync::Arc;

use parking_lot::Mutex;
use vigil_crdt::{LogStore, StoreError};
use vigil_index::{ChunkSource, Posting, Postings, Prune, SourceError};
use vigil_index_tantivy::{BodySpan, Reach, ShelfSnapshot};
use vigil_model::Class;
use vigil_query::TimeRange;

use super::replay::spans;
use super::source::source_error;

/// Rows of the order of arrival read in one go.
const READ_BLOCKS: usize = 1_024;

/// Headers that were read for queries, kept until the index knows the blocks: 72 bytes a body.
#[derive(Default)]
pub(super) struct Unindexed(Mutex<Spans>);

/// The bodies of all blocks of a run of arrivals, in that order.
#[derive(Default)]
struct Spans {
    bodies: Vec<BodySpan>,
    /// The run ends here, and begins where `bodies` do.
    upto: u64,
    from: u64,
}

/// The index, and the log where it lacks something: all that arrived before the hot tail begins.
pub(super) struct Known<'a> {
    pub(super) snapshot: Arc<ShelfSnapshot>,
    pub(super) unindexed: &'a Unindexed,
    pub(super) store: &'a dyn LogStore,
    /// The tail holds everything after this place in the order of arrival.
    pub(super) tail_after: u64,
}

impl Postings for Known<'_> {
    fn postings(&self, prune: &Prune, class: Class, time: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        let (mut found, reach) = match self.snapshot.within_reach(prune, class, time) {
            Ok(found) => (found, self.snapshot.reach().clone()),
            Err(error) => {
                tracing::error!(%error, "the index does not answer: the log is read instead");
                (Vec::new(), Reach::default())
            }
        };
        if *prune != Prune::Nothing {
            let lacking = Lacking { reach: &reach, class, time };
            self.unindexed.add(&lacking, self.store, self.arrival(), &mut found).map_err(source_error)?;
        }
        Ok(found)
    }

    fn shelves(&self, time: &TimeRange) -> (u64, u64) {
        self.snapshot.shelves(time)
    }

    fn chunks(&self, class: Class, time: &TimeRange, asked: &[&str]) -> Vec<Arc<dyn ChunkSource>> {
        self.snapshot.chunks(class, time, asked)
    }

    fn arrival(&self) -> u64 {
        self.snapshot.reach().upto().max(self.tail_after)
    }
}

/// Which bodies are wanted.
struct Lacking<'a> {
    reach: &'a Reach,
    class: Class,
    time: &'a TimeRange,
}

impl Unindexed {
    /// Adds what stands for all that is lacking of blocks up to `upto`.
    fn add(
        &self,
        lacking: &Lacking<'_>,
        store: &dyn LogStore,
        upto: u64,
        found: &mut Vec<Posting>,
    ) -> Result<(), StoreError> {
        let from = lacking.reach.first_lacking();
        let mut spans = self.0.lock();
        if from > upto {
            *spans = Spans::default();
            return Ok(());
        }
        spans.read(store, from, upto)?;
        let wanted = |body: &&BodySpan| {
            body.class == lacking.class
                && (from..=upto).contains(&body.arrival)
                && lacking.time.overlaps(body.first, body.last)
        };
        spans.bodies.iter().filter(wanted).for_each(|body| lacking.reach.add_lacking(body, found));
        Ok(())
    }
}

impl Spans {
    /// Makes the run cover `from..=upto`, and lets go of what lies before.
    fn read(&mut self, store: &dyn LogStore, from: u64, upto: u64) -> Result<(), StoreError> {
        if from < self.from || from > self.upto + 1 || self.from == 0 {
            *self = Spans { bodies: Vec::new(), from, upto: from - 1 };
        }
        self.from = from;
        self.bodies.drain(..self.bodies.partition_point(|body| body.arrival < from));
        while self.upto < upto {
            let limit = usize::try_from(upto - self.upto).unwrap_or(usize::MAX).min(READ_BLOCKS);
            let entries = store.arrivals(self.upto + 1, limit)?;
            let Some(last) = entries.last() else { break };
            self.upto = last.arrival;
            self.bodies.extend(entries.iter().flat_map(|entry| spans(store, entry)));
        }
        Ok(())
    }
}
