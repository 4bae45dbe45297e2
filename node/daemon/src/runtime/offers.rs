//! Blocks of peers that the machine has not decided about: their bytes, by name.

use std::collections::BTreeMap;

use tokio::sync::OwnedSemaphorePermit;
use vigil_crdt::transfer::BlockFrame;
use vigil_node::OfferId;

/// A peer's block, and the room that it takes.
pub(super) struct Held {
    /// What came.
    pub(super) frame: BlockFrame,
    /// Given back when the block is written, or dropped.
    pub(super) permit: OwnedSemaphorePermit,
}

/// All of them. Bounded: each holds a permit of `OFFERED_BYTES_MAX`.
#[derive(Default)]
pub(super) struct Offers {
    last: u64,
    held: BTreeMap<OfferId, Held>,
}

impl Offers {
    /// Keeps a block; answers its name.
    pub(super) fn hold(&mut self, held: Held) -> OfferId {
        self.last += 1;
        let id = OfferId(self.last);
        self.held.insert(id, held);
        id
    }

    /// Hands a block out.
    pub(super) fn take(&mut self, id: OfferId) -> Option<Held> {
        self.held.remove(&id)
    }

    /// Forgets a block.
    pub(super) fn discard(&mut self, id: OfferId) {
        self.held.remove(&id);
    }
}
