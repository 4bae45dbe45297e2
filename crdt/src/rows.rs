//! The bytes of keys and rows, alike in every store (`docs/formats/keys.md`).
//!
//! Numbers in keys are big-endian, so that the order of bytes is the order of numbers; numbers in
//! rows are little-endian. Every row but a body begins with a checksum over table, key and rest.

use vigil_model::{
    BlockRef, Class, ClassSet, ClusterId, Epoch, Hash, Hlc, LogId, LogNumber, NodeId, PreviousEpoch, Reader,
    SignedHeader, Timestamp,
};

use crate::chain::ChainState;
use crate::engine::Table;
use crate::frames::checksum;
use crate::merkle::Peaks;
use crate::missing::Missing;
use crate::store::{BlockEntry, IdempotencyRow, LogHead, PlacedBlock};

pub(crate) mod older;

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

/// In the uppermost byte of a header's arrival number: the layout of the row. Format 1 of the
/// store had no such byte, and arrival numbers never reach it.
const HEADER_LAYOUT_SHIFT: u32 = 56;
const HEADER_LAYOUT: u64 = 1;

/// A header as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderRow {
    /// Its place in the order of arrival.
    pub(crate) arrival: u64,
    /// The bodies that came with it.
    pub(crate) brought: ClassSet,
    pub(crate) signed: SignedHeader,
}

pub(crate) fn put_header(key: &[u8], arrival: u64, brought: ClassSet, header: &SignedHeader) -> Vec<u8> {
    assert!(arrival >> HEADER_LAYOUT_SHIFT == 0, "arrival numbers stay below 2^56");
    let front = (arrival | HEADER_LAYOUT << HEADER_LAYOUT_SHIFT).to_le_bytes();
    seal(Table::Headers, key, &[&front[..], &[brought.0], header.bytes()].concat())
}

pub(crate) fn get_header(key: &[u8], value: &[u8]) -> Result<HeaderRow, String> {
    let mut reader = open(Table::Headers, key, value).ok_or("the checksum does not match")?;
    let cut = "it is cut off";
    let front = reader.u64().ok_or(cut)?;
    let arrival = front & ((1 << HEADER_LAYOUT_SHIFT) - 1);
    let brought = match front >> HEADER_LAYOUT_SHIFT {
        0 => ClassSet::ALL,
        HEADER_LAYOUT => ClassSet(reader.u8().ok_or(cut)?),
        layout => return Err(format!("layout {layout} is not known here")),
    };
    let signed = SignedHeader::decode(reader.0).map_err(|error| error.to_string())?;
    Ok(HeaderRow { arrival, brought: brought.common(listed(&signed)), signed })
}

/// The classes that a header lists.
pub(crate) fn listed(signed: &SignedHeader) -> ClassSet {
    signed.header.bodies.iter().map(|body| body.class).collect()
}

/// In the count of bodies: the row brought bodies only.
const FILL: u8 = 0x80;

/// `table` is [`Table::Arrival`] or, for a fill, [`Table::Fills`] as well.
pub(crate) fn put_entry(table: Table, key: &[u8], entry: &BlockEntry) -> Vec<u8> {
    let mut row = Vec::with_capacity(64);
    row.extend_from_slice(&entry.block.log.0.to_le_bytes());
    row.extend_from_slice(&entry.block.seq.to_le_bytes());
    row.push(entry.bodies.len() as u8 | if entry.fill { FILL } else { 0 });
    for (class, count, raw_len) in &entry.bodies {
        row.push(class.number());
        row.extend_from_slice(&count.to_le_bytes());
        row.extend_from_slice(&raw_len.to_le_bytes());
    }
    seal(table, key, &row)
}

pub(crate) fn get_entry(table: Table, key: &[u8], value: &[u8]) -> Option<BlockEntry> {
    let mut reader = open(table, key, value)?;
    let block = BlockRef { log: LogNumber(reader.u32()?), seq: reader.u64()? };
    let count = reader.u8()?;
    let bodies = (0..count & !FILL)
        .map(|_| Some((Class::from_number(reader.u8()?)?, reader.u32()?, reader.u32()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(BlockEntry { arrival: parse_arrival_key(key)?, block, fill: count & FILL != 0, bodies })
}

/// The row of the order of arrival that a header tells of.
pub(crate) fn entry_of(arrival: u64, log: LogNumber, brought: ClassSet, signed: &SignedHeader) -> BlockEntry {
    let bodies = signed.header.bodies.iter().filter(|body| brought.has(body.class));
    let bodies = bodies.map(|body| (body.class, body.count, body.raw_len)).collect();
    BlockEntry { arrival, block: BlockRef { log, seq: signed.header.seq }, fill: false, bodies }
}

/// One log as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogRow {
    pub(crate) chain: ChainState,
    /// Records of all bodies held, by class number.
    pub(crate) records: [u64; 6],
    pub(crate) missing: Missing,
    pub(crate) cluster: ClusterId,
    pub(crate) previous_epoch: Option<PreviousEpoch>,
}

impl LogRow {
    pub(crate) fn genesis(log: LogId) -> LogRow {
        LogRow {
            chain: ChainState::genesis(log),
            records: [0; 6],
            missing: Missing::default(),
            cluster: ClusterId::default(),
            previous_epoch: None,
        }
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
            missing: self.missing.ranges().clone(),
            cluster: self.cluster,
            previous_epoch: self.previous_epoch,
        }
    }

    /// Takes note of the next header, of which the bodies `held` are here.
    pub(crate) fn note(&mut self, signed: &SignedHeader, held: ClassSet) {
        self.name(signed);
        for body in signed.header.bodies.iter().filter(|body| held.has(body.class)) {
            self.count(body.class, body.count);
        }
        self.missing.append(signed.header.seq, listed(signed), held);
    }

    /// What every header says of the log, and the first one of the epoch before.
    pub(crate) fn name(&mut self, signed: &SignedHeader) {
        self.cluster = signed.header.cluster;
        if signed.header.seq == 0 {
            self.previous_epoch = signed.header.previous_epoch;
        }
    }

    pub(crate) fn count(&mut self, class: Class, records: u32) {
        self.records[usize::from(class.number())] += u64::from(records);
    }
}

pub(crate) fn put_log(number: LogNumber, log: &LogRow) -> Vec<u8> {
    let head = log.head(number);
    let mut row = Vec::with_capacity(256 + 32 * 20);
    put_log_id(&mut row, &head.log);
    row.extend_from_slice(&head.seq.to_le_bytes());
    row.extend_from_slice(&head.hash.0);
    row.extend_from_slice(&head.sealed.0.to_le_bytes());
    log.records.iter().for_each(|count| row.extend_from_slice(&count.to_le_bytes()));
    head.peaks.encode(&mut row);
    row.extend_from_slice(&head.cluster.0);
    row.push(u8::from(head.previous_epoch.is_some()));
    if let Some(previous) = head.previous_epoch {
        row.extend_from_slice(&previous.epoch.0);
        row.extend_from_slice(&previous.seq.to_le_bytes());
        row.extend_from_slice(&previous.hash.0);
    }
    log.missing.encode(&mut row);
    seal(Table::Frontier, &log_key(number), &row)
}

/// The row, and whether it is whole: format 1 of the store had neither cluster nor epoch before,
/// and no body was ever missing.
pub(crate) fn get_log(key: &[u8], value: &[u8]) -> Option<(LogNumber, LogRow, bool)> {
    let number = LogNumber(u32::from_be_bytes(key.try_into().ok()?));
    let mut reader = open(Table::Frontier, key, value)?;
    let mut row = LogRow::genesis(get_log_id(&mut reader)?);
    let (seq, last, sealed) = (reader.u64()?, Hash(reader.array()?), Hlc(reader.u64()?));
    for count in &mut row.records {
        *count = reader.u64()?;
    }
    let peaks = Peaks::decode(&mut reader)?;
    if seq.checked_add(1)? != peaks.count() {
        return None;
    }
    row.chain = ChainState::restore(row.chain.log(), last, sealed, peaks);
    let whole = !reader.is_empty();
    if whole {
        row.cluster = ClusterId(reader.array()?);
        row.previous_epoch = if reader.u8()? == 0 { None } else { Some(get_previous_epoch(&mut reader)?) };
        row.missing = Missing::decode(&mut reader)?;
    }
    reader.is_empty().then_some((number, row, whole))
}

fn get_previous_epoch(reader: &mut Reader<'_>) -> Option<PreviousEpoch> {
    Some(PreviousEpoch { epoch: Epoch(reader.array()?), seq: reader.u64()?, hash: Hash(reader.array()?) })
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
