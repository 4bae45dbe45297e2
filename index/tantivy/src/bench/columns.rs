//! What columns cost while events come in, and on disk.

use vigil_index::{ColumnCollector, FieldUses, Posting};
use vigil_model::{BlockRef, Class, Record, Records};

use super::{LOG, cpu_seconds};

/// What it cost to gather columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnCost {
    /// How many records.
    pub records: u64,
    /// Their bytes.
    pub record_bytes: u64,
    /// Bytes of the chunks.
    pub chunk_bytes: u64,
    /// Seconds of CPU of the whole process; 0 where the system does not say.
    pub cpu_s: f64,
}

impl ColumnCost {
    /// Nanoseconds of CPU for a record.
    pub fn ns_per_record(&self) -> f64 {
        self.cpu_s * 1e9 / self.records.max(1) as f64
    }

    /// Bytes of chunks for a record.
    pub fn bytes_per_record(&self) -> f64 {
        self.chunk_bytes as f64 / self.records.max(1) as f64
    }
}

/// Gathers the columns of blocks, chunk by chunk, as indexing them does.
pub fn column_cost(blocks: &[Records]) -> ColumnCost {
    let mut cost = ColumnCost { records: 0, record_bytes: 0, chunk_bytes: 0, cpu_s: 0.0 };
    let mut collector = ColumnCollector::new(Class::Logs);
    let framed: Vec<Vec<Posting>> = blocks.iter().enumerate().map(postings).collect();
    let began = cpu_seconds();
    for (records, postings) in blocks.iter().zip(framed) {
        cost.records += records.len() as u64;
        cost.record_bytes += records.bytes().len() as u64;
        for (posting, range) in postings.iter().zip(records.frame_bounds()) {
            if collector.is_full_for(posting.rows as usize) {
                cost.chunk_bytes += finished(&mut collector);
            }
            let of_frame: Vec<Record<'_>> = range.filter_map(|n| records.get(n)).collect();
            collector.add(posting, of_frame.into_iter());
        }
    }
    cost.chunk_bytes += finished(&mut collector);
    cost.cpu_s = cpu_seconds() - began;
    cost
}

fn postings((n, records): (usize, &Records)) -> Vec<Posting> {
    Posting::of_body(BlockRef { log: LOG, seq: n as u64 }, Class::Logs, n as u64 + 1, records)
}

fn finished(collector: &mut ColumnCollector) -> u64 {
    collector.finish(&FieldUses::new()).map_or(0, |chunk| chunk.len() as u64)
}
