//! Why a block, a body, a proof or a stored container is refused.

use vigil_model::{Class, HeaderError, LogId};

/// What is wrong with a block or a part of one, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The header does not continue the chain as it is known here.
    #[error("log {log} seq {seq}: {why}")]
    Chain {
        /// The log that was asked for.
        log: LogId,
        /// The seq that the header claims.
        seq: u64,
        /// Which link does not hold.
        why: &'static str,
    },
    /// The header is not its author's.
    #[error("log {log} seq {seq}: {source}")]
    Header {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// What is wrong with it.
        source: HeaderError,
    },
    /// The records are not the ones that the header commits to.
    #[error("body {class}: {why}")]
    Body {
        /// The body.
        class: Class,
        /// What does not match.
        why: String,
    },
    /// Stored bytes do not match their checksum, or are not laid out as they must be.
    #[error("{0}")]
    Damaged(String),
    /// Two headers that are no proof of a fork.
    #[error("no fork: {0}")]
    NoFork(&'static str),
}

impl BlockError {
    pub(crate) fn damaged(why: impl Into<String>) -> BlockError {
        BlockError::Damaged(why.into())
    }
}
