//! The digest of all that is durable, made anew now and then: it goes through many logs.

use vigil_model::Hash;

use crate::clock::Elapsed;

/// Milliseconds that the digest may be old while blocks stream in.
const REFRESH_MS: u64 = 100;

/// The digest as of a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    digest: Hash,
    made: Elapsed,
    stale: bool,
}

impl Frontier {
    pub(crate) fn digest(&self) -> Hash {
        self.digest
    }

    /// What it covers changed.
    pub(crate) fn changed(&mut self) {
        self.stale = true;
    }

    /// When it is to be made anew.
    pub(crate) fn due_at(&self) -> Option<Elapsed> {
        self.stale.then(|| self.made.plus_millis(REFRESH_MS))
    }

    /// It was made anew.
    pub(crate) fn set(&mut self, digest: Hash, now: Elapsed) {
        *self = Frontier { digest, made: now, stale: false };
    }
}
