//! After any crash, is the store the one that saw the first commits and nothing else?

use proptest::prelude::*;
use vigil_model::Class;

use crate::memory::{Crash, MemoryDisk, MemoryStore};
use crate::store::{Commit, LogStore};
use crate::suite;

fn open(disk: &MemoryDisk) -> MemoryStore {
    MemoryStore::open(disk.clone()).expect("nothing but torn writes")
}

/// A store that was never in trouble.
fn calm(commits: &[(Commit, bool)]) -> MemoryStore {
    let store = open(&MemoryDisk::new());
    commits.iter().for_each(|(commit, _)| store.commit(commit, true).expect("healthy"));
    store
}

fn arrivals(commits: &[(Commit, bool)]) -> usize {
    commits.iter().map(|(commit, _)| commit.blocks.len() + commit.fills.len()).sum()
}

/// Both answer alike; receipts are left out, for a torn one may be lost.
fn assert_same(one: &MemoryStore, other: &MemoryStore) {
    assert_eq!(one.log_heads(), other.log_heads());
    let entries = one.arrivals(1, usize::MAX).expect("sound");
    assert_eq!(entries, other.arrivals(1, usize::MAX).expect("sound"));
    for entry in &entries {
        assert_eq!(one.header(entry.block).expect("sound"), other.header(entry.block).expect("sound"));
        for class in Class::ALL {
            let body = |store: &MemoryStore| store.body(entry.block, class).expect("sound");
            assert_eq!(body(one), body(other));
        }
    }
    for head in one.log_heads() {
        for class in Class::ALL {
            let held = |store: &MemoryStore| store.sequences(head.number, class, 0, 999).expect("sound");
            assert_eq!(held(one), held(other));
        }
    }
    let numbers = |store: &MemoryStore| (store.stats().blocks, store.stats().records);
    assert_eq!(numbers(one), numbers(other));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_crash_leaves_the_first_commits_and_what_follows_goes_on(
        script in prop::collection::vec(any::<u8>(), 2..24),
        keep in 0usize..5, ops in 0usize..25, bytes in 0usize..400, torn: bool,
    ) {
        let commits = suite::commits(&script, &open(&MemoryDisk::new()));
        let disk = MemoryDisk::new();
        let store = open(&disk);
        commits.iter().for_each(|(commit, sync)| store.commit(commit, *sync).expect("healthy"));
        let unsynced = commits.iter().rev().take_while(|(_, sync)| !*sync).count();
        disk.crash(if torn { Crash::Torn { keep, ops, bytes } } else { Crash::Lost { keep } });
        let store = open(&disk);
        let found = store.recovered().arrival as usize;
        let kept = (0..=commits.len()).find(|kept| arrivals(&commits[..*kept]) == found);
        let kept = kept.expect("commits are there whole or not at all");
        prop_assert!(arrivals(&commits[..kept]) >= arrivals(&commits[..commits.len() - unsynced]));
        assert_same(&store, &calm(&commits[..kept]));
        // What was lost is made again, in the same places.
        let lost = commits[kept..].iter().filter(|(commit, _)| !commit.blocks.is_empty() || !commit.fills.is_empty());
        lost.for_each(|(commit, _)| store.commit(commit, true).expect("healthy"));
        let all = calm(&commits);
        assert_same(&store, &all);
        assert_same(&open(&disk), &all);
    }

    /// The same for a process that lives on: its write failed and yet was made.
    #[test]
    fn a_write_that_failed_leaves_nothing_behind(script in prop::collection::vec(any::<u8>(), 4..24), at: u8) {
        let commits = suite::commits(&script, &open(&MemoryDisk::new()));
        let fails = usize::from(at) % commits.len();
        let disk = MemoryDisk::new();
        let store = open(&disk);
        commits[..fails].iter().for_each(|(commit, _)| store.commit(commit, true).expect("healthy"));
        disk.set_deceptive(true);
        prop_assert!(store.commit(&commits[fails].0, true).is_err());
        disk.set_deceptive(false);
        store.sync().expect("it takes up again");
        assert_same(&store, &calm(&commits[..fails]));
        commits[fails..].iter().for_each(|(commit, _)| store.commit(commit, true).expect("healthy"));
        assert_same(&store, &calm(&commits));
        assert_same(&open(&disk), &calm(&commits));
    }
}
