//! Which denials this node is saying again, so that nobody misses them.

use vigil_crdt::control::Op;

use crate::clock::Elapsed;

/// Milliseconds after a change of the control records: more of them often come along.
const LOOK_MS: u64 = 200;
/// Milliseconds after which something is said once more that did not get through.
const AGAIN_MS: u64 = 10_000;

/// What was said, and when to look again.
#[derive(Debug, Default)]
pub(crate) struct Restating {
    look_at: Option<Elapsed>,
    /// On its way to the disk, or lost: said again after a while.
    said: Vec<Op>,
    again_at: Elapsed,
}

impl Restating {
    /// Control records came.
    pub(crate) fn changed(&mut self, now: Elapsed) {
        let soon = now.plus_millis(LOOK_MS);
        self.look_at = Some(self.look_at.map_or(soon, |at| at.min(soon)));
    }

    /// When to look at what is to be said.
    pub(crate) fn due_at(&self) -> Option<Elapsed> {
        self.look_at
    }

    /// Of what is to be said, what is said now.
    pub(crate) fn choose(&mut self, wanted: Vec<Op>, now: Elapsed) -> Vec<Op> {
        if now >= self.again_at || wanted.is_empty() {
            self.said.clear();
        }
        if self.said.is_empty() {
            self.again_at = now.plus_millis(AGAIN_MS);
        }
        self.look_at = (!wanted.is_empty()).then_some(self.again_at);
        let fresh: Vec<Op> = wanted.into_iter().filter(|op| !self.said.contains(op)).collect();
        self.said.extend(fresh.iter().cloned());
        fresh
    }
}
