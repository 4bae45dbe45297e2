//! What a header says of a body, and the seed that hides its leaves.

use crate::{Class, Hash, Timestamp};

/// What a signed header commits to, for one class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyDigest {
    /// The class.
    pub class: Class,
    /// Records, at least 1.
    pub count: u32,
    /// Sum of the records' bytes, unencoded.
    pub raw_len: u32,
    /// Merkle root over the salted records.
    pub root: Hash,
    /// Earliest event time.
    pub first: Timestamp,
    /// Latest event time.
    pub last: Timestamp,
}

/// The secret from which the salts of one body expand.
///
/// Fresh randomness of the operating system for each body, never derived, logged or traced: its
/// `Debug` form shows nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SaltSeed(pub [u8; 32]);

impl std::fmt::Debug for SaltSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SaltSeed(hidden)")
    }
}
