//! What a cluster promises, checked while it runs and after it has settled.

mod converged;
mod durable;
mod membership;

use vigil_model::{Hash, LogId};

use std::collections::BTreeMap;

use durable::Acknowledged;

/// What was promised so far.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    acknowledged: Vec<Acknowledged>,
    /// What honest nodes signed and made durable: one hash for each place.
    signed: BTreeMap<(LogId, u64), Hash>,
}
