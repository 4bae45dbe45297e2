//! A block that cannot be read when it is indexed is not forgotten: every question names it.

use std::sync::Arc;

use vigil_index::{Answer, Options, Posting, Sources, execute};
use vigil_index_tantivy::{Salvaged, Shelves};
use vigil_model::{Class, Frame, FrameRef, NodeId, RecordBuilder, Records, Timestamp, Value};

use crate::support::{TODAY, World, asked, parse, texts};

const SEALED: Timestamp = Timestamp(TODAY * Timestamp::DAY);

/// Two days of records in four frames.
fn block() -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in 0..256 {
        builder.clear();
        builder.push("message", Value::Str(&format!("request {n} done")));
        let day = TODAY - i64::from(n % 2);
        records.push(&mut builder, Timestamp(day * Timestamp::DAY + i64::from(n)), false).expect("small");
    }
    records
}

fn world() -> World {
    let mut world = World::new();
    (0..3).for_each(|_| world.push(block()));
    world
}

/// The frames of a block, of which some cannot be read.
fn frames(records: &Records, readable: impl Fn(u16) -> bool) -> Vec<Salvaged> {
    let salvaged = |(n, range): (usize, std::ops::Range<usize>)| {
        let frame = Frame { first: range.start as u32, records: records.slice(range) };
        Salvaged { class: Class::Logs, frame: n as u16, records: readable(n as u16).then(|| Arc::new(frame)) }
    };
    records.frame_bounds().into_iter().enumerate().map(salvaged).collect()
}

/// Indexes the world; block 2 as these frames.
fn index(world: &World, shelves: &mut Shelves, second: &[Salvaged]) {
    for arrival in shelves.resume()..=3 {
        match arrival {
            2 => shelves.add_salvaged(world.blocks[1].0, 2, SEALED, second).expect("in order"),
            _ => world.index(shelves, arrival),
        }
    }
    assert_eq!(shelves.commit().expect("the disk is sound"), 3);
}

/// Asks for everything there is; nothing is in a tail.
fn ask(world: &World, shelves: &Shelves, text: &str) -> Answer {
    let snapshot = shelves.snapshot();
    let sources = Sources { index: &*snapshot, tail: &[], frames: &world.log };
    let options = Options { node: NodeId([1; 32]), limit: 10_000, asked: Timestamp(0), cursor: None, bytes_max: None };
    execute(&asked(&parse(text)), &options, sources, &|| false).expect("no cursor")
}

const QUESTIONS: [&str; 6] = [
    "*",
    "request",
    "nosuchword",
    "message:nosuch*",
    "* | stats count() as n",
    "_time:[2026-11-20, 2026-11-21T12:00:00Z) 17 | stats count() as n",
];

#[test]
fn a_frame_that_was_lost_before_it_was_indexed_is_named_by_every_question() {
    let mut world = world();
    world.log.lose(FrameRef { block: world.blocks[1].0, class: Class::Logs, frame: 2 });
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    index(&world, &mut shelves, &frames(&world.blocks[1].1, |n| n != 2));
    for text in QUESTIONS {
        let answer = ask(&world, &shelves, text);
        assert!(!answer.complete, "{text}");
        assert_eq!(answer.problems, ["log number 0 block 2 logs: frame 2 is missing"], "{text}");
    }
    assert_eq!(ask(&world, &shelves, "*").rows.len(), 3 * 256 - 64, "the other frames of the block are found");
    let count = ask(&world, &shelves, "* | stats count() as n");
    assert_eq!(texts(&count.rows), [r#"Row { columns: [("n", Int(704))] }"#], "only what can be read is counted");
}

#[test]
fn a_frame_that_comes_back_is_read_again_and_counted_once() {
    let world = world();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    index(&world, &mut shelves, &frames(&world.blocks[1].1, |_| false));
    for text in QUESTIONS {
        let answer = ask(&world, &shelves, text);
        assert!(answer.complete, "{text}: {:?}", answer.problems);
        assert_eq!(texts(&answer.rows), texts(&world.by_scan(&parse(text)).rows), "{text}");
    }
}

#[test]
fn odd_and_day_shelves_never_hold_a_row_twice() {
    for (before, after) in [(true, false), (false, true)] {
        let world = world();
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut shelves = world.open(dir.path());
        index(&world, &mut shelves, &frames(&world.blocks[1].1, |_| before));
        shelves.close().expect("the disk is sound");
        // The days are rebuilt, or the odd shelf and what it said is missing from the progress.
        let lost = if before { "progress" } else { "2026-11-21" };
        let path = dir.path().join(lost);
        if before { std::fs::remove_file(path) } else { std::fs::remove_dir_all(path) }.expect("there");
        let mut shelves = world.open(dir.path());
        assert_eq!(shelves.resume(), 1);
        index(&world, &mut shelves, &frames(&world.blocks[1].1, |_| after));
        for text in QUESTIONS {
            let answer = ask(&world, &shelves, text);
            assert_eq!(texts(&answer.rows), texts(&world.by_scan(&parse(text)).rows), "{text}");
        }
    }
}

#[test]
fn a_body_of_unknown_frames_is_named_until_the_log_is_restored() {
    let mut world = world();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut shelves = world.open(dir.path());
    let whole = Salvaged { class: Class::Logs, frame: Posting::WHOLE_BODY, records: None };
    index(&world, &mut shelves, &[whole]);
    let text = "* | stats count() as n";
    let answer = ask(&world, &shelves, text);
    assert!(answer.complete, "every frame can be read now: {:?}", answer.problems);
    assert_eq!(texts(&answer.rows), texts(&world.by_scan(&parse(text)).rows));
    let (block, records) = world.blocks[1].clone();
    for frame in 0..records.frame_bounds().len() as u16 {
        world.log.lose(FrameRef { block, class: Class::Logs, frame });
    }
    let answer = ask(&world, &shelves, text);
    assert!(!answer.complete);
    assert_eq!(answer.problems.len(), 1);
    assert!(answer.problems[0].contains("block 2"), "{:?}", answer.problems);
}
