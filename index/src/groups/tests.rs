//! That groups depend on the rows alone, and agree with a computation over all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vigil_query::{Bucket, FieldTest, Filter, Function, GroupKey, Pipe, Stat, StatFunction, Stats, TimeRange};

use super::*;
use crate::gather::Gatherer;
use crate::gather::test_rows::{NAMES, TestRow, answer, check_merges, gathered, test_row};
use crate::value::Number;

const FUNCTIONS: [Function; 19] = [
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
    Function::Rate,
    Function::RateSum,
    Function::UniqValues,
    Function::Values,
    Function::First,
    Function::Last,
    Function::Stddev,
    Function::Variance,
];

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["host", "level", "n", "x", "_time", "missing"]).prop_map(str::to_owned)
}

fn stat() -> impl Strategy<Value = Stat> {
    let function = prop::sample::select(FUNCTIONS.to_vec());
    let filter = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Filter::field("level", FieldTest::Exact("error".into())))),
        1 => Just(Some(Filter::field("n", FieldTest::Exists))),
    ];
    let limit = prop::option::of(0u64..5);
    (function, prop::collection::vec(name(), 0..3), 0.0..=1.0, limit, filter).prop_map(
        |(function, fields, share, limit, only_if)| Stat {
            function: StatFunction { function, fields, share: Some(share), limit },
            only_if,
            name: String::new(),
        },
    )
}

fn group_key() -> impl Strategy<Value = GroupKey> {
    let bucket = prop_oneof![
        3 => Just(None),
        2 => (1i64..5_000_000_000, -9i64..9).prop_map(|(width, offset)| Some(Bucket::Time { width, offset })),
        2 => (prop::sample::select(vec![0.1, 0.25, 1.0, 10.0]), -1i32..2)
            .prop_map(|(width, offset)| Some(Bucket::Number { width, offset: f64::from(offset) })),
        1 => (0u8..40).prop_map(|bits| Some(Bucket::Ip(bits))),
    ];
    (name(), bucket).prop_map(|(field, bucket)| GroupKey { field, bucket })
}

fn stats(by: impl Strategy<Value = Vec<GroupKey>>) -> impl Strategy<Value = Stats> {
    (prop::collection::vec(stat(), 1..4), by).prop_map(|(mut functions, by)| {
        functions.iter_mut().enumerate().for_each(|(n, stat)| stat.name = format!("f{n}"));
        Stats { functions, by }
    })
}

fn time_range() -> impl Strategy<Value = TimeRange> {
    prop_oneof![
        Just(TimeRange::ALL),
        Just(TimeRange { from: Timestamp(0), to: Timestamp::MAX }),
        Just(TimeRange { from: Timestamp(0), to: Timestamp(5_000_000_000) }),
    ]
}

fn groups_of(stats: &Stats, time: &TimeRange) -> Gatherer {
    Gatherer::of(&Pipe::Stats(stats.clone()), time).expect("stats gather")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn neither_order_nor_split_changes_groups(
        stats in stats(prop::collection::vec(group_key(), 0..3)),
        time in time_range(),
        rows in prop::collection::vec(test_row(), 0..40),
        cuts in (0usize..40, 0usize..40),
    ) {
        check_merges(&groups_of(&stats, &time), &rows, cuts)?;
    }

    #[test]
    fn bytes_are_those_that_are_held(
        stats in stats(prop::collection::vec(group_key(), 0..3)),
        rows in prop::collection::vec(test_row(), 0..40),
        cut in 0usize..40,
    ) {
        let empty = Groups::new(&stats, &TimeRange::ALL);
        let (a, b) = rows.split_at(cut.min(rows.len()));
        let (mut first, mut second) = (empty.clone(), empty);
        a.iter().for_each(|row| first.add(row));
        b.iter().for_each(|row| second.add(row));
        second.merge(first);
        prop_assert_eq!(second.budget.held(), second.bytes());
    }

    #[test]
    fn what_does_not_fit_is_not_held_and_is_said(
        stats in stats(prop::collection::vec(group_key(), 1..3)),
        rows in prop::collection::vec(test_row(), 0..60),
        max in 0usize..9_000,
        cut in 0usize..60,
    ) {
        let mut empty = Groups::new(&stats, &TimeRange::ALL);
        empty.budget = Budget::new(max);
        let whole = gathered(&Gatherer::Groups(Groups::new(&stats, &TimeRange::ALL)), &rows);
        let (a, b) = rows.split_at(cut.min(rows.len()));
        let (mut first, mut second) = (empty.clone(), empty);
        a.iter().for_each(|row| first.add(row));
        b.iter().for_each(|row| second.add(row));
        second.merge(first);
        prop_assert_eq!(second.budget.held(), second.bytes());
        // The last group may go beyond it, and sums of floats by the parts that they carry to.
        let beyond = second.shape.group_bytes + 200 + rows.len() * 256;
        prop_assert!(second.budget.held() <= max + beyond, "{} of {max}", second.budget.held());
        let is_said = second.budget.has_refused() || second.budget.has_cut();
        if !is_said {
            let (answered, whole) = (answer(Gatherer::Groups(second)), answer(whole));
            prop_assert!(answered == whole || answered.contains("Some("), "{answered} {whole}");
        }
    }

    #[test]
    fn every_function_is_what_a_loop_would_compute(
        stats in stats(prop::sample::subsequence(NAMES.to_vec(), 0..3)
            .prop_map(|names| names.into_iter().map(GroupKey::plain).collect::<Vec<_>>())),
        rows in prop::collection::vec(test_row(), 1..40),
    ) {
        let time = TimeRange { from: Timestamp(0), to: Timestamp(5_000_000_000) };
        let (found, reason) = gathered(&groups_of(&stats, &time), &rows).into_rows();
        prop_assert_eq!(reason, None);
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<&TestRow>> = BTreeMap::new();
        for row in &rows {
            let text = |key: &GroupKey| row.get(&key.field).filter(|v| **v != OwnedValue::Null).map(ToString::to_string);
            groups.entry(stats.by.iter().map(text).collect()).or_default().push(row);
        }
        prop_assert_eq!(found.len(), groups.len());
        for (row, (key, group)) in found.iter().zip(&groups) {
            for (by, text) in stats.by.iter().zip(key) {
                let expected = text.clone().map_or(OwnedValue::Null, OwnedValue::Str);
                prop_assert_eq!(row.get(&by.field), Some(&expected));
            }
            for stat in &stats.functions {
                check_function(stat, group, row.get(&stat.name).expect("a column for each function"))?;
            }
        }
    }

    #[test]
    fn a_value_added_often_is_as_many_rows(
        function in prop::sample::select(FUNCTIONS.to_vec()),
        rows in prop::collection::vec((test_row(), 0u64..9), 0..12),
    ) {
        let function = StatFunction::of(function, ["n".to_owned()]);
        let stats = Stats {
            functions: vec![Stat { function, only_if: None, name: "f".into() }],
            by: vec![GroupKey { field: "x".into(), bucket: Some(Bucket::Number { width: 10.0, offset: 0.0 }) }],
        };
        let time = TimeRange { from: Timestamp(0), to: Timestamp(5_000_000_000) };
        let (mut one_by_one, mut weighted) = (Groups::new(&stats, &time), Groups::new(&stats, &time));
        prop_assume!(weighted.takes_values(0));
        for (row, times) in &rows {
            (0..*times).for_each(|_| one_by_one.add(row));
            let (cell, mut text) = (row.cell("x"), String::new());
            let part = Part::of(&weighted.by()[0].clone(), cell.as_ref(), &mut text);
            if *times > 0 {
                let slot = weighted.slot(&[part]).expect("there is room");
                weighted.add_value(slot, 0, row.cell("n"), *times);
            }
        }
        prop_assert_eq!(answer(Gatherer::Groups(weighted)), answer(Gatherer::Groups(one_by_one)));
    }
}

/// The rows of a group that count, and the values of the function's fields in them that are not empty.
fn check_function(stat: &Stat, group: &[&TestRow], found: &OwnedValue) -> Result<(), TestCaseError> {
    let passes =
        |row: &TestRow| stat.only_if.as_ref().is_none_or(|filter| row.matches(&vigil_query::Matcher::new(filter)));
    let rows: Vec<&TestRow> = group.iter().copied().filter(|row| passes(row)).collect();
    let fields = &stat.function.fields;
    let has = |row: &TestRow, name: &String| row.text(name).is_some();
    let values: Vec<&OwnedValue> = rows
        .iter()
        .flat_map(|row| fields.iter().filter(|name| has(row, name)).filter_map(|name| row.get(name)))
        .collect();
    let numbers: Vec<f64> = values.iter().filter_map(|value| Cell::Owned(value).number()).map(Number::to_f64).collect();
    let int = |count: usize| OwnedValue::Int(count as i64);
    let is_near = |expected: f64, scale: f64| match found {
        OwnedValue::Float(found) => (found - expected).abs() <= 1e-9 * scale.abs().max(1.0) || !expected.is_finite(),
        OwnedValue::Int(found) => (*found as f64 - expected).abs() <= 1e-9 * scale.abs().max(1.0),
        _ => false,
    };
    let largest = numbers.iter().map(|number| number.abs()).fold(0.0, f64::max);
    let finite = numbers.iter().all(|number| number.abs() < 1e100);
    let sum: f64 = numbers.iter().sum();
    let share = if stat.function.function == Function::Median { 0.5 } else { stat.function.share.unwrap_or(0.5) };
    let counted = rows.iter().filter(|row| fields.is_empty() || fields.iter().any(|name| has(row, name))).count();
    match stat.function.function {
        Function::Count => prop_assert_eq!(found, &int(counted)),
        Function::Rate => prop_assert_eq!(found, &OwnedValue::Float(counted as f64 / 5.0)),
        Function::CountEmpty => {
            prop_assert_eq!(found, &int(rows.iter().filter(|row| !fields.iter().any(|name| has(row, name))).count()));
        }
        Function::CountUniq => {
            let mut different: Vec<Vec<Option<String>>> =
                rows.iter().map(|row| fields.iter().map(|name| row.text(name)).collect()).collect();
            different.retain(|texts: &Vec<Option<String>>| texts.iter().any(Option::is_some));
            different.sort();
            different.dedup();
            prop_assert_eq!(found, &int(different.len()));
        }
        Function::SumLen if !fields.is_empty() => {
            let lengths: usize = values.iter().map(|value| value.to_string().len()).sum();
            prop_assert!(found == &int(lengths) || values.is_empty() && found == &OwnedValue::Null);
        }
        Function::Sum
        | Function::Avg
        | Function::RateSum
        | Function::Variance
        | Function::Stddev
        | Function::Histogram
            if numbers.is_empty() =>
        {
            prop_assert_eq!(found, &OwnedValue::Null);
        }
        Function::Sum if finite => prop_assert!(is_near(sum, largest), "{found:?} {sum}"),
        Function::RateSum if finite => prop_assert!(is_near(sum / 5.0, largest), "{found:?} {sum}"),
        Function::Avg if finite => prop_assert!(is_near(sum / numbers.len() as f64, largest), "{found:?} {sum}"),
        Function::Variance | Function::Stddev if finite => {
            let count = numbers.len() as f64;
            let variance = numbers.iter().map(|number| (number - sum / count).powi(2)).sum::<f64>() / count;
            let is_root = stat.function.function == Function::Stddev;
            let (expected, scale) = if is_root { (variance.sqrt(), largest) } else { (variance, largest * largest) };
            prop_assert!(is_near(expected, scale), "{found:?} {expected}");
        }
        Function::Min | Function::Max => {
            let ranks = values.iter().map(|value| Cell::Owned(value).rank());
            let best = if stat.function.function == Function::Min { ranks.min() } else { ranks.max() };
            prop_assert_eq!(best.unwrap_or(crate::value::Rank::Missing), Cell::Owned(found).rank());
        }
        Function::Median | Function::Quantile => {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
            let expected = sorted.get(place).map_or(OwnedValue::Null, |value| OwnedValue::Float(*value + 0.0));
            prop_assert_eq!(found, &expected);
        }
        Function::UniqValues | Function::Values => {
            let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            let rank = |text: &String| (Cell::Owned(&OwnedValue::Str(text.clone())).rank(), text.clone());
            texts.sort_by_key(rank);
            if stat.function.function == Function::UniqValues {
                texts.dedup();
            }
            texts.truncate(stat.function.limit.unwrap_or(u64::MAX).min(1_000) as usize);
            prop_assert_eq!(found, &OwnedValue::List(texts.into_iter().map(OwnedValue::Str).collect()));
        }
        Function::First | Function::Last => {
            let time = |row: &&&TestRow| row.cell("_time").and_then(|cell| cell.time());
            let with: Vec<&&TestRow> = rows.iter().filter(|row| fields.iter().any(|name| has(row, name))).collect();
            let timed = with.iter().copied().filter(|row| time(row).is_some());
            let is_first = stat.function.function == Function::First;
            let end = if is_first { timed.min_by_key(time) } else { timed.max_by_key(time) };
            let Some(end) = end else {
                prop_assert_eq!(found == &OwnedValue::Null, with.is_empty());
                return Ok(());
            };
            let at_end = with.iter().filter(|row| time(row) == time(&end));
            let mut candidates =
                at_end.filter_map(|row| fields.iter().find(|name| has(row, name)).and_then(|name| row.get(name)));
            prop_assert!(candidates.any(|value| format!("{value:?}") == format!("{found:?}")), "{found:?}");
        }
        _ => {}
    }
    Ok(())
}

#[test]
fn groups_beyond_the_maximum_are_said_to_be_missing() {
    let count = Stat { function: StatFunction::of(Function::Count, []), only_if: None, name: "n".into() };
    let stats = Stats { functions: vec![count], by: vec![GroupKey::plain("host")] };
    let mut groups = Groups::new(&stats, &TimeRange::ALL);
    for n in 0..GROUPS_MAX + 3 {
        let text = n.to_string();
        match groups.slot(&[Part::Text(&text)]) {
            Some(slot) => groups.add_value(slot, 0, None, 1),
            None => groups.refuse(1),
        }
    }
    let mut again = Groups::new(&stats, &TimeRange::ALL);
    let slot = again.slot(&[Part::Text("new")]).expect("there is room");
    again.add_value(slot, 0, None, 1);
    again.merge(groups);
    let (rows, reason) = again.into_rows();
    assert_eq!(rows.len(), GROUPS_MAX);
    assert!(reason.expect("some are missing").starts_with("more than 100000 groups"));
}
