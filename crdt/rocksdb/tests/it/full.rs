//! A write that fails for want of room: reads go on, and writing takes up by itself.

use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use vigil_crdt::testing::{Author, TestBlock, records};
use vigil_crdt::{Commit, CommitError, LogStore};
use vigil_model::Class;

use crate::{directory, fill, holds, open};

const CHILD: &str = "VIGIL_TEST_WITH_SMALL_FILES";

fn commit(store: &dyn LogStore, block: &TestBlock, arrival: u64) -> Result<(), CommitError> {
    store.commit(&Commit { blocks: vec![block.pack(store, arrival)], ..Commit::default() }, true)
}

/// The limit of a file's size stands in for a full disk. Whoever exceeds it gets a signal, so the
/// test runs again in a child that ignores it.
#[test]
fn a_write_that_failed_is_withdrawn_and_the_next_one_succeeds() {
    if std::env::var_os(CHILD).is_some() {
        return fail_and_take_up_again();
    }
    let test = std::env::current_exe().expect("this test");
    let script = format!(
        "trap '' XFSZ; exec {} --exact full::a_write_that_failed_is_withdrawn_and_the_next_one_succeeds",
        test.display()
    );
    let child = Command::new("sh").args(["-c", &script]).env(CHILD, "1").output().expect("a shell");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

fn fail_and_take_up_again() {
    let dir = directory();
    let store = open(dir.path());
    let mut author = Author::new(1, 1);
    let mut blocks = fill(&store, &mut author, 1, 3, 200);
    let unlimited = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(40 << 10), maximum: unlimited.maximum }).expect("lowered");
    let failed = loop {
        let block = author.draft(vec![(Class::Logs, records(0..500))]);
        match commit(&store, &block, blocks.len() as u64 + 1) {
            Ok(()) => blocks.push(author.seal(Class::Logs, &records(0..500))),
            Err(error) => break error,
        }
        assert!(blocks.len() < 1_000, "the limit holds");
    };
    assert!(failed.to_string().contains("File too large"), "{failed}");
    holds(&store, &blocks);
    setrlimit(Resource::Fsize, unlimited).expect("raised again");
    // Not the block that was withdrawn: another one takes its place.
    let from = blocks.len() as u64 + 1;
    blocks.extend(fill(&store, &mut author, from, 5, 100));
    holds(&store, &blocks);
    drop(store);
    let store = open(dir.path());
    assert!(store.recovered().cut.is_empty());
    holds(&store, &blocks);
}

/// A disk of 32 MiB in memory, gone with the value. `None` for who may not mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let dir = tempfile::tempdir().expect("a place for tests");
        let mut command = std::process::Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"]).arg(dir.path());
        let mounted = command.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let status = std::process::Command::new("umount").arg(self.0.path()).status();
        assert!(status.is_ok_and(|status| status.success()), "what was mounted can be unmounted");
    }
}

/// Needs the right to mount. Who has it not still has the same test with a limited file size.
#[test]
fn a_full_disk_refuses_and_takes_up_when_space_is_back() {
    let Some(small) = SmallDisk::mount() else { return };
    let disk = small.0.path();
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![1; 8 << 20]).expect("room for the ballast");
    let store = open(&disk.join("store"));
    let mut author = Author::new(1, 1);
    let mut blocks = Vec::new();
    // Opening anew frees some space, so it is full for good only after several refusals.
    let mut refused = 0;
    while refused < 5 {
        let first = blocks.len() as u64 * 1_000;
        let block = author.draft(vec![(Class::Logs, records(first..first + 1_000))]);
        match commit(&store, &block, blocks.len() as u64 + 1) {
            Ok(()) => blocks.push(author.seal(Class::Logs, &records(first..first + 1_000))),
            Err(CommitError::Full(_)) => {
                refused += 1;
                holds(&store, &blocks);
            }
            Err(error) => panic!("{error}"),
        }
    }
    std::fs::remove_file(ballast).expect("removed");
    let from = blocks.len() as u64 + 1;
    blocks.extend(fill(&store, &mut author, from, 3, 1_000));
    holds(&store, &blocks);
    drop(store);
    holds(&open(&disk.join("store")), &blocks);
}
