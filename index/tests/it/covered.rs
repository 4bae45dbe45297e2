//! What columns answer is what rows answer, whichever frames they cover.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_index::{
    Chunk, ChunkSource, ColumnCollector, Dictionary, Execution, FieldUses, Head, MemoryLog, Options, Posting, Postings,
    Prune, Row, SourceError, Sources, execute, scan,
};
use vigil_model::{BlockRef, Class, Epoch, LogId, LogNumber, NodeId, Records, Timestamp};
use vigil_query::{
    Bucket, FieldValues, Filter, Function, GroupKey, Permission, PermittedQuery, Pipe, Query, Stat, StatFunction,
    Stats, TimeRange, Top, Uniq,
};

use crate::world;

/// An index of everything, with chunks over some of it.
struct Covered {
    postings: Vec<Posting>,
    chunks: Vec<Arc<dyn ChunkSource>>,
    arrival: u64,
}

impl Postings for Covered {
    fn postings(&self, _: &Prune, _: Class, _: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        Ok(self.postings.clone())
    }

    fn arrival(&self) -> u64 {
        self.arrival
    }

    fn chunks(&self, _: Class, _: &TimeRange, _: &[&str]) -> Vec<Arc<dyn ChunkSource>> {
        self.chunks.clone()
    }
}

/// A chunk of which some parts cannot be read.
struct Damaged(Arc<dyn ChunkSource>, u8);

impl Damaged {
    fn part<T>(&self, bit: u8, part: Result<T, SourceError>) -> Result<T, SourceError> {
        if self.1 & bit > 0 { Err(SourceError::Corrupt("a part of a chunk is lost".to_owned())) } else { part }
    }
}

impl ChunkSource for Damaged {
    fn head(&self) -> Result<Arc<Head>, SourceError> {
        self.part(1, self.0.head())
    }

    fn times(&self) -> Result<Arc<Vec<i64>>, SourceError> {
        self.part(2, self.0.times())
    }

    fn dictionary(&self, n: usize) -> Result<Arc<Dictionary>, SourceError> {
        self.part(4, self.0.dictionary(n))
    }

    fn codes(&self, n: usize) -> Result<Arc<Vec<u16>>, SourceError> {
        self.part(8, self.0.codes(n))
    }
}

/// Blocks in memory, some frames of which are covered: frame `n` by chunk `which[n]`, by none for 0.
struct World {
    log: MemoryLog,
    index: Covered,
    collectors: Vec<ColumnCollector>,
}

impl World {
    fn of(blocks: &[Records], which: &[u8]) -> World {
        let mut log = MemoryLog::default();
        for (number, epoch) in [(0, 9), (1, 3)] {
            log.name(LogNumber(number), LogId { node: NodeId([1; 32]), epoch: Epoch([epoch; 16]) });
        }
        let index = Covered { postings: Vec::new(), chunks: Vec::new(), arrival: 0 };
        let collectors = (0..3).map(|_| ColumnCollector::new(Class::Logs)).collect();
        let mut world = World { log, index, collectors };
        let mut frame = 0;
        for records in blocks {
            world.add(records, which, &mut frame);
        }
        world
    }

    fn add(&mut self, records: &Records, which: &[u8], frame: &mut usize) {
        self.index.arrival += 1;
        let arrival = self.index.arrival;
        let block = BlockRef { log: LogNumber((arrival % 2) as u32), seq: arrival };
        let postings = self.log.add(block, Class::Logs, arrival, records);
        for (posting, range) in postings.iter().zip(records.frame_bounds()) {
            if let Some(collector) = which[*frame % which.len()].checked_sub(1) {
                let of_frame = range.filter_map(|n| records.get(n));
                self.collectors[usize::from(collector)].add(posting, of_frame);
            }
            *frame += 1;
        }
        self.index.postings.extend(postings);
    }

    /// Hands the chunks to the index, some as they are in the making, some as they are read.
    fn cover(&mut self, damage: u8) {
        for (n, collector) in self.collectors.iter_mut().enumerate() {
            let open = collector.snapshot().map(|chunk| Arc::new(chunk) as Arc<dyn ChunkSource>);
            let written = collector.finish(&FieldUses::new());
            let read =
                written.map(|bytes| Arc::new(Chunk::decode(&bytes).expect("just written")) as Arc<dyn ChunkSource>);
            let chunk = if n == 1 { open } else { read };
            let damage = if n == 2 { damage } else { 0 };
            self.index.chunks.extend(chunk.map(|chunk| Arc::new(Damaged(chunk, damage)) as Arc<dyn ChunkSource>));
        }
    }

    fn sources(&self) -> Sources<'_> {
        Sources { index: &self.index, tail: &[], frames: &self.log }
    }
}

fn asked(query: &Query) -> PermittedQuery {
    Permission::everything().allow(query.clone(), Class::Logs).expect("everything is permitted")
}

fn options() -> Options {
    Options { node: NodeId([1; 32]), limit: 10_000, asked: Timestamp(5), cursor: None, bytes_max: None }
}

/// Cells as text: NaN is not equal to itself.
fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}

fn field() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["host", "level", "message", "n", "src.ip", "missing"]).prop_map(str::to_owned)
}

const FUNCTIONS: [Function; 18] = [
    Function::Count,
    Function::CountEmpty,
    Function::CountUniq,
    Function::Sum,
    Function::SumLen,
    Function::Avg,
    Function::Min,
    Function::Max,
    Function::Median,
    Function::Quantile,
    Function::Histogram,
    Function::RateSum,
    Function::UniqValues,
    Function::Values,
    Function::First,
    Function::Last,
    Function::Stddev,
    Function::Variance,
];

fn function() -> impl Strategy<Value = StatFunction> {
    prop_oneof![
        2 => Just(StatFunction::of(Function::Count, [])),
        1 => Just(StatFunction::of(Function::Rate, [])),
        8 => (prop::sample::select(FUNCTIONS.to_vec()), field()).prop_map(|(name, field)| {
            let share = (name == Function::Quantile).then_some(0.95);
            StatFunction { share, ..StatFunction::of(name, [field]) }
        }),
        1 => (field(), field()).prop_map(|(a, b)| StatFunction::of(Function::Count, [a, b])),
    ]
}

/// A field, or runs of time, of numbers or of addresses.
fn key() -> impl Strategy<Value = GroupKey> {
    let minutes = prop::sample::select(vec![60_000_000_000_i64, 300_000_000_000, 7_000_000_000]);
    let offsets = prop::sample::select(vec![0_i64, 60_000_000_000, 1_500_000_000]);
    let bucket = |field: &str, bucket| GroupKey { field: field.to_owned(), bucket: Some(bucket) };
    prop_oneof![
        6 => field().prop_map(GroupKey::plain),
        2 => (minutes, offsets).prop_map(move |(width, offset)| bucket("_time", Bucket::Time { width, offset })),
        1 => Just(bucket("n", Bucket::Number { width: 2.0, offset: 0.5 })),
        1 => Just(bucket("src.ip", Bucket::Ip(24))),
        1 => Just(GroupKey::plain("_time")),
    ]
}

/// Filters that read a named field in each test.
fn by_field(filter: Filter) -> Filter {
    match filter {
        Filter::Not(inner) => by_field(*inner).negated(),
        Filter::And(parts) => Filter::And(parts.into_iter().map(by_field).collect()),
        Filter::Or(parts) => Filter::Or(parts.into_iter().map(by_field).collect()),
        Filter::Field { field: vigil_query::Field::Any, test } => Filter::field("n", test),
        other => other,
    }
}

/// Filters of which columns decide every test, and sometimes others.
fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![2 => Just(Filter::All), 6 => world::filter().prop_map(by_field), 1 => world::filter()]
}

/// A pipe that gathers.
fn gathered() -> impl Strategy<Value = Pipe> {
    let only_if = prop_oneof![3 => Just(None), 1 => filter().prop_map(Some)];
    let stats = (vec((function(), only_if), 1..3), vec(key(), 0..3)).prop_map(|(functions, by)| {
        let named = |(n, (function, only_if)): (usize, (StatFunction, Option<Filter>))| {
            let only_if = only_if.filter(|filter| *filter != Filter::All);
            Stat { function, only_if, name: ["a", "b"][n].to_owned() }
        };
        Pipe::Stats(Stats { functions: functions.into_iter().enumerate().map(named).collect(), by })
    });
    let some = || vec(field(), 1..3);
    let hits = || prop_oneof![Just(None), Just(Some("hits".to_owned()))];
    prop_oneof![
        6 => stats,
        1 => (1u64..9, some()).prop_map(|(limit, by)| Pipe::Top(Top { limit, by, hits: "hits".to_owned() })),
        1 => (some(), hits()).prop_map(|(by, hits)| Pipe::Uniq(Uniq { by, hits, limit: None })),
        1 => field().prop_map(|field| Pipe::FieldValues(FieldValues { field, limit: Some(5) })),
        1 => Just(Pipe::FieldNames),
    ]
}

/// What is made of what a filter finds.
fn groups() -> impl Strategy<Value = Query> {
    let more = prop_oneof![
        6 => Just(None),
        1 => world::filter().prop_map(by_field).prop_map(Pipe::Where).prop_map(Some),
        1 => vec(field(), 0..4).prop_map(Pipe::Fields).prop_map(Some),
    ];
    (world::query(), filter(), gathered(), more).prop_map(|(base, filter, gathered, more)| Query {
        time: base.time,
        filter,
        pipes: more.into_iter().chain([gathered]).collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn columns_and_rows_agree(
        blocks in vec(world::records(150), 1..5),
        which in vec(0u8..4, 1..12),
        damage in prop_oneof![2 => Just(0u8), 1 => any::<u8>()],
        queries in vec(groups(), 8),
        split in any::<u64>(),
    ) {
        let mut world = World::of(&blocks, &which);
        world.cover(damage);
        for query in &queries {
            let expected = scan(&asked(query), &options(), &world.index.postings, &world.log).expect("no cursor");
            let answer = execute(&asked(query), &options(), world.sources(), &|| false).expect("no cursor");
            prop_assert_eq!(texts(&answer.rows), texts(&expected.rows), "{:?}", query);
            prop_assert!(answer.complete);
            let count = |answer: &vigil_index::Answer| answer.stats.rows_matched;
            prop_assert_eq!(count(&answer), count(&expected));
            let execution = Execution::new(&asked(query), &options(), world.sources()).expect("no cursor");
            let mut partials = [execution.evaluator.partial(), execution.evaluator.partial()];
            let mut work = execution.work();
            let mut turn = 0;
            while let Some(slice) = work.take(&execution) {
                let partial = &mut partials[(split >> (turn % 64) & 1) as usize];
                work.put_back(execution.run_slice(&slice, &world.log, partial, &|| false));
                turn += 1;
            }
            prop_assert!(work.is_done() && work.into_cut().is_none());
            let [mut all, other] = partials;
            all.merge(other);
            prop_assert_eq!(texts(&execution.finish(all, None, &world.log).rows), texts(&expected.rows));
        }
    }

    #[test]
    fn what_came_later_and_what_stands_for_itself_does_not_count(
        blocks in vec(world::records(100), 2..5),
        seen in 0u64..5,
        query in groups(),
    ) {
        let mut world = World::of(&blocks, &[1, 2, 2]);
        world.cover(0);
        // A frame that could not be read when another shelf was built stands for all its rows.
        let first = world.index.postings[0];
        let opaque = Posting::opaque(first.at, first.arrival);
        world.index.postings.push(opaque);
        world.index.arrival = seen;
        world.index.postings.retain(|posting| posting.arrival <= seen);
        let mut scanned: Vec<Posting> = world.index.postings.clone();
        scanned.retain(|posting| posting.is_opaque() || posting.at != opaque.at);
        let expected = scan(&asked(&query), &options(), &scanned, &world.log).expect("no cursor");
        let answer = execute(&asked(&query), &options(), world.sources(), &|| false).expect("no cursor");
        prop_assert_eq!(texts(&answer.rows), texts(&expected.rows), "{:?}", query);
    }
}

/// Records of a level, a number and a word.
fn plain(count: usize) -> Records {
    let mut records = Records::new();
    let mut builder = vigil_model::RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("level", vigil_model::Value::Str(["info", "error"][n % 2]));
        builder.push("n", vigil_model::Value::Int(n as i64 % 5));
        records.push(&mut builder, Timestamp(n as i64 * 1_000_000_000), false).expect("small");
    }
    records
}

#[test]
fn no_row_is_read_where_columns_cover_everything() {
    let blocks: Vec<Records> = (0..4).map(|_| plain(150)).collect();
    let mut world = World::of(&blocks, &[1]);
    world.cover(0);
    let rows: usize = blocks.iter().map(Records::len).sum();
    for text in [
        "* | stats count()",
        "level:* | stats count() by n",
        "* | stats min(n) by absent",
        "n:2 | stats count()",
        // What the roll-up alone tells.
        "* | stats by (_time:5m, level) count()",
        "* | stats by (_time:1h) count(), rate()",
        "* | top 1 by (level)",
        "* | uniq by (level)",
        "* | stats rate()",
        // Nearly what it tells.
        "* | stats by (_time:90s) count()",
        "* | stats by (_time:5m, n) count(n)",
    ] {
        let query = vigil_query::parse(text, Timestamp(0)).expect(text);
        let answer = execute(&asked(&query), &options(), world.sources(), &|| false).expect("no cursor");
        assert_eq!((answer.stats.frames_read, answer.stats.rows_by_columns), (0, rows as u64), "{text}");
        let expected = scan(&asked(&query), &options(), &world.index.postings, &world.log).expect("no cursor");
        assert_eq!(texts(&answer.rows), texts(&expected.rows), "{text}");
    }
    // A word may be in any field, also in one that has no column.
    let query = vigil_query::parse("error | stats count()", Timestamp(0)).expect("a query");
    let answer = execute(&asked(&query), &options(), world.sources(), &|| false).expect("no cursor");
    assert!(answer.stats.frames_read > 0 && answer.stats.rows_by_columns == 0);
}

#[test]
fn chunks_that_cover_the_same_count_once() {
    let block = plain(150);
    let mut world = World::of(std::slice::from_ref(&block), &[1]);
    world.cover(0);
    let twin = world.index.chunks[0].clone();
    world.index.chunks.push(twin);
    let query = vigil_query::parse("* | stats count() as n", Timestamp(0)).expect("a query");
    let answer = execute(&asked(&query), &options(), world.sources(), &|| false).expect("no cursor");
    assert_eq!(answer.rows[0].get("n"), Some(&vigil_index::OwnedValue::Int(block.len() as i64)));
}
