//! Where a block and its parts lie on this node.
//!
//! These are local coordinates: a log number is short for a [`crate::LogId`] in one data
//! directory and never leaves it.

/// Short name of a log in this node's store, given at first sight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LogNumber(pub u32);

/// One block of one log, on this node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlockRef {
    /// Which log.
    pub log: LogNumber,
    /// Which block of it.
    pub seq: u64,
}

/// One frame of a block's body: the run of neighbours that is read together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FrameRef {
    /// The block.
    pub block: BlockRef,
    /// The body.
    pub class: crate::Class,
    /// The frame within the body, counted from 0.
    pub frame: u16,
}
