//! Which control records does a store hold?

use vigil_model::{BlockRef, Class, LogId};

use super::{Entry, read};
use crate::store::{LogHead, LogStore, StoreError};

/// Seqs asked for at once.
const PAGE: usize = 1_000;

/// The control records of one block: its log, its seq, and they.
pub type LoadedBlock = (LogId, u64, Vec<Entry>);

/// All control records, by log number and rising seq. A damaged body is an error: what it said is
/// not known, and that may have been a removal.
pub fn load(store: &dyn LogStore) -> Result<Vec<LoadedBlock>, StoreError> {
    let (blocks, mut damaged) = load_sound(store)?;
    if damaged.is_empty() { Ok(blocks) } else { Err(damaged.swap_remove(0)) }
}

/// As [`load`], but with what is damaged beside what is sound, for who starts nevertheless.
pub fn load_sound(store: &dyn LogStore) -> Result<(Vec<LoadedBlock>, Vec<StoreError>), StoreError> {
    let (mut blocks, mut damaged) = (Vec::new(), Vec::new());
    for head in store.log_heads() {
        for seq in sequences(store, &head)? {
            match store.body(BlockRef { log: head.number, seq }, Class::Control) {
                Ok(Some((_, records))) => blocks.push((head.log, seq, read(&records))),
                Ok(None) => {}
                Err(error @ StoreError::Corrupt { .. }) => damaged.push(error),
                Err(error) => return Err(error),
            }
        }
    }
    Ok((blocks, damaged))
}

fn sequences(store: &dyn LogStore, head: &LogHead) -> Result<Vec<u64>, StoreError> {
    let mut all = Vec::new();
    loop {
        let from = all.last().map_or(0, |last| last + 1);
        let page = store.sequences(head.number, Class::Control, from, PAGE)?;
        all.extend_from_slice(&page);
        if page.len() < PAGE {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::{ClassSet, NodeId, Records, Timestamp};

    use super::*;
    use crate::control::{ControlRecord, Op, write};
    use crate::engine::{Engine, Op as Row, Table};
    use crate::memory::{MemoryDisk, MemoryStore};
    use crate::store::Commit;
    use crate::testing::{Author, records};

    fn renames(names: &[&str]) -> (Vec<ControlRecord>, Records) {
        let mut body = Records::new();
        let record = |name: &&str| {
            let op = Op::Rename { node: NodeId([3; 32]), name: (*name).to_owned() };
            ControlRecord { seen: Vec::new(), at: Timestamp(5), op }
        };
        let written: Vec<_> = names.iter().map(record).collect();
        written.iter().for_each(|record| write(record, &mut body).expect("within the limits"));
        (written, body)
    }

    fn found(blocks: &[LoadedBlock]) -> Vec<(u64, Vec<ControlRecord>)> {
        let records = |entries: &[Entry]| entries.iter().map(|entry| entry.record.clone()).collect();
        blocks.iter().map(|(_, seq, entries)| (*seq, records(entries))).collect()
    }

    #[test]
    fn every_control_record_that_is_here_is_found() {
        let store = MemoryStore::open(MemoryDisk::new()).expect("empty");
        let mut author = Author::new(1, 1);
        let (first, second) = (renames(&["a", "b"]), renames(&["c"]));
        let blocks = [
            author.seal(Class::Control, &first.1),
            author.seal(Class::Logs, &records(0..5)),
            author.seal_all(vec![(Class::Control, second.1), (Class::Logs, records(0..5))]),
            author.seal(Class::Control, &renames(&["not-here"]).1),
        ];
        let brought = |seq: usize| if seq == 3 { ClassSet::NONE } else { ClassSet::ALL };
        let packed = blocks.iter().enumerate().map(|(n, block)| block.pack_some(&store, n as u64 + 1, brought(n)));
        store.commit(&Commit { blocks: packed.collect(), ..Commit::default() }, true).expect("healthy");
        let expected = vec![(0, first.0), (2, second.0)];
        assert_eq!(found(&load(&store).expect("sound")), expected);

        let number = store.log_heads()[0].number;
        let key = crate::rows::block_key(BlockRef { log: number, seq: 2 });
        let damage = Row::put(Table::Body(Class::Control), key, &b"damaged"[..]);
        store.engine().write(&[damage], true).expect("healthy");
        assert!(load(&store).expect_err("damaged").to_string().contains("at seq 2"));
        let (sound, damaged) = load_sound(&store).expect("readable");
        assert_eq!((found(&sound), damaged.len()), (expected[..1].to_vec(), 1));
    }
}
