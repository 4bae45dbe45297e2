//! A live tail that was cut goes on with what came since, from the log and from the hot tail.

use vigil_crdt::Commit;
use vigil_crdt::memory::{MemoryDisk, MemoryStore};
use vigil_crdt::testing::{Author, records};
use vigil_model::Timestamp;

use super::super::hot_tail::HotTail;
use super::*;

/// Blocks of ten records each, of which the last one is in the hot tail, too.
fn source(blocks: u64) -> Source {
    let store = MemoryStore::open(MemoryDisk::new()).expect("an empty disk");
    let mut author = Author::new(1, 1);
    let tail = HotTail::new(blocks - 1);
    for arrival in 1..=blocks {
        let records = records(arrival * 10..arrival * 10 + 10);
        let block = author.seal(Class::Logs, &records).pack(&store, arrival);
        let at = block.header.header.seq;
        store.commit(&Commit { blocks: vec![block], ..Commit::default() }, true).expect("there is room");
        if arrival == blocks {
            let block = BlockRef { log: LogNumber(0), seq: at };
            let bodies = vec![TailBody::new(Class::Logs, records)];
            tail.push(TailBlock { arrival, block, sealed: Timestamp(0), bodies, bytes: 1_000 });
        }
    }
    Source { tail: tail.view(), store: Arc::new(store) }
}

fn arrivals(source: &Source, after: u64, bytes: usize) -> Vec<u64> {
    let batches = source.batches_after(after, bytes).expect("the store is sound");
    assert!(batches.iter().all(|batch| batch.records.len() == 10 && batch.class == Class::Logs));
    batches.iter().map(|batch| batch.arrival).collect()
}

#[test]
fn what_came_since_comes_in_the_order_of_arrival() {
    let source = source(40);
    assert_eq!(arrivals(&source, 0, usize::MAX), (1..=40).collect::<Vec<_>>());
    assert_eq!(arrivals(&source, 37, usize::MAX), [38, 39, 40]);
    assert_eq!(arrivals(&source, 39, usize::MAX), [40], "from the hot tail alone");
    assert!(arrivals(&source, 40, usize::MAX).is_empty());
}

#[test]
fn a_bound_ends_it_and_the_next_call_goes_on() {
    let source = source(40);
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let found = arrivals(&source, after, 1);
        let Some(last) = found.last() else { break };
        assert_eq!(found.len(), 1, "one block is more than a byte");
        after = *last;
        seen.extend(found);
    }
    assert_eq!(seen, (1..=40).collect::<Vec<_>>());
}
