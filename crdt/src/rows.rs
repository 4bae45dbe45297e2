//! The bytes of keys and rows, alike in every store (`docs/formats/keys.md`).
//!
//! Numbers in keys are big-endian, so that the order of bytes is the order of numbers; numbers in
//! rows are little-endian. Every row but a body begins with a checksum over table, key and rest.

use vigil_model::{BlockRef, Class, Epoch, Hash, Hlc, LogId, LogNumber, NodeId, Reader, SignedHeader, Timestamp};

use crate::chain::ChainState;
use crate::engine::Table;
use crate::frames::checksum;
use crate::merkle::Peaks;
use crate::store::{BlockEntry, IdempotencyRow, LogHead, PlacedBlock};

pub(crate) const COMMITTED: &[u8] = b"committed";
pub(crate) const FORMAT: &[u8] = b"format";

/// The key of a block's header and bodies.
pub(crate) fn block_key(block: BlockRef) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&block.log.0.to_be_bytes());
    key[4..].copy_from_slice(&block.seq.to_be_bytes());
    key
}

pub(crate) fn parse_block_key(key: &[u8]) -> Option<BlockRef> {
    let (log, seq) = key.split_first_chunk::<4>()?;
    Some(BlockRef { log: LogNumber(u32::from_be_bytes(*log)), seq: u64::from_be_bytes(seq.try_into().ok()?) })
}

pub(crate) fn arrival_key(arrival: u64) -> [u8; 8] {
    arrival.to_be_bytes()
}

pub(crate) fn parse_arrival_key(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

pub(crate) fn log_key(number: LogNumber) -> [u8; 4] {
    number.0.to_be_bytes()
}

/// Puts the checksum before a row.
fn seal(table: Table, key: &[u8], row: &[u8]) -> Vec<u8> {
    [&checksum(&[table.name().as_bytes(), key, row])[..], row].concat()
}

/// The row behind its checksum; `None` when it does not match.
fn open<'a>(table: Table, key: &[u8], value: &'a [u8]) -> Option<Reader<'a>> {
    let (sum, row) = value.split_first_chunk::<8>()?;
    (checksum(&[table.name().as_bytes(), key, row]) == *sum).then_some(Reader(row))
}

/// A header as stored: with its place in the order of arrival.
pub(crate) fn put_header(key: &[u8], arrival: u64, header: &SignedHeader) -> Vec<u8> {
    seal(Table::Headers, key, &[&arrival.to_le_bytes()[..], header.bytes()].concat())
}

pub(crate) fn get_header(key: &[u8], value: &[u8]) -> Result<(u64, SignedHeader), String> {
    let mut reader = open(Table::Headers, key, value).ok_or("the checksum does not match")?;
    let arrival = reader.u64().ok_or("it is cut off")?;
    let header = SignedHeader::decode(reader.0).map_err(|error| error.to_string())?;
    Ok((arrival, header))
}

pub(crate) fn put_arrival(key: &[u8], entry: &BlockEntry) -> Vec<u8> {
    let mut row = Vec::with_capacity(64);
    row.extend_from_slice(&entry.block.log.0.to_le_bytes());
    row.extend_from_slice(&entry.block.seq.to_le_bytes());
    row.push(entry.bodies.len() as u8);
    for (class, count, raw_len) in &entry.bodies {
        row.push(class.number());
        row.extend_from_slice(&count.to_le_bytes());
        row.extend_from_slice(&raw_len.to_le_bytes());
    }
    seal(Table::Arrival, key, &row)
}

pub(crate) fn get_arrival(key: &[u8], value: &[u8]) -> Option<BlockEntry> {
    let mut reader = open(Table::Arrival, key, value)?;
    let block = BlockRef { log: LogNumber(reader.u32()?), seq: reader.u64()? };
    let bodies = (0..reader.u8()?)
        .map(|_| Some((Class::from_number(reader.u8()?)?, reader.u32()?, reader.u32()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(BlockEntry { arrival: parse_arrival_key(key)?, block, bodies })
}

/// What a block's header says, as a row of the order of arrival.
pub(crate) fn entry_of(arrival: u64, log: LogNumber, header: &SignedHeader) -> BlockEntry {
    let bodies = header.header.bodies.iter().map(|body| (body.class, body.count, body.raw_len)).collect();
    BlockEntry { arrival, block: BlockRef { log, seq: header.header.seq }, bodies }
}

/// One log as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogRow {
    pub(crate) chain: ChainState,
    /// Records of all blocks, by class number.
    pub(crate) records: [u64; 6],
}

impl LogRow {
    pub(crate) fn genesis(log: LogId) -> LogRow {
        LogRow { chain: ChainState::genesis(log), records: [0; 6] }
    }

    pub(crate) fn head(&self, number: LogNumber) -> LogHead {
        let chain = &self.chain;
        let seq = chain.next_seq().checked_sub(1).expect("a log is known from its first block on");
        LogHead {
            log: chain.log(),
            number,
            seq,
            hash: chain.last(),
            sealed: chain.sealed(),
            peaks: chain.peaks().clone(),
        }
    }

    pub(crate) fn count(&mut self, header: &SignedHeader) {
        for body in &header.header.bodies {
            self.records[usize::from(body.class.number())] += u64::from(body.count);
        }
    }
}

pub(crate) fn put_log(number: LogNumber, log: &LogRow) -> Vec<u8> {
    let head = log.head(number);
    let mut row = Vec::with_capacity(160 + 32 * 20);
    put_log_id(&mut row, &head.log);
    row.extend_from_slice(&head.seq.to_le_bytes());
    row.extend_from_slice(&head.hash.0);
    row.extend_from_slice(&head.sealed.0.to_le_bytes());
    log.records.iter().for_each(|count| row.extend_from_slice(&count.to_le_bytes()));
    head.peaks.encode(&mut row);
    seal(Table::Frontier, &log_key(number), &row)
}

pub(crate) fn get_log(key: &[u8], value: &[u8]) -> Option<(LogNumber, LogRow)> {
    let number = LogNumber(u32::from_be_bytes(key.try_into().ok()?));
    let mut reader = open(Table::Frontier, key, value)?;
    let log = get_log_id(&mut reader)?;
    let (seq, hash, sealed) = (reader.u64()?, Hash(reader.array()?), Hlc(reader.u64()?));
    let mut records = [0; 6];
    for count in &mut records {
        *count = reader.u64()?;
    }
    let peaks = Peaks::decode(&mut reader)?;
    if seq.checked_add(1)? != peaks.count() {
        return None;
    }
    let head = LogHead { log, number, seq, hash, sealed, peaks };
    Some((number, LogRow { chain: ChainState::resume(&head), records }))
}

fn put_log_id(out: &mut Vec<u8>, log: &LogId) {
    out.extend_from_slice(&log.node.0);
    out.extend_from_slice(&log.epoch.0);
}

fn get_log_id(reader: &mut Reader<'_>) -> Option<LogId> {
    Some(LogId { node: NodeId(reader.array()?), epoch: Epoch(reader.array()?) })
}

pub(crate) fn put_receipt(key: &Hash, receipt: &IdempotencyRow) -> Vec<u8> {
    let mut row = Vec::with_capacity(101 + 49 * receipt.blocks.len());
    row.extend_from_slice(&receipt.body.0);
    row.extend_from_slice(&receipt.at.0.to_le_bytes());
    row.extend_from_slice(&receipt.records.to_le_bytes());
    row.push(u8::from(receipt.complete));
    put_log_id(&mut row, &receipt.log);
    row.extend_from_slice(&(receipt.blocks.len() as u32).to_le_bytes());
    for block in &receipt.blocks {
        row.extend_from_slice(&block.seq.to_le_bytes());
        row.extend_from_slice(&block.hash.0);
        row.push(block.class.number());
        row.extend_from_slice(&block.first.to_le_bytes());
        row.extend_from_slice(&block.count.to_le_bytes());
    }
    seal(Table::Idempotency, &key.0, &row)
}

pub(crate) fn get_receipt(key: &[u8], value: &[u8]) -> Option<IdempotencyRow> {
    let mut reader = open(Table::Idempotency, key, value)?;
    let (body, at, records) = (Hash(reader.array()?), Timestamp(reader.i64()?), reader.u64()?);
    let (complete, log) = (reader.u8()? != 0, get_log_id(&mut reader)?);
    let blocks = (0..reader.u32()?).map(|_| get_placed(&mut reader)).collect::<Option<Vec<_>>>()?;
    Some(IdempotencyRow { body, at, records, complete, blocks, log })
}

fn get_placed(reader: &mut Reader<'_>) -> Option<PlacedBlock> {
    Some(PlacedBlock {
        seq: reader.u64()?,
        hash: Hash(reader.array()?),
        class: Class::from_number(reader.u8()?)?,
        first: reader.u32()?,
        count: reader.u32()?,
    })
}

/// The mark that ends every commit: the last place in the order of arrival.
pub(crate) fn put_committed(arrival: u64) -> Vec<u8> {
    seal(Table::Meta, COMMITTED, &arrival.to_le_bytes())
}

pub(crate) fn get_committed(value: &[u8]) -> Option<u64> {
    open(Table::Meta, COMMITTED, value)?.u64()
}

pub(crate) fn put_format(format: u32) -> Vec<u8> {
    seal(Table::Meta, FORMAT, &format.to_le_bytes())
}

pub(crate) fn get_format(value: &[u8]) -> Option<u32> {
    open(Table::Meta, FORMAT, value)?.u32()
}

#[cfg(test)]
mod tests;
