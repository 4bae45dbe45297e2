//! Where the log rests: what every store promises, whatever it is made of.

use std::ops::Range;
use std::sync::Arc;

use vigil_model::{
    BlockRef, Class, ClassSet, ClusterId, Frame, FrameRef, Hash, Hlc, LogId, LogNumber, PreviousEpoch, Records,
    SaltSeed, SignedHeader, Timestamp,
};

use crate::error::BlockError;
use crate::merkle::Peaks;

/// The layout of tables, keys and rows, as `docs/formats/` draws it. Raised when an older program
/// would misread what a newer one wrote. A store of an older format is carried over when it is
/// opened.
pub const STORE_FORMAT: u32 = 2;

/// A body as it rests: frames, each with its own checksum, and the salts. Made by
/// [`LogStore::encode`] or [`LogStore::accept`], opaque to everyone else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedBody(pub Vec<u8>);

/// One write: all of it is durable afterwards, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Blocks, by rising arrival and of each log in the order of their `seq`.
    pub blocks: Vec<CommitBlock>,
    /// Bodies of blocks whose headers are held, or stand among `blocks`; by rising arrival. The
    /// arrivals of blocks and fills together have no gap.
    pub fills: Vec<CommitFill>,
    /// Receipts that change with these blocks.
    pub idempotency: Vec<(IdempotencyKey, IdempotencyRow)>,
}

/// One block of a [`Commit`].
#[derive(Clone, Debug)]
pub struct CommitBlock {
    /// Its place in the order of arrival at this node, from 1 without gaps.
    pub arrival: u64,
    /// The header; signed and linked to the one before, which the store asserts.
    pub header: SignedHeader,
    /// Those of its bodies that came with it, by rising class. The others are missing until a
    /// [`CommitFill`] brings them.
    pub bodies: Vec<(Class, EncodedBody)>,
}

/// Bodies that come later than their header, or in place of damaged ones.
#[derive(Clone, Debug)]
pub struct CommitFill {
    /// Its place in the order of arrival: an own one, after that of the header.
    pub arrival: u64,
    /// The log.
    pub log: LogId,
    /// The block.
    pub seq: u64,
    /// At least one of the bodies that the header lists, verified against it; by rising class.
    pub bodies: Vec<(Class, EncodedBody)>,
}

/// Hash of the token and the key that a client gave.
pub type IdempotencyKey = Hash;

/// What is remembered of a request that carried an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Hash of the request's body.
    pub body: Hash,
    /// When it was first seen, for expiry.
    pub at: Timestamp,
    /// Records of the request that are durable.
    pub records: u64,
    /// Whether these are all.
    pub complete: bool,
    /// The blocks that hold them: (seq, header hash, class, first offset, count).
    pub blocks: Vec<PlacedBlock>,
    /// The log of these blocks.
    pub log: LogId,
}

/// Some neighbouring records of one block's body, as named in a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedBlock {
    /// The block.
    pub seq: u64,
    /// Hash of its header.
    pub hash: Hash,
    /// The body.
    pub class: Class,
    /// Offset of the first record.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// One row of the order of arrival: a block, or bodies that came after their header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// Place in the order of arrival, from 1.
    pub arrival: u64,
    /// Where the block lies.
    pub block: BlockRef,
    /// Whether only bodies came here; the header has an earlier row.
    pub fill: bool,
    /// For each body that came here: class, records, and bytes unencoded.
    pub bodies: Vec<(Class, u32, u32)>,
}

impl BlockEntry {
    /// The classes of the bodies that came here.
    pub fn classes(&self) -> ClassSet {
        self.bodies.iter().map(|(class, _, _)| *class).collect()
    }
}

/// The end of one log, as far as this node holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// The log.
    pub log: LogId,
    /// Its short name here.
    pub number: LogNumber,
    /// Its last block.
    pub seq: u64,
    /// Hash of that block's header.
    pub hash: Hash,
    /// When it was sealed.
    pub sealed: Hlc,
    /// Peaks over the hashes of all its headers, so that a start need not read them.
    pub peaks: Peaks,
    /// By class number: where bodies are not here whose headers are. Few ranges of seqs, rising,
    /// not touching. Each begins at such a body and goes on to the next one of the class that is
    /// here, or to the end of the log; blocks without a body of the class may lie within.
    pub missing: [Vec<Range<u64>>; Class::ALL.len()],
    /// The cluster that its headers name.
    pub cluster: ClusterId,
    /// What its first header says of the epoch before.
    pub previous_epoch: Option<PreviousEpoch>,
}

/// What a store found when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Every log, by rising number.
    pub heads: Vec<LogHead>,
    /// The last place in the order of arrival; 0 in an empty store.
    pub arrival: u64,
    /// Blocks and fills cut from the end because they were torn, newest first: which, and why. Of
    /// a block that lost a fill the header is still here, and the bodies are missing again.
    pub cut: Vec<(LogId, u64, String)>,
    /// Records held, by class number.
    pub records: [u64; 6],
}

/// Size and health, for status and limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Bytes on disk (of the memory store: bytes held).
    pub disk_bytes: u64,
    /// Records held, all classes.
    pub records: u64,
    /// Blocks whose headers are held.
    pub blocks: u64,
}

/// Why a write was not made. Nothing of it is visible, and the store still serves reads.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// No room: free some space, or raise `storage.max_disk`. Trying again later may work.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The store refuses; it has to be reopened.
    #[error("the store cannot write: {0}")]
    Io(String),
}

/// Why something cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A stored value does not match its checksum or its header. It is never served.
    #[error("corrupt {what} of log {log} at seq {seq}: {why}")]
    Corrupt {
        /// `header`, or the class of the body.
        what: String,
        /// The log.
        log: String,
        /// The block.
        seq: u64,
        /// What does not match.
        why: String,
    },
    /// The directory was written by a newer version; it was not touched.
    #[error("the store has format {found}, this program knows up to {known}; use the newer vigil that wrote it")]
    Newer {
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// Another process has it open.
    #[error("the store is in use by another process: {0}")]
    InUse(String),
    /// The engine failed.
    #[error("the store cannot be read: {0}")]
    Io(String),
}

/// The home of the log. Calls block; none is made on an async thread.
///
/// Laws, held by the shared suite in [`crate::suite`]: a commit is atomic and durable when it
/// returns; what was committed is read back equal or named as corrupt; arrivals have no gaps.
pub trait LogStore: Send + Sync {
    /// Packs a body for [`LogStore::commit`]. Pure work, made by the workers, not by the writer.
    fn encode(&self, class: Class, records: &Records, seed: &SaltSeed) -> EncodedBody;

    /// Writes all of it, durable on return. With `sync` false it survives the death of the
    /// process, but not of the machine, until [`LogStore::sync`].
    fn commit(&self, commit: &Commit, sync: bool) -> Result<(), CommitError>;

    /// Makes every earlier commit survive the death of the machine.
    fn sync(&self) -> Result<(), CommitError>;

    /// What was found on opening.
    fn recovered(&self) -> Recovered;

    /// The end of every log now, by rising number.
    fn log_heads(&self) -> Vec<LogHead>;

    /// The end of one log now.
    fn log_head(&self, log: &LogId) -> Option<LogHead>;

    /// The short name of a log, if this store knows it.
    fn log_number(&self, log: &LogId) -> Option<LogNumber>;

    /// The log of a short name.
    fn log_id(&self, number: LogNumber) -> Option<LogId>;

    /// The header of a block, checked against its checksum and decoded.
    fn header(&self, block: BlockRef) -> Result<Option<SignedHeader>, StoreError>;

    /// One frame of a body, checked and unpacked.
    fn frame(&self, at: FrameRef) -> Result<Option<Arc<Frame>>, StoreError>;

    /// Number of frames of a body; `None` when there is no such body, or when it is missing
    /// ([`LogHead::missing`]). A body that should be here and is not is corrupt.
    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, StoreError>;

    /// A whole body with its salts' seed: what verification reads.
    fn body(&self, block: BlockRef, class: Class) -> Result<Option<(SaltSeed, Records)>, StoreError>;

    /// A whole body as it rests, every frame checked but none unpacked: fit for the wire.
    fn packed(&self, block: BlockRef, class: Class) -> Result<Option<EncodedBody>, StoreError>;

    /// Unpacks what a peer sent as [`LogStore::packed`]. The bytes are hostile: limits before
    /// unpacking, checksums, and the one form that [`LogStore::encode`] could have made of these
    /// records (cut of the frames, nothing left over). The same bytes are then fit for
    /// [`LogStore::commit`], once [`crate::body::verify`] holds for seed and records: the root is
    /// not looked at here, so nothing is hashed twice. Pure work, made by the workers.
    fn accept(&self, class: Class, bytes: &[u8]) -> Result<(SaltSeed, Records, EncodedBody), BlockError>;

    /// Up to `limit` rising seqs from `from` on whose body of this class is held.
    fn sequences(&self, log: LogNumber, class: Class, from: u64, limit: usize) -> Result<Vec<u64>, StoreError>;

    /// Up to `limit` rows of the order of arrival, from `from` on.
    fn arrivals(&self, from: u64, limit: usize) -> Result<Vec<BlockEntry>, StoreError>;

    /// What is remembered under an idempotency key.
    fn idempotency(&self, key: &IdempotencyKey) -> Result<Option<IdempotencyRow>, StoreError>;

    /// Forgets receipts first seen before `before`; answers how many.
    fn expire_idempotency(&self, before: Timestamp) -> Result<u64, CommitError>;

    /// Size and health.
    fn stats(&self) -> StoreStats;
}
