//! Pipes answer the same wherever they run: over frames, shared out, page by page, or one after another over rows.

use proptest::prelude::*;
use vigil_index::{Cursor, Execution, NoPostings, Options, QueryError, Row, Sources, context};
use vigil_model::{Timestamp, limits};
use vigil_query::{Context, Field, FieldTest, Filter, Permission, Pipe, Query, Set, TimeRange};

use crate::pages::{World, asked, everything, options, some_blocks, sums, texts};
use crate::steps_world::{inner, query};
use crate::world;

/// The same question, with each pipe over rows in memory: between any two stands one that needs all rows and changes
/// none of them.
fn naive(query: &Query) -> Query {
    let nothing = || Pipe::Union(Box::new(inner(Filter::All.negated(), Vec::new())));
    let pipes = query.pipes.iter().flat_map(|pipe| [nothing(), pipe.clone()]).collect();
    Query { pipes, ..query.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn pipes_run_one_after_another(
        blocks in proptest::collection::vec(world::records(30), 1..4),
        query in query().prop_filter("sums", |query| !sums(query)),
    ) {
        let world = World::of(&blocks);
        let fast = world.ask(&query, 10_000, None).expect("no cursor");
        let slow = world.ask(&naive(&query), 10_000, None).expect("no cursor");
        prop_assert_eq!(fast.partial_reason, slow.partial_reason);
        prop_assert_eq!(texts(&fast.rows), texts(&slow.rows));
    }

    #[test]
    fn pipes_add_up_over_pages_and_partials(
        blocks in proptest::collection::vec(world::records(30), 1..4),
        late in world::records(30),
        query in query().prop_filter("sums", |query| !sums(query)),
        limit in 1usize..9,
        split in any::<u64>(),
    ) {
        let mut world = World::of(&blocks);
        let whole = world.ask(&query, 10_000, None).expect("no cursor");
        let sources = Sources { index: &NoPostings, tail: &world.postings, frames: &world.log };
        let execution = Execution::new(&asked(&query), &options(10_000, None), sources).expect("no cursor");
        let mut partials = [execution.evaluator.partial(), execution.evaluator.partial()];
        for (n, posting) in execution.postings.iter().enumerate() {
            execution.evaluator.eval_posting(posting, &world.log, &mut partials[(split >> (n % 64) & 1) as usize]);
        }
        let [mut all, other] = partials;
        all.merge(other);
        prop_assert_eq!(texts(&execution.finish(all, None, &world.log).rows), texts(&whole.rows));
        let mut page = world.ask(&query, limit, None).expect("no cursor");
        let mut rows = page.rows;
        world.add(&late);
        while let Some(cursor) = page.cursor {
            let cursor = Cursor::parse(&cursor.to_text()).expect("own cursor");
            page = world.ask(&query, limit, Some(cursor)).expect("own cursor");
            rows.extend(page.rows);
        }
        prop_assert_eq!(texts(&rows), texts(&whole.rows));
    }
}

fn among(set: Set) -> Filter {
    Filter::Field { field: Field::Named("n".into()), test: FieldTest::In(set) }
}

fn numbers(filter: Filter, limit: u64) -> Query {
    inner(filter, vec![Pipe::Fields(vec!["n".into()]), Pipe::Limit(limit)])
}

fn n_of(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get("n").map(ToString::to_string).unwrap_or_default()).collect()
}

fn with_rows_of(query: Query) -> Query {
    let mut outer = numbers(Filter::All, 1);
    outer.pipes.push(Pipe::Union(Box::new(query)));
    outer
}

#[test]
fn a_query_inside_is_asked_first_within_what_is_permitted() {
    let world = World::of(&some_blocks());
    let limited = Permission::new(vigil_model::ClassSet::ALL, "n:<1100", Timestamp(0)).expect("a filter");
    for (permission, newest) in [(Permission::everything(), 2_199), (limited, 1_099)] {
        let allowed = |set| permission.allow(numbers(among(set), 10), vigil_model::Class::Logs).expect("all classes");
        let question = allowed(Set::Query(Box::new(numbers(Filter::All, 3))));
        let resolved = vigil_index::resolve(&question, &mut |inner, limit| {
            vigil_index::scan(inner.question(), &options(limit, None), &world.postings, &world.log)
        });
        let resolved = resolved.expect("readable");
        let values = (0..3).map(|n| (newest - n).to_string()).collect();
        assert_eq!(resolved.question().query(), allowed(Set::Values(values)).query());
        assert_eq!(resolved.question().name(), question.name(), "the cursor stays that of the question");
    }
}

#[test]
fn queries_inside_are_bounded() {
    let world = World::of(&some_blocks());
    let mut query = numbers(Filter::All, 1);
    for _ in 0..limits::SUBQUERY_DEPTH_MAX {
        query = with_rows_of(query);
    }
    let answer = world.ask(&query, 10, None).expect("just deep enough");
    assert_eq!(n_of(&answer.rows), vec!["2199"; limits::SUBQUERY_DEPTH_MAX + 1]);
    assert_eq!(world.ask(&with_rows_of(query), 10, None), Err(QueryError::Subqueries));
    let one = || Pipe::Union(Box::new(numbers(Filter::All, 1)));
    let many = inner(Filter::All, (0..=limits::SUBQUERIES_MAX).map(|_| one()).collect());
    assert_eq!(world.ask(&many, 10, None), Err(QueryError::Subqueries));
}

#[test]
fn more_rows_inside_than_fit_are_an_error() {
    let mut builder = vigil_model::RecordBuilder::new();
    let mut world = World::of(&[]);
    for block in 0..11i64 {
        let mut records = vigil_model::Records::new();
        for n in 0..1_000 {
            records.push(&mut builder, Timestamp(block * 1_000 + n), false).expect("small");
        }
        world.add(&records);
    }
    const { assert!(11_000 > limits::SUBQUERY_ROWS_MAX) };
    assert_eq!(world.ask(&with_rows_of(everything()), 10, None), Err(QueryError::SubqueryRows));
}

#[test]
fn what_is_missing_inside_is_missing_outside() {
    let mut world = World::of(&some_blocks());
    let at = world.postings[0].at;
    world.log.lose(at);
    let answer = world.ask(&with_rows_of(everything()), 10, None).expect("no cursor");
    assert!(!answer.complete && answer.partial_reason.is_some_and(|reason| reason.contains("inside")));
}

#[test]
fn neighbours_stand_in_the_order_of_the_log() {
    let world = World::of(&some_blocks());
    let newest = world.ask(&inner(Filter::All, vec![Pipe::Limit(1)]), 1, None).expect("no cursor").rows;
    let Some(vigil_index::OwnedValue::Id(id)) = newest[0].get("_id") else { panic!("an event has a name") };
    let found = |id, before, after, permission: &Permission| {
        context(&world.log, id, before, after, permission).expect("readable").map(|rows| n_of(&rows))
    };
    let all = Permission::everything();
    assert_eq!(found(*id, 2, 2, &all), Some(vec!["2197".into(), "2198".into(), "2199".into()]));
    // Blocks 1 and 3 are of the same log, block 2 is of the other.
    let first = vigil_model::EventId { offset: 0, ..*id };
    assert_eq!(found(first, 2, 1, &all), Some(["198", "199", "2000", "2001"].map(str::to_owned).to_vec()));
    let some = Permission::new(vigil_model::ClassSet::ALL, "n:<2001 NOT n:199", Timestamp(0)).expect("a filter");
    assert_eq!(found(first, 2, 1, &some), Some(["197", "198", "2000"].map(str::to_owned).to_vec()));
    assert_eq!(found(*id, 2, 1, &some), None);
    assert_eq!(found(vigil_model::EventId { seq: 9, ..*id }, 1, 1, &all), None);
}

#[test]
fn contexts_that_overlap_are_one() {
    let world = World::of(&some_blocks());
    let is = |n: &str| Filter::field("n", FieldTest::Exact(n.into()));
    let ask = |numbers: &[&str]| {
        let filter = Filter::Or(numbers.iter().map(|n| is(n)).collect());
        let pipes = vec![Pipe::Context(Context { before: 1, after: 1 })];
        n_of(&world.ask(&inner(filter, pipes), 100, None).expect("no cursor").rows)
    };
    assert_eq!(ask(&["5", "7"]), ["4", "5", "6", "7", "8"]);
    assert_eq!(ask(&["5", "1005", "9"]), ["1004", "1005", "1006", "8", "9", "10", "4", "5", "6"]);
    assert_eq!(ask(&["2000"]), ["199", "2000", "2001"]);
}

/// Rows that steps drop do not count, and reading ends where the page is full.
#[test]
fn a_stream_with_steps_stops_early() {
    let world = World::of(&some_blocks());
    let odd = vigil_query::Pattern::new("[13579]$").expect("good");
    let replace = Pipe::ReplaceRegex(vigil_query::ReplaceRegex {
        pattern: odd,
        new: "odd".into(),
        at: Some("n".into()),
        limit: None,
        only_if: None,
    });
    let passes = Pipe::Where(Filter::field("n", FieldTest::ExactPrefix("219".into())));
    let query = Query { pipes: vec![replace, passes], ..everything() };
    let answer = world.ask(&query, 2, None).expect("no cursor");
    assert_eq!(n_of(&answer.rows), ["219odd", "2198"]);
    assert!(answer.cursor.is_some() && answer.stats.frames_read < 4, "{:?}", answer.stats);
    let options = Options { cursor: answer.cursor, ..options(2, None) };
    let next = vigil_index::scan(&asked(&query), &options, &world.postings, &world.log).expect("own cursor");
    assert_eq!(n_of(&next.rows), ["219odd", "2196"]);
    assert_eq!(query.time, TimeRange::ALL);
}
