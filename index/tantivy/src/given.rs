//! What the index is given: how it is to be kept, and blocks to take in.

use std::sync::Arc;

use vigil_model::{Class, Frame, Records};

/// How the index is kept.
#[derive(Clone, Debug)]
pub struct ShelfOptions {
    /// Memory of the writers together, in bytes; at least 45 MiB are used when three days are
    /// written at once.
    pub writer_bytes: usize,
    /// Last place in the order of arrival that the log holds. An index that is ahead of it is of
    /// another log, and is dropped.
    pub log_arrival: u64,
    /// When the checksums of all files are verified.
    pub verify: Verify,
}

/// When the checksums of a shelf's files are verified, which reads all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// When the index is opened.
    AtOnce,
    /// Shelf by shelf with [`crate::Shelves::verify_next`]; until then a shelf counts as not there.
    Later,
    /// Not at all.
    Never,
}

/// Records of one class of a block.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The class.
    pub class: Class,
    /// All its records.
    pub records: &'a Records,
}

/// One frame of a block whose bodies cannot all be read.
#[derive(Clone, Debug)]
pub struct Salvaged {
    /// The class.
    pub class: Class,
    /// Its number within the body; [`Posting::WHOLE_BODY`](vigil_index::Posting::WHOLE_BODY) when
    /// not even their count can be read.
    pub frame: u16,
    /// Its records; `None` when it cannot be read or placed: every question will then look for it
    /// in the log.
    pub records: Option<Arc<Frame>>,
}
