//! How a store of ordered tables keeps the promises of a [`LogStore`].
//!
//! Rows, order of writing, checks and recovery stand here once; an [`Engine`] only moves bytes.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use vigil_model::{BlockRef, Class, Frame, FrameRef, LogId, LogNumber, Records, SaltSeed, SignedHeader, Timestamp};

use crate::engine::{Engine, EngineError, Op, Table};
use crate::error::BlockError;
use crate::frames::{self, Codec, PackedBody};
use crate::plan::{Plan, State};
use crate::recovery;
use crate::rows;
use crate::store::{
    BlockEntry, Commit, CommitError, EncodedBody, IdempotencyKey, IdempotencyRow, LogHead, LogStore, Recovered,
    StoreError, StoreStats,
};

/// Rows read at once while a whole table is walked.
const PAGE: usize = 1_000;

/// A log store over the tables of `E`.
pub struct KeyedStore<E> {
    engine: E,
    codec: Box<dyn Codec>,
    /// Held during a write; the state changes only under it. True while the engine started anew
    /// and what it holds was not compared with the state yet.
    writing: Mutex<bool>,
    state: RwLock<State>,
    recovered: Recovered,
}

impl<E: Engine> KeyedStore<E> {
    /// Recovers what the engine holds: a torn tail is cut and reported.
    pub fn recover(engine: E, codec: Box<dyn Codec>) -> Result<KeyedStore<E>, StoreError> {
        let (state, cut) = recovery::run(&engine, codec.as_ref(), None)?;
        let recovered = state.recovered(cut);
        Ok(KeyedStore { engine, codec, writing: Mutex::new(false), state: RwLock::new(state), recovered })
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// After a failed write the engine may have started anew and hold what was refused.
    fn heal(&self, unchecked: &mut bool) -> Result<(), CommitError> {
        *unchecked |= self.engine.heal()?;
        if !*unchecked {
            return Ok(());
        }
        let expected = self.state.read().clone();
        let found = recovery::run(&self.engine, self.codec.as_ref(), Some(expected.arrival));
        match found {
            Ok((state, _)) if state == expected => {
                *unchecked = false;
                Ok(())
            }
            Ok(_) => Err(CommitError::Io("reopened, it lacks blocks that were written; restart the node".to_owned())),
            Err(error) => Err(CommitError::Io(error.to_string())),
        }
    }

    fn corrupt(&self, what: &str, block: BlockRef, why: impl ToString) -> StoreError {
        let log = self.log_id(block.log).map_or_else(|| format!("number {}", block.log.0), |log| log.to_string());
        StoreError::Corrupt { what: what.to_owned(), log, seq: block.seq, why: why.to_string() }
    }

    fn engine_error(&self, what: &str, block: BlockRef, error: EngineError) -> StoreError {
        if error.damaged { self.corrupt(what, block, error.why) } else { StoreError::Io(error.why) }
    }

    fn read_body<T>(
        &self,
        block: BlockRef,
        class: Class,
        read: impl FnOnce(&PackedBody<'_>) -> Result<T, BlockError>,
    ) -> Result<Option<T>, StoreError> {
        let parsed = |bytes: &[u8]| {
            let body = PackedBody::parse(bytes)?;
            if body.class != class {
                return Err(BlockError::damaged(format!("it is a body of class {}", body.class)));
            }
            read(&body)
        };
        if self.state.read().is_missing(block, class) {
            return Ok(None);
        }
        match self.engine.read(Table::Body(class), &rows::block_key(block), parsed) {
            Ok(Some(Ok(read))) => Ok(Some(read)),
            Ok(Some(Err(error))) => Err(self.corrupt(class.name(), block, error)),
            Ok(None) => self.absent_body(block, class).map(|()| None),
            Err(error) => Err(self.engine_error(class.name(), block, error)),
        }
    }

    /// A body that is not missing may be absent only where its header lists none.
    fn absent_body(&self, block: BlockRef, class: Class) -> Result<(), StoreError> {
        let listed = self.header(block)?.is_some_and(|signed| signed.header.body(class).is_some());
        if listed { Err(self.corrupt(class.name(), block, "it is missing")) } else { Ok(()) }
    }

    fn readable_header(&self, block: BlockRef) -> Option<SignedHeader> {
        let key = rows::block_key(block);
        let read = self.engine.read(Table::Headers, &key, |value| rows::get_header(&key, value).ok());
        read.ok().flatten().flatten().map(|row| row.signed)
    }

    fn arrival_row(&self, arrival: u64, row: Option<&(Vec<u8>, Vec<u8>)>) -> Result<BlockEntry, StoreError> {
        if let Some(entry) = row.and_then(|(key, value)| rows::get_entry(Table::Arrival, key, value)) {
            return Ok(entry);
        }
        let found = recovery::find_arrival(&self.engine, arrival).map_err(|error| StoreError::Io(error.why))?;
        found.ok_or_else(|| StoreError::Corrupt {
            what: "order of arrival".to_owned(),
            log: "unknown".to_owned(),
            seq: arrival,
            why: "neither its row nor a header tells the block".to_owned(),
        })
    }

    /// What lies in a missing range was left by a commit that never finished.
    fn held_sequences(&self, log: LogNumber, class: Class, from: u64, limit: usize) -> Result<Vec<u64>, EngineError> {
        let mut held = Vec::new();
        let mut from = BlockRef { log, seq: from };
        while held.len() < limit {
            let wanted = (limit - held.len()).min(PAGE);
            let keys = self.engine.keys(Table::Body(class), &rows::block_key(from), wanted)?;
            let blocks = keys.iter().filter_map(|key| rows::parse_block_key(key)).take_while(|block| block.log == log);
            let blocks: Vec<_> = blocks.collect();
            let state = self.state.read();
            held.extend(blocks.iter().filter(|block| !state.is_missing(**block, class)).map(|block| block.seq));
            match blocks.last() {
                Some(last) if blocks.len() == wanted => from.seq = last.seq + 1,
                _ => break,
            }
        }
        Ok(held)
    }

    fn expired(&self, before: Timestamp) -> Result<Vec<Op<'static>>, EngineError> {
        let mut expired = Vec::new();
        recovery::walk(&self.engine, Table::Idempotency, &[], |key, value| {
            if rows::get_receipt(key, value).is_none_or(|receipt| receipt.at < before) {
                expired.push(Op::delete(Table::Idempotency, key));
            }
            true
        })?;
        Ok(expired)
    }
}

impl<E: Engine> LogStore for KeyedStore<E> {
    fn encode(&self, class: Class, records: &Records, seed: &SaltSeed) -> EncodedBody {
        frames::pack(class, records, seed, self.codec.as_ref())
    }

    fn commit(&self, commit: &Commit, sync: bool) -> Result<(), CommitError> {
        let mut writing = self.writing.lock();
        self.heal(&mut writing)?;
        let stored = |block| self.readable_header(block);
        let mut plan = Plan::of(&self.state.read(), &stored, commit);
        self.engine.write(&std::mem::take(&mut plan.ops), sync)?;
        plan.apply(&mut self.state.write());
        Ok(())
    }

    fn sync(&self) -> Result<(), CommitError> {
        let mut writing = self.writing.lock();
        self.heal(&mut writing)?;
        self.engine.sync()
    }

    fn recovered(&self) -> Recovered {
        self.recovered.clone()
    }

    fn log_heads(&self) -> Vec<LogHead> {
        self.state.read().heads()
    }

    fn log_head(&self, log: &LogId) -> Option<LogHead> {
        self.state.read().head(log)
    }

    fn log_number(&self, log: &LogId) -> Option<LogNumber> {
        self.state.read().numbers.get(log).copied()
    }

    fn log_id(&self, number: LogNumber) -> Option<LogId> {
        self.state.read().logs.get(&number).map(|row| row.chain.log())
    }

    fn header(&self, block: BlockRef) -> Result<Option<SignedHeader>, StoreError> {
        let key = rows::block_key(block);
        let read = self.engine.read(Table::Headers, &key, |value| rows::get_header(&key, value));
        match read {
            Ok(Some(Ok(row))) => Ok(Some(row.signed)),
            Ok(Some(Err(why))) => Err(self.corrupt("header", block, why)),
            Ok(None) if self.state.read().logs.get(&block.log).is_some_and(|log| block.seq < log.chain.next_seq()) => {
                Err(self.corrupt("header", block, "it is missing"))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(self.engine_error("header", block, error)),
        }
    }

    fn frame(&self, at: FrameRef) -> Result<Option<Arc<Frame>>, StoreError> {
        let frame = self.read_body(at.block, at.class, |body| body.frame(at.frame, self.codec.as_ref()))?;
        Ok(frame.flatten().map(Arc::new))
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, StoreError> {
        self.read_body(block, class, |body| Ok(body.frames()))
    }

    fn body(&self, block: BlockRef, class: Class) -> Result<Option<(SaltSeed, Records)>, StoreError> {
        self.read_body(block, class, |body| Ok((body.seed, body.records(self.codec.as_ref())?)))
    }

    fn packed(&self, block: BlockRef, class: Class) -> Result<Option<EncodedBody>, StoreError> {
        self.read_body(block, class, |body| body.checked())
    }

    fn accept(&self, class: Class, bytes: &[u8]) -> Result<(SaltSeed, Records, EncodedBody), BlockError> {
        let (seed, records) = frames::accept(class, bytes, self.codec.as_ref())?;
        Ok((seed, records, EncodedBody(bytes.to_vec())))
    }

    fn sequences(&self, log: LogNumber, class: Class, from: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.held_sequences(log, class, from, limit).map_err(|error| StoreError::Io(error.why))
    }

    fn arrivals(&self, from: u64, limit: usize) -> Result<Vec<BlockEntry>, StoreError> {
        let last = self.state.read().arrival;
        let from = from.max(1);
        let count = (last + 1).saturating_sub(from).min(limit as u64);
        let found = self.engine.scan(Table::Arrival, &rows::arrival_key(from), count as usize);
        // One unreadable page must not hide the rows on it: each is asked for by itself.
        let found =
            found.or_else(|error| if error.damaged { Ok(Vec::new()) } else { Err(StoreError::Io(error.why)) })?;
        let mut found = found.iter().peekable();
        (from..from + count)
            .map(|arrival| self.arrival_row(arrival, found.next_if(|(key, _)| key[..] == rows::arrival_key(arrival))))
            .collect()
    }

    fn idempotency(&self, key: &IdempotencyKey) -> Result<Option<IdempotencyRow>, StoreError> {
        let read = self.engine.read(Table::Idempotency, &key.0, |value| rows::get_receipt(&key.0, value));
        match read {
            Ok(Some(None)) => Err(StoreError::Io(format!("the receipt {key} does not match its checksum"))),
            Ok(receipt) => Ok(receipt.flatten()),
            Err(error) => Err(StoreError::Io(error.why)),
        }
    }

    fn expire_idempotency(&self, before: Timestamp) -> Result<u64, CommitError> {
        let mut writing = self.writing.lock();
        self.heal(&mut writing)?;
        let expired = self.expired(before).map_err(|error| CommitError::Io(error.why))?;
        for page in expired.chunks(PAGE) {
            self.engine.write(page, false)?;
        }
        Ok(expired.len() as u64)
    }

    fn stats(&self) -> StoreStats {
        let state = self.state.read();
        StoreStats {
            disk_bytes: self.engine.disk_bytes(),
            records: state.records().iter().sum(),
            blocks: state.blocks(),
        }
    }
}
