//! One state of the index, for any thread to ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tantivy::columnar::Column;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, SegmentReader};
use vigil_index::{ChunkSource, Posting, Postings, Prune, SourceError};
use vigil_model::Class;
use vigil_query::TimeRange;

use crate::gather::ColumnView;
use crate::reach::Reach;
use crate::schema::{self, column};
use crate::shelf::ShelfId;
use crate::{IndexError, lookup};

/// Shelves that are open for reading at once.
const READERS_MAX: usize = 64;

/// One state of the index: it answers the same for as long as it is held.
///
/// Asked as [`Postings`] it answers for blocks that are in every shelf that wants them. While some
/// shelves are rebuilt the others know more, see [`ShelfSnapshot::within_reach`].
pub struct ShelfSnapshot {
    reach: Reach,
    /// All that can be asked, the newest first.
    shelves: Vec<ShelfId>,
    readers: Arc<Readers>,
    columns: ColumnView,
}

impl ShelfSnapshot {
    /// How many shelves there are.
    pub fn shelf_count(&self) -> usize {
        self.shelves.len()
    }

    /// Up to where, and of what, [`ShelfSnapshot::within_reach`] answers.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// As [`Postings::postings`], of everything within reach: what shelves lack that are rebuilt is
    /// for the caller to look for.
    pub fn within_reach(&self, prune: &Prune, class: Class, time: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        self.ask(&Question { prune, class, time }, &|shelf| self.reach.of(shelf))
    }

    fn ask(&self, question: &Question<'_>, upto: &dyn Fn(ShelfId) -> u64) -> Result<Vec<Posting>, SourceError> {
        let mut found = Vec::new();
        if *question.prune == Prune::Nothing {
            return Ok(found);
        }
        for shelf in self.shelves.iter().filter(|shelf| shelf.overlaps(question.time)) {
            let upto = upto(*shelf);
            if upto > 0 {
                self.of_shelf(*shelf, question, upto, &mut found)?;
            }
        }
        Ok(found)
    }

    fn of_shelf(
        &self,
        shelf: ShelfId,
        question: &Question<'_>,
        upto: u64,
        found: &mut Vec<Posting>,
    ) -> Result<(), IndexError> {
        for segment in self.readers.searcher(shelf)?.segment_readers() {
            question.of_segment(segment, upto, found).map_err(IndexError::shelf(shelf))?;
        }
        Ok(())
    }
}

/// What is asked of a shelf.
struct Question<'a> {
    prune: &'a Prune,
    class: Class,
    time: &'a TimeRange,
}

impl Question<'_> {
    fn of_segment(&self, segment: &SegmentReader, upto: u64, found: &mut Vec<Posting>) -> tantivy::Result<()> {
        let columns = Columns::open(segment)?;
        if !columns.may_overlap(self.time) {
            return Ok(());
        }
        for document in lookup::documents(segment, self.prune)?.iter() {
            let posting = columns.posting(document)?;
            // A shelf may be ahead of the snapshot; the caller's tail has those blocks.
            if posting.arrival <= upto
                && posting.at.class == self.class
                && self.time.overlaps(posting.first, posting.last)
            {
                found.push(posting);
            }
        }
        Ok(())
    }
}

impl Postings for ShelfSnapshot {
    fn postings(&self, prune: &Prune, class: Class, time: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        let arrival = self.arrival();
        self.ask(&Question { prune, class, time }, &|_| arrival)
    }

    fn arrival(&self) -> u64 {
        self.reach.every
    }

    fn shelves(&self, time: &TimeRange) -> (u64, u64) {
        let pruned = self.shelves.iter().filter(|shelf| !shelf.overlaps(time)).count();
        (self.shelves.len() as u64, pruned as u64)
    }

    fn chunks(&self, class: Class, time: &TimeRange, asked: &[&str]) -> Vec<Arc<dyn ChunkSource>> {
        self.columns.chunks(class, time, asked)
    }
}

/// The columns of a segment.
struct Columns([Column<u64>; column::ALL.len()]);

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Columns> {
        let fast = segment.fast_fields();
        let [log, seq, frame, first, last, arrival] = column::ALL;
        Ok(Columns([
            fast.u64(log)?,
            fast.u64(seq)?,
            fast.u64(frame)?,
            fast.u64(first)?,
            fast.u64(last)?,
            fast.u64(arrival)?,
        ]))
    }

    fn may_overlap(&self, time: &TimeRange) -> bool {
        let [.., first, last, _] = &self.0;
        schema::ordered(time.from) <= last.max_value() && first.min_value() <= schema::ordered(time.to)
    }

    fn posting(&self, document: u32) -> tantivy::Result<Posting> {
        let value = |column: &Column<u64>| column.first(document).unwrap_or(u64::MAX);
        schema::posting(self.0.each_ref().map(value))
            .ok_or_else(|| tantivy::TantivyError::InternalError(format!("document {document} has no columns")))
    }
}

/// Readers of shelves, opened when first asked and closed when others are needed more.
pub(crate) struct Readers {
    indexes: RwLock<BTreeMap<ShelfId, Index>>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    readers: BTreeMap<ShelfId, (u64, IndexReader)>,
    clock: u64,
}

impl Readers {
    pub(crate) fn new(indexes: BTreeMap<ShelfId, Index>) -> Readers {
        Readers { indexes: RwLock::new(indexes), open: Mutex::default() }
    }

    /// Makes a shelf known, and what was committed to it visible.
    pub(crate) fn refresh(&self, shelf: ShelfId, index: &Index) -> Result<(), IndexError> {
        self.indexes.write().entry(shelf).or_insert_with(|| index.clone());
        match self.open.lock().readers.get(&shelf) {
            Some((_, reader)) => reader.reload().map_err(IndexError::shelf(shelf)),
            None => Ok(()),
        }
    }

    /// Lets go of a shelf that no snapshot may ask.
    pub(crate) fn forget(&self, shelf: ShelfId) {
        self.indexes.write().remove(&shelf);
        self.open.lock().readers.remove(&shelf);
    }

    pub(crate) fn snapshot(self: &Arc<Readers>, reach: Reach, columns: ColumnView) -> ShelfSnapshot {
        let shelves = self.indexes.read().keys().rev().copied().collect();
        ShelfSnapshot { reach, shelves, readers: self.clone(), columns }
    }

    fn searcher(&self, shelf: ShelfId) -> Result<Searcher, IndexError> {
        let mut open = self.open.lock();
        open.clock += 1;
        let clock = open.clock;
        if let Some((used, reader)) = open.readers.get_mut(&shelf) {
            *used = clock;
            return Ok(reader.searcher());
        }
        let reader = self.open_reader(shelf)?;
        let searcher = reader.searcher();
        open.readers.insert(shelf, (clock, reader));
        open.close_beyond(READERS_MAX);
        Ok(searcher)
    }

    fn open_reader(&self, shelf: ShelfId) -> Result<IndexReader, IndexError> {
        let indexes = self.indexes.read();
        let index = indexes.get(&shelf).expect("a snapshot names only shelves that are known");
        let builder = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        builder.try_into().map_err(IndexError::shelf(shelf))
    }
}

impl Open {
    fn close_beyond(&mut self, most: usize) {
        while self.readers.len() > most {
            let oldest = self.readers.iter().min_by_key(|(_, (used, _))| *used).map(|(shelf, _)| *shelf);
            self.readers.remove(&oldest.expect("there are more than none"));
        }
    }
}
