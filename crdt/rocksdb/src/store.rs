//! The store that the node opens: the rows of every store, and the frames that were read lately.

use std::path::Path;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use vigil_crdt::{
    BlockEntry, BlockError, Commit, CommitError, EncodedBody, IdempotencyKey, IdempotencyRow, KeyedStore, LogHead,
    LogStore, Recovered, StoreError, StoreStats,
};
use vigil_model::{BlockRef, Class, Frame, FrameRef, LogId, LogNumber, Records, SaltSeed, SignedHeader, Timestamp};

use crate::{Options, RocksEngine, ZstdCodec};

/// Bytes of a usual frame, by which the cache makes its first guess of how many it holds.
const FRAME_BYTES_USUAL: usize = 16 << 10;

/// A log store on RocksDB.
pub struct RocksStore {
    rows: KeyedStore<RocksEngine>,
    frames: Cache<FrameRef, Arc<Frame>, FrameBytes>,
}

/// A frame weighs what it occupies.
#[derive(Clone)]
struct FrameBytes;

impl Weighter<FrameRef, Arc<Frame>> for FrameBytes {
    fn weight(&self, _: &FrameRef, frame: &Arc<Frame>) -> u64 {
        (frame.records.bytes().len() + 4 * frame.records.len() + 128) as u64
    }
}

impl RocksStore {
    /// Opens or creates the store in `dir` and recovers it: a torn tail is cut and reported in
    /// [`LogStore::recovered`].
    pub fn open(dir: impl AsRef<Path>, options: &Options) -> Result<RocksStore, StoreError> {
        let engine = RocksEngine::open(dir.as_ref(), options)?;
        let rows = KeyedStore::recover(engine, Box::new(ZstdCodec))?;
        let bytes = options.cache_bytes / 2;
        let frames = Cache::with_weighter((bytes / FRAME_BYTES_USUAL).max(16), bytes as u64, FrameBytes);
        Ok(RocksStore { rows, frames })
    }

    /// The engine below.
    pub fn engine(&self) -> &RocksEngine {
        self.rows.engine()
    }
}

impl LogStore for RocksStore {
    fn encode(&self, class: Class, records: &Records, seed: &SaltSeed) -> EncodedBody {
        self.rows.encode(class, records, seed)
    }

    fn commit(&self, commit: &Commit, sync: bool) -> Result<(), CommitError> {
        self.rows.commit(commit, sync)
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.rows.sync()
    }

    fn recovered(&self) -> Recovered {
        self.rows.recovered()
    }

    fn log_heads(&self) -> Vec<LogHead> {
        self.rows.log_heads()
    }

    fn log_head(&self, log: &LogId) -> Option<LogHead> {
        self.rows.log_head(log)
    }

    fn log_number(&self, log: &LogId) -> Option<LogNumber> {
        self.rows.log_number(log)
    }

    fn log_id(&self, number: LogNumber) -> Option<LogId> {
        self.rows.log_id(number)
    }

    fn header(&self, block: BlockRef) -> Result<Option<SignedHeader>, StoreError> {
        self.rows.header(block)
    }

    fn frame(&self, at: FrameRef) -> Result<Option<Arc<Frame>>, StoreError> {
        if let Some(frame) = self.frames.get(&at) {
            return Ok(Some(frame));
        }
        let frame = self.rows.frame(at)?;
        frame.iter().for_each(|frame| self.frames.insert(at, frame.clone()));
        Ok(frame)
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, StoreError> {
        self.rows.frame_count(block, class)
    }

    fn body(&self, block: BlockRef, class: Class) -> Result<Option<(SaltSeed, Records)>, StoreError> {
        self.rows.body(block, class)
    }

    fn packed(&self, block: BlockRef, class: Class) -> Result<Option<EncodedBody>, StoreError> {
        self.rows.packed(block, class)
    }

    fn accept(&self, class: Class, bytes: &[u8]) -> Result<(SaltSeed, Records, EncodedBody), BlockError> {
        self.rows.accept(class, bytes)
    }

    fn sequences(&self, log: LogNumber, class: Class, from: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.rows.sequences(log, class, from, limit)
    }

    fn arrivals(&self, from: u64, limit: usize) -> Result<Vec<BlockEntry>, StoreError> {
        self.rows.arrivals(from, limit)
    }

    fn idempotency(&self, key: &IdempotencyKey) -> Result<Option<IdempotencyRow>, StoreError> {
        self.rows.idempotency(key)
    }

    fn expire_idempotency(&self, before: Timestamp) -> Result<u64, CommitError> {
        self.rows.expire_idempotency(before)
    }

    fn stats(&self) -> StoreStats {
        self.rows.stats()
    }
}
