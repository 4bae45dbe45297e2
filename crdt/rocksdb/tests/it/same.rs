//! Memory and RocksDB give the same answers.

use proptest::prelude::*;
use vigil_crdt::LogStore;
use vigil_crdt::memory::{MemoryDisk, MemoryStore};
use vigil_crdt::suite::{self, Opener};
use vigil_crdt::testing::Author;

use crate::{directory, fill, holds, open, opener};

fn memory() -> Opener<'static> {
    let disk = MemoryDisk::new();
    Box::new(move || Box::new(MemoryStore::open(disk.clone()).expect("a sound disk")))
}

#[test]
fn rocksdb_keeps_the_laws_of_every_store() {
    suite::laws(&|| opener(directory()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_script_gives_the_same_answers(script in prop::collection::vec(any::<u8>(), 0..30)) {
        suite::replay(&script, &[memory(), opener(directory())]);
    }
}

#[test]
fn a_copy_of_the_files_of_a_running_store_holds_every_commit() {
    let (live, copy) = (directory(), directory());
    let store = open(live.path());
    let blocks = fill(&store, &mut Author::new(1, 1), 1, 60, 500);
    // What a killed process leaves: the files as they are, nothing closed.
    for file in std::fs::read_dir(live.path()).expect("readable").flatten() {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copied");
    }
    let copied = open(copy.path());
    assert_eq!((copied.recovered().arrival, copied.recovered().cut.len()), (60, 0));
    holds(&copied, &blocks);
}
