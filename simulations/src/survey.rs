//! Everything that a store answers, read once after it was opened: what the checkers look at.

use std::collections::BTreeMap;

use vigil_crdt::{LogHead, LogStore, Recovered, StoreError};
use vigil_model::{BlockRef, Class, LogId, Records, SaltSeed, SignedHeader};

/// A block as read back.
pub(crate) struct Block {
    pub(crate) header: Result<Option<SignedHeader>, StoreError>,
    pub(crate) bodies: BTreeMap<Class, Result<Option<(SaltSeed, Records)>, StoreError>>,
}

/// A store as read back.
pub(crate) struct Survey {
    pub(crate) recovered: Recovered,
    /// By log, then by seq.
    pub(crate) logs: BTreeMap<LogId, (LogHead, Vec<Block>)>,
    /// Rows of the order of arrival.
    pub(crate) arrivals: Result<Vec<vigil_crdt::BlockEntry>, StoreError>,
}

impl Survey {
    pub(crate) fn of(store: &impl LogStore) -> Survey {
        let recovered = store.recovered();
        let arrivals = store.arrivals(1, usize::MAX);
        let logs = recovered.heads.iter().map(|head| (head.log, (head.clone(), read_log(store, head)))).collect();
        Survey { recovered, logs, arrivals }
    }

    pub(crate) fn block(&self, log: &LogId, seq: u64) -> Option<&Block> {
        self.logs.get(log)?.1.get(usize::try_from(seq).ok()?)
    }

    /// Whether recovery said that it cut this block, or everything from an earlier one on.
    pub(crate) fn was_cut(&self, log: &LogId, seq: u64) -> bool {
        self.recovered.cut.iter().any(|(cut, at, _)| cut == log && *at == seq)
    }
}

fn read_log(store: &impl LogStore, head: &LogHead) -> Vec<Block> {
    (0..=head.seq).map(|seq| read_block(store, BlockRef { log: head.number, seq })).collect()
}

fn read_block(store: &impl LogStore, at: BlockRef) -> Block {
    let header = store.header(at);
    let bodies = Class::ALL.into_iter().map(|class| (class, store.body(at, class))).collect();
    Block { header, bodies }
}
