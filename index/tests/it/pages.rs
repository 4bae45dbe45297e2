//! Pages add up to the whole, whatever their size, while events stream in.

use proptest::prelude::*;
use vigil_index::{Answer, Cursor, Execution, MemoryLog, NoPostings, Options, Posting, QueryError, Row, Sources, scan};
use vigil_model::{BlockRef, Class, Epoch, FrameRef, LogId, LogNumber, NodeId, Records, Timestamp};
use vigil_query::{Permission, PermittedQuery, Pipe, Query, TimeRange};

use crate::world;

/// Blocks of two logs in a memory.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) log: MemoryLog,
    pub(crate) postings: Vec<Posting>,
    arrival: u64,
}

impl World {
    pub(crate) fn of(blocks: &[Records]) -> World {
        let mut world = World::default();
        world.name_logs();
        blocks.iter().for_each(|records| world.add(records));
        world
    }

    pub(crate) fn name_logs(&mut self) {
        // The order of rows goes by the log's id, not by its short name.
        for (number, epoch) in [(0, 9), (1, 3)] {
            self.log.name(LogNumber(number), LogId { node: NodeId([1; 32]), epoch: Epoch([epoch; 16]) });
        }
    }

    pub(crate) fn add(&mut self, records: &Records) {
        self.arrival += 1;
        let block = BlockRef { log: LogNumber((self.arrival % 2) as u32), seq: self.arrival };
        self.postings.extend(self.log.add(block, Class::Logs, self.arrival, records));
    }

    pub(crate) fn ask(&self, query: &Query, limit: usize, cursor: Option<Cursor>) -> Result<Answer, QueryError> {
        scan(&asked(query), &options(limit, cursor), &self.postings, &self.log)
    }
}

/// The query, put by someone who may see everything.
pub(crate) fn asked(query: &Query) -> PermittedQuery {
    Permission::everything().allow(query.clone(), Class::Logs).expect("everything is permitted")
}

pub(crate) fn options(limit: usize, cursor: Option<Cursor>) -> Options {
    Options { node: NodeId([1; 32]), limit, asked: Timestamp(5), cursor, bytes_max: None }
}

/// Cells as text: NaN is not equal to itself.
pub(crate) fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pages_add_up(
        blocks in proptest::collection::vec(world::records(30), 1..4),
        late in world::records(30),
        query in world::query(),
        limit in 1usize..9,
    ) {
        let mut world = World::of(&blocks);
        let whole = world.ask(&query, 10_000, None).expect("no cursor");
        prop_assert!(whole.complete && whole.cursor.is_none());
        let mut page = world.ask(&query, limit, None).expect("no cursor");
        let mut rows = page.rows;
        world.add(&late);
        while let Some(cursor) = page.cursor {
            let cursor = Cursor::parse(&cursor.to_text()).expect("own cursor");
            page = world.ask(&query, limit, Some(cursor)).expect("own cursor");
            prop_assert!(page.rows.len() <= limit);
            rows.extend(page.rows);
        }
        prop_assert_eq!(texts(&rows), texts(&whole.rows));
    }
}

/// A sum of numbers with a point may differ in its last bit when the order differs.
pub(crate) fn sums(query: &Query) -> bool {
    query.pipes.iter().any(|pipe| match pipe {
        Pipe::Stats(stats) => stats
            .functions
            .iter()
            .any(|stat| matches!(stat.function.function, vigil_query::Function::Sum | vigil_query::Function::Avg)),
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn frames_may_be_shared_out(
        blocks in proptest::collection::vec(world::records(100), 1..4),
        query in world::query().prop_filter("sums", |query| !sums(query)),
        split in any::<u64>(),
    ) {
        let world = World::of(&blocks);
        let whole = world.ask(&query, 20, None).expect("no cursor");
        let sources = Sources { index: &NoPostings, tail: &world.postings, frames: &world.log };
        let execution = Execution::new(&asked(&query), &options(20, None), sources).expect("no cursor");
        let mut partials = [execution.evaluator.partial(), execution.evaluator.partial()];
        for (n, posting) in execution.postings.iter().enumerate() {
            let partial = &mut partials[(split >> (n % 64) & 1) as usize];
            execution.evaluator.eval_posting(posting, &world.log, partial);
        }
        let [mut all, other] = partials;
        all.merge(other);
        let shared = execution.finish(all, None, &world.log);
        prop_assert_eq!(texts(&shared.rows), texts(&whole.rows));
        prop_assert_eq!(shared.cursor, whole.cursor);
    }
}

pub(crate) fn everything() -> Query {
    Query { time: TimeRange::ALL, filter: vigil_query::Filter::All, pipes: Vec::new() }
}

pub(crate) fn some_blocks() -> Vec<Records> {
    let mut builder = vigil_model::RecordBuilder::new();
    let block = |start: i64| {
        let mut records = Records::new();
        for n in 0..200 {
            builder.clear();
            builder.push("n", vigil_model::Value::Int(start + n));
            records.push(&mut builder, Timestamp(start + n), false).expect("small");
        }
        records
    };
    [0, 1_000, 2_000].map(block).to_vec()
}

#[test]
fn a_cursor_is_good_for_its_node_and_its_query_only() {
    let world = World::of(&some_blocks());
    let cursor = world.ask(&everything(), 3, None).expect("no cursor").cursor.expect("there is more");
    assert_eq!(cursor.asked, Timestamp(5));
    let mut other = cursor.clone();
    other.node = NodeId([2; 32]);
    let failed = world.ask(&everything(), 3, Some(other)).expect_err("another node's");
    assert!(failed.is_gone() && matches!(failed, QueryError::CursorOtherNode(_)));
    let narrower = Query { pipes: vec![Pipe::Limit(9)], ..everything() };
    assert_eq!(world.ask(&narrower, 3, Some(cursor)), Err(QueryError::CursorOtherQuery));
}

#[test]
fn a_lost_frame_is_named_and_the_rest_is_answered() {
    let mut world = World::of(&some_blocks());
    world.log.lose(FrameRef { block: BlockRef { log: LogNumber(1), seq: 3 }, class: Class::Logs, frame: 0 });
    let answer = world.ask(&everything(), 10_000, None).expect("no cursor");
    assert_eq!((answer.complete, answer.rows.len(), answer.problem_count), (false, 600 - 64, 1));
    expect_test::expect!["log number 1 block 3 logs: frame 0 is missing"].assert_eq(&answer.problems.join("\n"));
}

#[test]
fn the_newest_rows_are_found_without_reading_everything() {
    let world = World::of(&some_blocks());
    let answer = world.ask(&everything(), 10, None).expect("no cursor");
    assert_eq!((answer.rows.len(), answer.stats.frames_read), (10, 2));
    let count = Query { pipes: vec![count()], ..everything() };
    let answer = world.ask(&count, 10, None).expect("no cursor");
    assert_eq!(answer.stats.frames_read, 0, "the postings say how many rows there are");
    assert_eq!(texts(&answer.rows), texts(&[Row::new([("n".into(), vigil_index::OwnedValue::Int(600))])]));
}

fn count() -> Pipe {
    let function = vigil_query::StatFunction::of(vigil_query::Function::Count, []);
    Pipe::Stats(vigil_query::Stats {
        functions: vec![vigil_query::Stat { function, only_if: None, name: "n".into() }],
        by: Vec::new(),
    })
}

#[test]
fn a_budget_ends_reading_and_the_cursor_goes_on() {
    let world = World::of(&some_blocks());
    let mut options = Options { bytes_max: Some(2_000), ..options(10_000, None) };
    let mut rows = 0;
    for _ in 0..20 {
        let answer = scan(&asked(&everything()), &options, &world.postings, &world.log).expect("own cursor");
        rows += answer.rows.len();
        assert_eq!(answer.complete, answer.cursor.is_none());
        match answer.cursor {
            Some(cursor) => options.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(rows, 600);
}

/// The last row of a window ends the stream, on whichever page it stands.
#[test]
fn a_window_that_is_filled_on_a_later_page_is_complete() {
    let world = World::of(&some_blocks());
    for window in 2..130 {
        let query = Query { pipes: vec![Pipe::Limit(window)], ..everything() };
        let mut options = Options { bytes_max: Some(0), ..options(window as usize - 1, None) };
        let mut rows = 0;
        let last = loop {
            let answer = scan(&asked(&query), &options, &world.postings, &world.log).expect("own cursor");
            rows += answer.rows.len() as u64;
            match answer.cursor.clone() {
                Some(cursor) => options.cursor = Some(cursor),
                None => break answer,
            }
        };
        assert_eq!((rows, last.complete), (window, true));
    }
}

/// Whether the rows are events, newest first: only these go on from where reading ended.
fn is_stream(query: &Query) -> bool {
    !query.pipes.iter().any(|pipe| matches!(pipe, Pipe::Stats(_) | Pipe::Sort(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn following_cursors_under_a_budget_ends(
        blocks in proptest::collection::vec(world::records(80), 1..6),
        query in world::query(),
        limit in 1usize..40,
        budget in prop_oneof![Just(0u64), 1u64..500, 500u64..20_000],
    ) {
        let world = World::of(&blocks);
        let whole = world.ask(&query, 10_000, None).expect("no cursor");
        let records: usize = blocks.iter().map(Records::len).sum();
        let mut options = Options { bytes_max: Some(budget), ..options(limit, None) };
        let (mut rows, mut complete) = (Vec::new(), true);
        for page in 0.. {
            prop_assert!(page <= world.postings.len() + records + 1, "every page ends later than it began");
            let answer = scan(&asked(&query), &options, &world.postings, &world.log).expect("own cursor");
            rows.extend(answer.rows);
            complete = answer.complete;
            prop_assert!(complete || answer.partial_reason.is_some());
            match answer.cursor {
                Some(cursor) => options.cursor = Some(cursor),
                None => break,
            }
        }
        if is_stream(&query) || complete {
            prop_assert_eq!(texts(&rows), texts(&whole.rows), "every row once");
        }
        prop_assert!(complete || !is_stream(&query), "a stream is read to its end");
    }

    #[test]
    fn a_stopped_page_gives_a_place_further_on_or_none(
        blocks in proptest::collection::vec(world::records(80), 1..6),
        limit in 1usize..40,
        reads in proptest::collection::vec(0usize..6, 1..20),
    ) {
        let world = World::of(&blocks);
        let whole = texts(&world.ask(&everything(), 10_000, None).expect("no cursor").rows);
        let mut options = options(limit, None);
        let mut rows = Vec::new();
        for most in reads {
            let left = std::cell::Cell::new(most);
            let stop = || left.replace(left.get().saturating_sub(1)) == 0;
            let sources = Sources { index: &NoPostings, tail: &world.postings, frames: &world.log };
            let answer = vigil_index::execute(&asked(&everything()), &options, sources, &stop).expect("own cursor");
            rows.extend(texts(&answer.rows));
            prop_assert!(answer.cursor.is_none() || answer.cursor != options.cursor);
            match answer.cursor {
                Some(cursor) => options.cursor = Some(cursor),
                None => break,
            }
        }
        prop_assert_eq!(&rows[..], &whole[..rows.len()], "no gap and nothing twice");
    }
}
