//! Any number of workers, in any order, find what one finds.

use proptest::prelude::*;
use vigil_index::{Answer, Cursor, Execution, NoPostings, Options, Partial, Slice, Sources};
use vigil_model::{RecordBuilder, Records, Timestamp, Value};
use vigil_query::Query;

use crate::pages::{World, asked, everything, options, sums, texts};
use crate::world;

/// Answers as several workers would: `turns` says who takes a slice next, or ends the one it has.
fn shared_out(world: &World, query: &Query, options: &Options, workers: usize, turns: &[usize]) -> Answer {
    let sources = Sources { index: &NoPostings, tail: &world.postings, frames: &world.log };
    let execution = Execution::new(&asked(query), options, sources).expect("own cursor");
    let mut work = execution.work();
    let mut hands: Vec<(Partial, Option<Slice>)> =
        (0..workers).map(|_| (execution.evaluator.partial(), None)).collect();
    let mut turns = turns.iter().copied().chain(0..).map(|turn| turn % workers);
    while !work.is_done() {
        let (partial, slice) = &mut hands[turns.next().expect("turns do not end")];
        match slice.take() {
            Some(taken) => work.put_back(execution.run_slice(&taken, &world.log, partial, &|| false)),
            None => *slice = work.take(&execution),
        }
    }
    assert!(work.take(&execution).is_none(), "done is done");
    let cut = work.into_cut();
    let mut all = execution.evaluator.partial();
    hands.into_iter().for_each(|(partial, _)| all.merge(partial));
    execution.finish(all, cut, &world.log)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn workers_find_what_one_finds(
        blocks in proptest::collection::vec(world::records(200), 1..8),
        query in world::query().prop_filter("sums", |query| !sums(query)),
        limit in 1usize..200,
        workers in 1usize..5,
        turns in proptest::collection::vec(0usize..5, 0..60),
    ) {
        let world = World::of(&blocks);
        let alone = world.ask(&query, limit, None).expect("no cursor");
        let shared = shared_out(&world, &query, &options(limit, None), workers, &turns);
        prop_assert_eq!(texts(&shared.rows), texts(&alone.rows));
        prop_assert_eq!(shared.cursor, alone.cursor);
        prop_assert_eq!((shared.complete, shared.partial_reason), (alone.complete, alone.partial_reason));
    }

    #[test]
    fn pages_that_are_cut_add_up(
        blocks in proptest::collection::vec(world::records(200), 1..8),
        filter in world::filter(),
        bytes_max in 1u64..20_000,
        workers in 1usize..5,
        turns in proptest::collection::vec(0usize..5, 0..60),
    ) {
        let world = World::of(&blocks);
        let query = Query { filter, ..everything() };
        let whole = world.ask(&query, 10_000, None).expect("no cursor");
        let ask = |cursor: Option<Cursor>| {
            let options = Options { bytes_max: Some(bytes_max), ..options(50, cursor) };
            shared_out(&world, &query, &options, workers, &turns)
        };
        let mut page = ask(None);
        let mut rows = page.rows;
        while let Some(cursor) = page.cursor {
            page = ask(Some(cursor));
            rows.extend(page.rows);
        }
        prop_assert_eq!(texts(&rows), texts(&whole.rows));
    }
}

/// So many records of one hour, evenly spread; the later the number, the later the hour.
fn hour_of(number: i64, count: i64) -> Records {
    const HOUR: i64 = 3_600_000_000_000;
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("n", Value::Int(n));
        let time = Timestamp(20_000 * Timestamp::DAY + number * HOUR + n * (HOUR / count));
        records.push(&mut builder, time, false).expect("small");
    }
    records
}

#[test]
fn the_newest_rows_are_found_without_reading_far_beyond_them() {
    let mut log = World::default();
    log.name_logs();
    (0..200).for_each(|hour| log.add(&hour_of(hour, 1_000)));
    let query = everything();
    let alone = log.ask(&query, 100, None).expect("no cursor");
    for workers in 1..4 {
        let shared = shared_out(&log, &query, &options(100, None), workers, &[0, 1, 2, 3]);
        assert_eq!(texts(&shared.rows), texts(&alone.rows));
        assert!(shared.stats.frames_read <= 40, "{workers} workers read {} frames", shared.stats.frames_read);
    }
}
