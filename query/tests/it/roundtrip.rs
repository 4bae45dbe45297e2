//! Does a query that is written down read back as the same query?

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::{Record, Timestamp};
use vigil_query::{Function, GroupKey, Matcher, Pipe, Query, SortKey, Stat, StatFunction, Stats, TimeRange, parse};

use crate::support::{NOW, filter, name, record, text};

fn function() -> impl Strategy<Value = StatFunction> {
    let field = || prop_oneof![name(), text()];
    prop_oneof![
        proptest::option::of(field()).prop_map(|field| StatFunction::of(Function::Count, field)),
        field().prop_map(|field| StatFunction::of(Function::Sum, [field])),
        field().prop_map(|field| StatFunction::of(Function::Min, [field])),
        field().prop_map(|field| StatFunction::of(Function::Max, [field])),
        field().prop_map(|field| StatFunction::of(Function::Avg, [field])),
    ]
}

fn stats() -> impl Strategy<Value = Stats> {
    let names = proptest::collection::btree_set(prop_oneof![name(), text()], 1..5);
    (names, vec(function(), 1..4), any::<prop::sample::Index>()).prop_map(|(names, mut functions, split)| {
        let mut names: Vec<String> = names.into_iter().collect();
        let by = names.split_off(split.index(names.len()) + 1);
        functions.truncate(names.len());
        let functions =
            functions.into_iter().zip(names).map(|(function, name)| Stat { function, only_if: None, name }).collect();
        Stats { functions, by: by.into_iter().map(GroupKey::plain).collect() }
    })
}

fn pipe() -> impl Strategy<Value = Pipe> {
    let key =
        (prop_oneof![name(), text()], any::<bool>()).prop_map(|(field, descending)| SortKey { field, descending });
    prop_oneof![
        stats().prop_map(Pipe::Stats),
        vec(key, 1..4).prop_map(Pipe::Sort),
        any::<u64>().prop_map(Pipe::Limit),
        any::<u64>().prop_map(Pipe::Offset),
        vec(prop_oneof![name(), text()], 1..4).prop_map(Pipe::Fields),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_query_reads_back(filter in filter(), pipes in vec(pipe(), 0..4), later in any::<i64>()) {
        let query = Query { time: filter.time_range(), filter, pipes };
        let text = query.to_string();
        let again = parse(&text, Timestamp(later)).map_err(|error| TestCaseError::fail(error.render(&text)))?;
        prop_assert_eq!(again, query, "{}", text);
    }

    #[test]
    fn a_narrower_range_is_said_as_a_test(filter in filter(), range in any::<(i64, i64)>(), record in record()) {
        let range = TimeRange { from: Timestamp(range.0), to: Timestamp(range.1) };
        let time = filter.time_range().intersect(&range);
        let query = Query { time, filter, pipes: Vec::new() };
        let again = parse(&query.to_string(), NOW).expect("written by us");
        let record = Record::validate(&record).expect("canonical");
        prop_assert_eq!(Matcher::for_query(&again).matches(&record), Matcher::for_query(&query).matches(&record));
    }
}

#[test]
fn columns_are_named_as_their_function_is_written() {
    let query = parse("| stats count(), SUM( bytes ), avg(\"my field\") mean by host", NOW).expect("valid");
    assert_eq!(query.to_string(), "* | stats count(), sum(bytes), avg(\"my field\") as mean by host");
    let Pipe::Stats(stats) = &query.pipes[0] else { panic!("stats was asked for") };
    let names: Vec<_> = stats.functions.iter().map(|stat| stat.name.as_str()).collect();
    assert_eq!(names, ["count()", "sum(bytes)", "mean"]);
}
