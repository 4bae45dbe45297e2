//! That what is counted depends on the rows alone, and agrees with a computation over all of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;
use vigil_query::{Facets, FieldValues, Pipe, TimeRange, Top, Uniq};

use super::Gatherer;
use super::test_rows::{NAMES, TestRow, check_merges, gathered, test_row};
use crate::{OwnedValue, Row};

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(NAMES.to_vec(), 1..3).prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn facets() -> impl Strategy<Value = Facets> {
    (0u64..4, 0u64..12, 0u64..12, any::<bool>()).prop_map(|(limit, max_values, max_value_len, keep_const)| Facets {
        limit,
        max_values,
        max_value_len,
        keep_const,
    })
}

fn pipe() -> impl Strategy<Value = Pipe> {
    prop_oneof![
        (0u64..6, names()).prop_map(|(limit, by)| Pipe::Top(Top { limit, by, hits: "hits".into() })),
        (prop::option::of(0u64..6), names(), any::<bool>()).prop_map(|(limit, by, hits)| Pipe::Uniq(Uniq {
            by,
            hits: hits.then(|| "hits".into()),
            limit
        })),
        Just(Pipe::FieldNames),
        (names(), prop::option::of(0u64..6))
            .prop_map(|(mut by, limit)| Pipe::FieldValues(FieldValues { field: by.remove(0), limit })),
        facets().prop_map(Pipe::Facets),
    ]
}

fn rows_of(pipe: &Pipe, rows: &[TestRow]) -> Vec<Row> {
    let (found, reason) = gathered(&Gatherer::of(pipe, &TimeRange::ALL).expect("it gathers"), rows).into_rows();
    assert_eq!(reason, None);
    found
}

/// The most frequent first, then by what is counted.
fn ranked<K: Ord + Clone>(keys: impl IntoIterator<Item = K>) -> Vec<(K, i64)> {
    let mut counts: BTreeMap<K, i64> = BTreeMap::new();
    keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    let mut all: Vec<(K, i64)> = counts.into_iter().collect();
    all.sort_by_key(|(key, count)| (Reverse(*count), key.clone()));
    all
}

/// All values of rows, as text.
fn texts(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.columns().map(|(_, value)| value.to_string()).collect()).collect()
}

/// The names and texts of what is in a row.
fn fields(row: &TestRow) -> impl Iterator<Item = (String, String)> {
    NAMES.iter().filter_map(|name| Some(((*name).to_owned(), row.text(name)?)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn neither_order_nor_split_changes_what_is_counted(
        pipe in pipe(),
        rows in prop::collection::vec(test_row(), 0..40),
        cuts in (0usize..40, 0usize..40),
    ) {
        check_merges(&Gatherer::of(&pipe, &TimeRange::ALL).expect("it gathers"), &rows, cuts)?;
    }

    #[test]
    fn top_and_uniq_are_what_a_loop_would_count(
        by in names(),
        limit in 0u64..9,
        rows in prop::collection::vec(test_row(), 0..40),
    ) {
        let key = |row: &TestRow| -> Vec<Option<String>> {
            by.iter().map(|name| row.get(name).filter(|value| **value != OwnedValue::Null).map(ToString::to_string)).collect()
        };
        let lines = |all: &[(Vec<Option<String>>, i64)], with_hits: bool| -> Vec<Vec<String>> {
            let line = |(key, count): &(Vec<Option<String>>, i64)| {
                let texts = key.iter().map(|text| text.clone().unwrap_or_default());
                texts.chain(with_hits.then(|| count.to_string())).collect()
            };
            all.iter().take(limit as usize).map(line).collect()
        };
        let all = ranked(rows.iter().map(key));
        let top = Pipe::Top(Top { limit, by: by.clone(), hits: "count".into() });
        prop_assert_eq!(texts(&rows_of(&top, &rows)), lines(&all, true));

        let mut there = all;
        there.retain(|(key, _)| key.iter().any(|text| text.as_ref().is_some_and(|text| !text.is_empty())));
        let uniq = |hits: Option<String>| Pipe::Uniq(Uniq { by: by.clone(), hits, limit: Some(limit) });
        prop_assert_eq!(texts(&rows_of(&uniq(Some("count".into())), &rows)), lines(&there, true));
        there.sort();
        prop_assert_eq!(texts(&rows_of(&uniq(None), &rows)), lines(&there, false));
    }

    #[test]
    fn names_and_values_are_what_a_loop_would_count(rows in prop::collection::vec(test_row(), 0..40), limit in 0u64..9) {
        let line = |(text, count): (String, i64)| vec![text, count.to_string()];
        let named = ranked(rows.iter().flat_map(fields).map(|(name, _)| name));
        prop_assert_eq!(texts(&rows_of(&Pipe::FieldNames, &rows)), named.into_iter().map(line).collect::<Vec<_>>());

        let pipe = Pipe::FieldValues(FieldValues { field: "level".into(), limit: Some(limit) });
        let values = ranked(rows.iter().filter_map(|row| row.text("level")));
        let expected: Vec<Vec<String>> = values.into_iter().take(limit as usize).map(line).collect();
        prop_assert_eq!(texts(&rows_of(&pipe, &rows)), expected);
    }

    #[test]
    fn facets_are_what_a_loop_would_count(asked in facets(), rows in prop::collection::vec(test_row(), 0..40)) {
        let mut expected = Vec::new();
        for name in NAMES {
            let values = ranked(rows.iter().filter_map(|row| row.text(name)));
            let is_const = values.len() == 1 && values[0].1 == rows.len() as i64;
            let is_long = values.iter().any(|(text, _)| text.len() as u64 > asked.max_value_len);
            if is_long || values.len() as u64 > asked.max_values || (is_const && !asked.keep_const) {
                continue;
            }
            let line = |(text, count): (String, i64)| vec![name.to_owned(), text, count.to_string()];
            expected.extend(values.into_iter().take(asked.limit as usize).map(line));
        }
        prop_assert_eq!(texts(&rows_of(&Pipe::Facets(asked), &rows)), expected);
    }
}

#[test]
fn a_field_named_as_a_column_of_counts_keeps_both() {
    let row = TestRow(vec![("hits".into(), OwnedValue::Str("a".into()))]);
    let values = Pipe::FieldValues(FieldValues { field: "hits".into(), limit: None });
    assert_eq!(texts(&rows_of(&values, &[row])), [["a", "1"]]);
}
