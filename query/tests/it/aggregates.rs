//! Which aggregates the property tests are about: every function and bucket that can be said.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use vigil_query::{Bucket, Function, GroupKey, Stat, StatFunction, Stats, TIME_FIELD};

use crate::pipes::{column, columns, condition};

fn function() -> impl Strategy<Value = StatFunction> {
    let of = |function| columns().prop_map(move |fields| StatFunction::of(function, fields));
    let some = |function| vec(column(), 0..3).prop_map(move |fields| StatFunction::of(function, fields));
    let one = |function| column().prop_map(move |field| StatFunction::of(function, [field]));
    let limited = |function| {
        (columns(), option::of(any::<u64>())).prop_map(move |(fields, limit)| StatFunction {
            function,
            fields,
            share: None,
            limit,
        })
    };
    prop_oneof![
        select(&[Function::Count, Function::SumLen][..]).prop_flat_map(some),
        select(&[Function::First, Function::Last, Function::Histogram][..]).prop_flat_map(one),
        select(&[Function::CountUniq, Function::UniqValues, Function::Values][..]).prop_flat_map(limited),
        select(&[Function::Sum, Function::Avg, Function::Min, Function::Max, Function::Median][..]).prop_flat_map(of),
        select(&[Function::CountEmpty, Function::RateSum, Function::Stddev, Function::Variance][..]).prop_flat_map(of),
        Just(StatFunction::of(Function::Rate, [])),
        (columns(), prop_oneof![select(&[0.0, 0.5, 0.95, 1.0][..]), 0.0..=1.0]).prop_map(|(fields, share)| {
            StatFunction { function: Function::Quantile, fields, share: Some(share), limit: None }
        }),
    ]
}

fn bucket() -> impl Strategy<Value = Bucket> {
    let width = prop_oneof![select(&[0.5, 1.0, 10_240.0][..]), any::<f64>().prop_map(f64::abs)];
    let width = width.prop_filter("above 0", |width| *width > 0.0 && width.is_finite());
    let offset = prop_oneof![Just(0.0), any::<f64>().prop_filter("finite", |offset| offset.is_finite())];
    prop_oneof![
        (width, offset).prop_map(|(width, offset)| Bucket::Number { width, offset }),
        (0_u8..=32).prop_map(Bucket::Ip),
    ]
}

fn time_bucket() -> impl Strategy<Value = Bucket> {
    let width = prop_oneof![(1_i64..100).prop_map(|minutes| minutes * 60_000_000_000), 1..=i64::MAX];
    let offset = prop_oneof![Just(0), -i64::MAX..=i64::MAX];
    (width, offset).prop_map(|(width, offset)| Bucket::Time { width, offset })
}

fn key(field: String) -> impl Strategy<Value = GroupKey> {
    option::of(bucket()).prop_map(move |bucket| GroupKey { field: field.clone(), bucket })
}

pub(crate) fn stats() -> impl Strategy<Value = Stats> {
    let time =
        option::of(time_bucket().prop_map(|bucket| GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(bucket) }));
    let parts = (btree_set(column(), 1..5), vec((function(), condition()), 1..4), any::<Index>());
    (parts, time).prop_flat_map(|((names, mut functions, split), time)| {
        let mut names: Vec<String> = names.into_iter().collect();
        let by = names.split_off(split.index(names.len()) + 1);
        functions.truncate(names.len());
        let functions: Vec<Stat> = functions
            .into_iter()
            .zip(names)
            .map(|((function, only_if), name)| Stat { function, only_if, name })
            .collect();
        let keys: Vec<_> = by.into_iter().map(key).collect();
        keys.prop_map(move |keys| Stats {
            functions: functions.clone(),
            by: keys.into_iter().chain(time.clone()).collect(),
        })
    })
}
