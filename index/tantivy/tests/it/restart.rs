//! What a crash, a deleted shelf or a damaged file leave behind is made good from the log.

use std::fs;
use std::path::Path;

use vigil_index::Postings;
use vigil_model::{RecordBuilder, Records, Timestamp, Value};

use crate::support::{TODAY, World, parse, texts};

/// A block of `count` records, spread over `days` days back from today.
pub(crate) fn block(count: usize, days: i64) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("message", Value::Str(&format!("request {n} done")));
        builder.push("host", Value::Str(["web-01", "web-02"][n % 2]));
        let day = TODAY - n as i64 % days;
        records.push(&mut builder, Timestamp(day * Timestamp::DAY + n as i64), false).expect("small");
    }
    records
}

/// A world of `blocks` blocks over some days.
fn world(blocks: usize, days: i64) -> World {
    let mut world = World::new();
    (0..blocks).for_each(|_| world.push(block(200, days)));
    world
}

fn check(world: &World, shelves: &vigil_index_tantivy::Shelves) {
    for text in
        ["*", "request", "host:web-01 | stats count() as n", "17", "* | stats count() by host", "* | stats count()"]
    {
        let query = parse(text);
        assert_eq!(texts(&world.by_index(shelves, &query).rows), texts(&world.by_scan(&query).rows), "{text}");
    }
}

#[test]
fn many_days_at_once_need_few_writers() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let world = world(4, 25);
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    assert_eq!(shelves.snapshot().shelf_count(), 25);
    check(&world, &shelves);
    shelves.close().expect("the disk is sound");
    check(&world, &world.open(dir.path()));
}

#[test]
fn a_snapshot_answers_the_same_while_the_index_goes_on() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut world = world(1, 2);
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    let before = shelves.snapshot();
    world.push(block(200, 2));
    world.catch_up(&mut shelves);
    let count = |snapshot: &vigil_index_tantivy::ShelfSnapshot| {
        let all = vigil_query::TimeRange::ALL;
        let postings = snapshot.postings(&vigil_index::Prune::All, vigil_model::Class::Logs, &all);
        postings.expect("the disk is sound").iter().map(|posting| posting.rows).sum::<u32>()
    };
    assert_eq!((before.arrival(), count(&before)), (1, 200));
    assert_eq!((shelves.snapshot().arrival(), count(&shelves.snapshot())), (2, 400));
}

#[test]
fn a_crash_between_the_commits_of_two_shelves_doubles_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let world = world(3, 6);
    for commits in 0..7 {
        let copy = tempfile::tempdir().expect("a temporary directory");
        let mut shelves = world.open(copy.path());
        world.index(&mut shelves, 1);
        shelves.commit().expect("the disk is sound");
        world.index(&mut shelves, 2);
        shelves.commit_some(commits).expect("the disk is sound");
        drop(shelves);
        let mut shelves = world.open(copy.path());
        assert_eq!(shelves.resume(), 2, "progress is written after the last shelf");
        check(&world, &shelves);
        world.catch_up(&mut shelves);
        check(&world, &shelves);
    }
    drop(dir);
}

/// Indexes all, does something to the closed index, opens it again.
fn after(world: &World, harm: impl FnOnce(&Path)) -> u64 {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    world.catch_up(&mut shelves);
    shelves.close().expect("the disk is sound");
    harm(dir.path());
    let mut shelves = world.open(dir.path());
    let resume = shelves.resume();
    check(world, &shelves);
    world.catch_up(&mut shelves);
    check(world, &shelves);
    resume
}

pub(crate) fn shelf_dirs(root: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(root).expect("the index").map(|entry| entry.expect("an entry").path());
    let mut dirs: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    dirs.sort();
    dirs
}

#[test]
fn what_is_missing_is_indexed_again() {
    let world = world(3, 4);
    assert_eq!(after(&world, |_| {}), 4);
    assert_eq!(after(&world, |root| fs::remove_dir_all(root).expect("there")), 1);
    assert_eq!(after(&world, |root| fs::remove_dir_all(&shelf_dirs(root)[1]).expect("there")), 1);
    assert_eq!(after(&world, |root| fs::remove_file(root.join("progress")).expect("there")), 1);
    assert_eq!(after(&world, |root| fs::write(root.join("progress"), "vigil index 0\n").expect("there")), 1);
    assert_eq!(after(&world, |root| fs::remove_file(shelf_dirs(root)[0].join("meta.json")).expect("there")), 1);
}

#[test]
fn damaged_files_are_noticed() {
    let world = world(3, 4);
    for extension in ["term", "idx", "fast"] {
        let resume = after(&world, |root| {
            let entries =
                fs::read_dir(&shelf_dirs(root)[2]).expect("a shelf").map(|entry| entry.expect("an entry").path());
            let file =
                entries.into_iter().find(|path| path.extension().is_some_and(|end| end == extension)).expect("a file");
            let mut bytes = fs::read(&file).expect("readable");
            bytes[10] ^= 0x40;
            fs::write(&file, bytes).expect("writable");
        });
        assert_eq!(resume, 1, "{extension}");
    }
}

#[test]
fn an_index_ahead_of_its_log_is_rebuilt() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let long = world(5, 3);
    let mut shelves = long.open(dir.path());
    assert_eq!(shelves.was_ahead(), None, "there was no index");
    long.catch_up(&mut shelves);
    shelves.close().expect("the disk is sound");
    let short = world(2, 3);
    let mut shelves = short.open(dir.path());
    assert_eq!((shelves.resume(), shelves.was_ahead()), (1, Some(5)));
    short.catch_up(&mut shelves);
    check(&short, &shelves);
    shelves.close().expect("the disk is sound");
    assert_eq!(short.open(dir.path()).was_ahead(), None, "it was begun anew");
    assert_eq!(world(3, 3).open(dir.path()).was_ahead(), None, "an index may be behind");
}

#[test]
fn blocks_come_in_order() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let world = world(2, 1);
    let mut shelves = world.open(dir.path());
    world.index(&mut shelves, 2);
    let error = shelves.add(world.blocks[0].0, 1, Timestamp(0), &[]).expect_err("it came before");
    assert_eq!(error.to_string(), "block with arrival 1 came after 2; the index takes blocks in the order of arrival");
    world_is_usable(&world, &mut shelves);
}

fn world_is_usable(world: &World, shelves: &mut vigil_index_tantivy::Shelves) {
    assert_eq!(shelves.commit().expect("an order error changes nothing"), 2);
    assert_eq!(shelves.snapshot().arrival(), world.arrival());
}
