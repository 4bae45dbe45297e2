//! How many peers durably hold what this node wrote: for those who wait for copies.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use vigil_crdt::PlacedBlock;
use vigil_model::{Class, ClassSet, LogId, NodeId};

/// What every peer said that it holds of this node's log.
#[derive(Debug)]
pub(super) struct Copies {
    /// The log of this process: receipts are of no other.
    log: LogId,
    held: Mutex<BTreeMap<NodeId, (u64, ClassSet)>>,
    changed: watch::Sender<u64>,
}

impl Copies {
    /// Copies of the log that this process writes.
    pub(super) fn new(log: LogId) -> Copies {
        Copies { log, held: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// A peer holds `log` up to before `blocks`, of the classes that it follows.
    pub(super) fn held(&self, peer: NodeId, log: LogId, blocks: u64, classes: ClassSet) {
        if log != self.log {
            return;
        }
        let mut held = self.held.lock();
        let known = held.entry(peer).or_insert((0, classes));
        *known = (known.0.max(blocks), classes);
        drop(held);
        self.changed.send_modify(|n| *n += 1);
    }

    /// How many peers hold this block of this class.
    pub(super) fn count(&self, log: LogId, seq: u64, class: Class) -> usize {
        let holds = |(blocks, classes): &&(u64, ClassSet)| *blocks > seq && classes.has(class);
        if log == self.log { self.held.lock().values().filter(holds).count() } else { 0 }
    }

    /// As [`Copies::wait`], for all of these blocks: how many peers hold the rarest of them.
    pub(super) async fn wait_all(
        &self,
        log: LogId,
        blocks: &[PlacedBlock],
        wanted: usize,
        patience: Duration,
    ) -> usize {
        let until = tokio::time::Instant::now() + patience;
        let mut fewest = usize::MAX;
        for block in blocks {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            fewest = fewest.min(self.wait(log, block.seq, block.class, wanted, left).await);
        }
        if blocks.is_empty() { 0 } else { fewest }
    }

    /// Waits until `wanted` peers hold it, or `patience` is over; answers how many do.
    pub(super) async fn wait(&self, log: LogId, seq: u64, class: Class, wanted: usize, patience: Duration) -> usize {
        let mut changed = self.changed.subscribe();
        let reached = async {
            while self.count(log, seq, class) < wanted {
                // The sender lives as long as this.
                let _ = changed.changed().await;
            }
        };
        // When the time is over, what is there counts.
        let _ = tokio::time::timeout(patience, reached).await;
        self.count(log, seq, class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigil_model::Epoch;

    #[tokio::test]
    async fn copies_are_counted_by_log_block_and_class() {
        let log = LogId { node: NodeId([1; 32]), epoch: Epoch([2; 16]) };
        let copies = Copies::new(log);
        let (one, two) = (NodeId([3; 32]), NodeId([4; 32]));
        copies.held(one, log, 8, ClassSet::ALL);
        copies.held(one, log, 5, ClassSet::ALL);
        copies.held(two, log, 8, ClassSet::ALWAYS);
        assert_eq!(copies.count(log, 7, Class::Logs), 1);
        assert_eq!(copies.count(log, 7, Class::Audit), 2);
        assert_eq!(copies.count(log, 8, Class::Audit), 0);
        assert_eq!(copies.wait(log, 7, Class::Logs, 1, Duration::from_secs(60)).await, 1);
        assert_eq!(copies.wait(log, 7, Class::Logs, 2, Duration::from_millis(1)).await, 1);
        let other = LogId { epoch: Epoch([9; 16]), ..log };
        copies.held(one, other, 100, ClassSet::ALL);
        assert_eq!(copies.count(other, 0, Class::Audit), 0);
        assert_eq!(copies.count(log, 8, Class::Audit), 0, "an older epoch says nothing of this one");
    }
}
