//! What a node is told once, at its start.

use vigil_model::limits;
use vigil_model::{ClusterId, LogId, NodeId};

/// When an acknowledgement is given. Following (index, tail) waits for the fsync in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sync {
    /// After the fsync.
    #[default]
    Always,
    /// After the write; the fsync follows, and the shell reports both.
    Interval,
}

/// Settings of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// When an acknowledgement is given.
    pub sync: Sync,
    /// Milliseconds that the oldest record of a part-filled block waits, on a node alone.
    pub seal_interval_ms: u64,
    /// Part-filled blocks a second that all members together may seal for long: each member's
    /// share makes its interval grow.
    pub part_filled_per_second: u32,
    /// Submissions a second that are sealed at once because the client asked.
    pub seal_now_per_second: u32,
    /// What is replicated here, and how patient the replication machine is. Its `me`, `instance`
    /// and `log` are those of the [`Identity`], whatever stands here.
    pub gossip: vigil_gossip::Config,
    /// Maxima of every queue.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            sync: Sync::Always,
            seal_interval_ms: limits::SEAL_INTERVAL_MS,
            part_filled_per_second: limits::PART_FILLED_PER_SECOND_MAX,
            seal_now_per_second: limits::SEAL_NOW_PER_SECOND_MAX,
            gossip: vigil_gossip::Config::new(0, LogId::default()),
            limits: Limits::default(),
        }
    }
}

/// Maxima of every queue: those of [`vigil_model::limits`], or lower ones, so that a simulation
/// reaches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records in one block.
    pub block_records: usize,
    /// Bytes in one body.
    pub body_bytes: usize,
    /// Bytes accepted but not yet acknowledged.
    pub pending_bytes: usize,
    /// Blocks sealed but not yet written.
    pub pending_blocks: usize,
    /// Blocks written but not yet synced.
    pub unsynced_blocks: usize,
    /// Durable bytes that the index may lag behind.
    pub index_lag_bytes: usize,
    /// Idempotency keys in use, or in use a moment ago.
    pub idempotency_keys: usize,
    /// Bytes of peers' blocks that are not durable yet.
    pub received_bytes: usize,
    /// Peers' blocks that are being checked or wait for the disk.
    pub received_blocks: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            block_records: limits::BLOCK_RECORDS_MAX,
            body_bytes: limits::BODY_BYTES_MAX,
            pending_bytes: limits::PENDING_BYTES_MAX,
            pending_blocks: limits::PENDING_BLOCKS_MAX,
            unsynced_blocks: limits::UNSYNCED_BLOCKS_MAX,
            index_lag_bytes: limits::INDEX_LAG_BYTES_MAX,
            idempotency_keys: limits::IDEMPOTENCY_KEYS_MAX,
            received_bytes: limits::RECEIVED_BYTES_MAX,
            received_blocks: limits::RECEIVED_BLOCKS_MAX,
        }
    }
}

impl Limits {
    /// No limit is above the house's, and the queues hold at least one block.
    pub(crate) fn assert_sound(&self) {
        let house = Limits::default();
        assert!((1..=house.block_records).contains(&self.block_records), "a block holds records, within the limit");
        assert!((1..=house.body_bytes).contains(&self.body_bytes), "a body holds bytes, within the limit");
        assert!(self.pending_bytes >= self.body_bytes, "one full body may always be accepted");
        assert!(self.pending_bytes <= house.pending_bytes, "pending bytes stay within the limit");
        assert!((1..=house.pending_blocks).contains(&self.pending_blocks), "at least one block may be in flight");
        assert!((1..=house.unsynced_blocks).contains(&self.unsynced_blocks), "at least one block may be unsynced");
        assert!(self.index_lag_bytes <= house.index_lag_bytes, "the index lag stays within the limit");
        assert!((1..=house.idempotency_keys).contains(&self.idempotency_keys), "at least one key may be in use");
        assert!(self.received_bytes >= self.body_bytes, "one full body of a peer may always come");
        assert!(self.received_bytes <= house.received_bytes, "received bytes stay within the limit");
        assert!((1..=house.received_blocks).contains(&self.received_blocks), "at least one block of a peer may come");
    }
}

/// Who this process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The cluster that it writes for.
    pub cluster: ClusterId,
    /// The log that it writes: its key and a fresh epoch.
    pub log: LogId,
    /// The founder's key, as far as this node was told when it joined; nothing for a cluster of one.
    /// Without it a newcomer would not know whose records count.
    pub founder: Option<NodeId>,
    /// A random number of this process: a peer that meets the key with another one has met a twin.
    pub instance: u64,
}
