//! Why a piece of input became no event.

use vigil_model::RecordError;
use vigil_model::limits::{LINE_BYTES_MAX, NESTING_MAX};

/// Why a piece of input became no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The line or array element is longer than [`LINE_BYTES_MAX`].
    #[error("longer than {LINE_BYTES_MAX} bytes; split the event or shorten it")]
    TooLong,
    /// JSON with bytes that are no text.
    #[error("invalid utf-8 at byte {0}; send the text as utf-8")]
    InvalidUtf8(usize),
    /// Not JSON, or not an object.
    #[error("not a JSON object: {what} at line {line} column {column}")]
    NotJson {
        /// What the parser missed or met.
        what: String,
        /// Line within the event, from 1.
        line: usize,
        /// Column within that line, from 1.
        column: usize,
    },
    /// A message of a protocol that cannot be read.
    #[error("the {what} cannot be read: {why}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Objects and lists in one another deeper than [`NESTING_MAX`].
    #[error("objects and lists nest deeper than {NESTING_MAX}")]
    TooDeep,
    /// The fields make no record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Between the elements of an array, or between objects, stands something else.
    #[error("expected {expected} at byte {at} of the body; nothing after it was read")]
    Broken {
        /// What would have been right.
        expected: &'static str,
        /// Offset in the body, from 0.
        at: u64,
    },
    /// A message of a protocol, or an item in it, is not as the protocol has it.
    #[error("{0}")]
    Item(String),
    /// The body ended inside an array or object.
    #[error("the body ends at byte {at} before {missing}; it may have been cut off")]
    Unclosed {
        /// What should have come.
        missing: &'static str,
        /// Length of the body.
        at: u64,
    },
    /// Something else stands where the next part of an entry should; what comes behind it can be read again.
    #[error("expected {expected} at byte {at} of the body; the entry is lost, reading goes on behind it")]
    Torn {
        /// What would have been right.
        expected: &'static str,
        /// Offset in the body, from 0.
        at: u64,
    },
}
