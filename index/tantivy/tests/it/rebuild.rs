//! While a shelf is verified or rebuilt every answer is that of the log.

use std::fs;
use std::path::Path;

use vigil_index_tantivy::{Shelves, Verify};
use vigil_model::{RecordBuilder, Records, Timestamp, Value};

use crate::restart::shelf_dirs;
use crate::support::{TODAY, World, parse, texts};

/// Days of the world, one shelf each.
const DAYS: i64 = 4;

/// Records around the end of a day: half of them of the day before.
fn block(day: i64, seq: i64) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in 0..100 {
        builder.clear();
        builder.push("message", Value::Str(&format!("request {n} of {seq}")));
        builder.push("host", Value::Str(["web-01", "web-02"][n as usize % 2]));
        let time = (TODAY - day) * Timestamp::DAY + (n - 50) * 1_000 + seq;
        records.push(&mut builder, Timestamp(time), false).expect("small");
    }
    records
}

/// Blocks of all days, in turn; `odd` of them have rows of a day long ago.
fn world(blocks: i64, odd: bool) -> World {
    let mut world = World::new();
    for seq in 0..blocks {
        world.push(block(if odd && seq % 4 == 1 { 9_000 } else { seq % DAYS }, seq));
    }
    world
}

fn check(world: &World, shelves: &Shelves) {
    for text in ["*", "request 17", "host:web-01 | stats count() as n", "* | stats count()"] {
        let query = parse(text);
        let (found, all) = (world.by_reach(shelves, &query), world.by_scan(&query));
        assert_eq!(texts(&found.rows), texts(&all.rows), "{text}");
        assert!(found.complete);
    }
    let cautious = world.by_index(shelves, &parse("request"));
    assert_eq!(texts(&cautious.rows), texts(&world.by_scan(&parse("request")).rows), "whoever asks without reach");
}

/// Adds blocks up to `to`, as far as they are wanted; answers how many were not.
fn replay(world: &World, shelves: &mut Shelves, to: u64) -> u64 {
    let mut skipped = 0;
    for arrival in shelves.resume()..=to {
        let span = world.span(arrival);
        if shelves.wants(arrival, &[(span.first, span.last)]) {
            world.index(shelves, arrival);
        } else {
            shelves.skip(arrival).expect("in order");
            skipped += 1;
        }
    }
    shelves.commit().expect("the disk is sound");
    skipped
}

fn damage(shelf: &Path) {
    let files = fs::read_dir(shelf).expect("a shelf").map(|entry| entry.expect("an entry").path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).expect("a file");
    let mut bytes = fs::read(&file).expect("readable");
    bytes[10] ^= 0x40;
    fs::write(&file, bytes).expect("writable");
}

/// Harms shelf `which` of a whole index, and checks every step of its rebuild, with a crash at
/// `crash` blocks. Answers how many blocks were not read again.
fn rebuilt_after(world: &mut World, which: usize, harm: fn(&Path), crash: u64) -> u64 {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    let blocks = world.arrival();
    replay(world, &mut shelves, blocks);
    shelves.close().expect("the disk is sound");
    harm(&shelf_dirs(dir.path())[which]);

    let mut shelves = world.open_and(dir.path(), Verify::Later);
    check(world, &shelves);
    while shelves.verify_next().expect("the disk is sound") {
        check(world, &shelves);
    }
    assert_eq!(shelves.resume(), 1);
    let mut skipped = replay(world, &mut shelves, crash);
    check(world, &shelves);
    drop(shelves);

    // New blocks came before the crash, and the index had not taken them.
    (0..3).for_each(|seq| world.push(block(seq % DAYS, 100 + seq)));
    let mut shelves = world.open_and(dir.path(), Verify::Later);
    while shelves.verify_next().expect("the disk is sound") {}
    assert_eq!(shelves.resume(), crash + 1, "a rebuild goes on where it was");
    check(world, &shelves);
    let all = world.arrival();
    skipped += replay(world, &mut shelves, all);
    assert!(shelves.snapshot().reach().is_whole());
    check(world, &shelves);
    shelves.close().expect("the disk is sound");
    let shelves = world.open(dir.path());
    assert_eq!(shelves.resume(), all + 1);
    check(world, &shelves);
    skipped
}

#[test]
fn answers_are_exact_while_a_damaged_shelf_is_rebuilt() {
    for which in [0, 2, 4] {
        let skipped = rebuilt_after(&mut world(24, false), which, damage, 9);
        assert!(skipped >= 12, "blocks of other days are not read: {skipped}");
    }
}

#[test]
fn answers_are_exact_while_a_deleted_shelf_is_rebuilt() {
    let delete = |shelf: &Path| fs::remove_dir_all(shelf).expect("there");
    rebuilt_after(&mut world(24, false), 1, delete, 9);
}

#[test]
fn answers_are_exact_while_the_shelf_of_odd_times_is_rebuilt() {
    let mut world = world(24, true);
    let dir = tempfile::tempdir().expect("a temporary directory");
    replay(&world, &mut world.open(dir.path()), 24);
    let odd = shelf_dirs(dir.path()).iter().position(|dir| dir.ends_with("odd")).expect("some rows are odd");
    assert_eq!(rebuilt_after(&mut world, odd, damage, 9), 0, "any block may have odd rows");
    rebuilt_after(&mut world, 0, damage, 5);
}

#[test]
fn answers_are_exact_while_all_is_rebuilt() {
    let mut world = world(12, true);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    for to in [1, 5, 12] {
        check(&world, &shelves);
        replay(&world, &mut shelves, to);
    }
    check(&world, &shelves);
    world.push(block(0, 99));
    check(&world, &shelves);
}
