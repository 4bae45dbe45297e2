//! Which shelves are being written, at most a few at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, IndexWriter};

use crate::IndexError;
use crate::schema::FrameDocument;
use crate::shelf::{self, ShelfId};

/// Shelves written at once: each has a thread and a memory budget.
pub(crate) const WRITERS_MAX: usize = 3;

/// One shelf that takes documents.
struct ShelfWriter {
    writer: IndexWriter<FrameDocument>,
    dirty: bool,
    used: u64,
}

/// The shelves that take documents now.
pub(crate) struct Writers {
    root: PathBuf,
    bytes: usize,
    open: BTreeMap<ShelfId, ShelfWriter>,
    clock: u64,
}

impl Writers {
    pub(crate) fn new(root: &Path, bytes: usize) -> Writers {
        Writers { root: root.to_owned(), bytes, open: BTreeMap::new(), clock: 0 }
    }

    /// Whether a document can be taken without closing another shelf.
    pub(crate) fn has_room_for(&self, shelf: ShelfId) -> bool {
        self.open.contains_key(&shelf) || self.open.len() < WRITERS_MAX
    }

    /// Makes place for a shelf: closes the one that was written longest ago and has nothing new.
    /// `false` when all have something new.
    pub(crate) fn make_room(&mut self) -> Result<bool, IndexError> {
        if self.open.len() < WRITERS_MAX {
            return Ok(true);
        }
        let idle = self.open.iter().filter(|(_, writer)| !writer.dirty).min_by_key(|(_, writer)| writer.used);
        let Some(shelf) = idle.map(|(shelf, _)| *shelf) else { return Ok(false) };
        let closed = self.open.remove(&shelf).expect("it was just found");
        closed.writer.wait_merging_threads().map_err(IndexError::shelf(shelf))?;
        Ok(true)
    }

    /// Hands a document to its shelf; there must be room.
    pub(crate) fn add(
        &mut self,
        shelf: ShelfId,
        index: &mut Option<Index>,
        document: FrameDocument,
    ) -> Result<(), IndexError> {
        self.clock += 1;
        let (clock, bytes) = (self.clock, self.bytes);
        if !self.open.contains_key(&shelf) {
            assert!(self.open.len() < WRITERS_MAX, "room was made before");
            let index = match index {
                Some(index) => index,
                None => index.insert(shelf::create(shelf, &self.root)?),
            };
            self.open.insert(shelf, ShelfWriter { writer: new_writer(index, bytes, shelf)?, dirty: false, used: 0 });
        }
        let entry = self.open.get_mut(&shelf).expect("it is open");
        entry.writer.add_document(document).map_err(IndexError::shelf(shelf))?;
        entry.dirty = true;
        entry.used = clock;
        Ok(())
    }

    /// Shelves with something new.
    pub(crate) fn dirty(&self) -> Vec<ShelfId> {
        self.open.iter().filter(|(_, writer)| writer.dirty).map(|(shelf, _)| *shelf).collect()
    }

    /// Makes durable what a shelf has taken.
    pub(crate) fn commit(&mut self, shelf: ShelfId, arrival: u64) -> Result<(), IndexError> {
        let entry = self.open.get_mut(&shelf).expect("only open shelves are dirty");
        let mut prepared = entry.writer.prepare_commit().map_err(IndexError::shelf(shelf))?;
        prepared.set_payload(&shelf::payload(arrival));
        prepared.commit().map_err(IndexError::shelf(shelf))?;
        entry.dirty = false;
        Ok(())
    }

    /// Waits for merges and closes all.
    pub(crate) fn close(&mut self) -> Result<(), IndexError> {
        for (shelf, entry) in std::mem::take(&mut self.open) {
            entry.writer.wait_merging_threads().map_err(IndexError::shelf(shelf))?;
        }
        Ok(())
    }
}

fn new_writer(index: &Index, bytes: usize, shelf: ShelfId) -> Result<IndexWriter<FrameDocument>, IndexError> {
    let least = 15 * 1024 * 1024 + 1024;
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread((bytes / WRITERS_MAX).max(least))
        .build();
    let writer = index.writer_with_options(options).map_err(IndexError::shelf(shelf))?;
    writer.set_merge_policy(Box::new(merge_policy()));
    Ok(writer)
}

/// Ten segments of about one size become one: few segments to search, and each document is
/// written again once for every tenfold growth of its shelf.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(10);
    policy.set_min_layer_size(64);
    policy.set_level_log_size(2.0);
    policy.set_del_docs_ratio_before_merge(0.1);
    policy
}
