//! Which pipes the property tests are about: every one that can be said.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use vigil_query::{
    Collapse, Context, Extract, ExtractRegex, Facets, FieldValues, Filter, Format, Join, MathStep, Pack, Pattern, Pipe,
    Query, Replace, ReplaceRegex, SortKey, Top, Uniq, Unpack, Unroll, Windows,
};

use crate::aggregates::stats;
use crate::expressions::expression;
use crate::support::{filter, name, text};

const PATTERNS: [&str; 4] = ["(?P<ip>[0-9.]+)", r#"a"\d(?<x>b|c)\\"#, "(?i)größe=(?P<größe>\\w+)", "(?P<a>)\n"];

/// A name that is likely, or any text.
pub(crate) fn column() -> impl Strategy<Value = String> {
    prop_oneof![
        name(),
        text(),
        select(&["if", "limit", "as", "by", "hits", "from", "at", "default", "desc"][..]).prop_map(str::to_owned)
    ]
}

pub(crate) fn columns() -> impl Strategy<Value = Vec<String>> {
    vec(column(), 1..4)
}

/// A filter that a pipe or function may have.
pub(crate) fn condition() -> impl Strategy<Value = Option<Filter>> {
    prop_oneof![3 => Just(None), 1 => filter().prop_map(Some)]
}

fn wildcards() -> impl Strategy<Value = Vec<String>> {
    let wildcard = prop_oneof![column(), column().prop_map(|name| format!("{name}*"))];
    vec(wildcard, 1..4)
}

fn distinct() -> impl Strategy<Value = Vec<String>> {
    btree_set(column(), 2..4).prop_map(|names| names.into_iter().collect())
}

fn template() -> impl Strategy<Value = String> {
    let tag = select(&["<a>", "<my field>", "<q:a>", "<uc:b.c>", "<time:ts>", "<duration:d>", "<lc:größe>"][..]);
    let part = prop_oneof![text().prop_map(|text| text.replace('<', "&lt;")), tag.prop_map(str::to_owned)];
    vec(part, 0..5).prop_map(|parts| parts.concat())
}

fn extract_pattern() -> impl Strategy<Value = String> {
    let literal = || text().prop_map(|text| format!("{}-", text.replace('<', "")));
    let tag = select(&["<a>", "<my field>", "<plain:b>", "<>", "<_>"][..]);
    (vec((literal(), tag), 0..4), literal())
        .prop_map(|(parts, end)| parts.into_iter().map(|(text, tag)| text + tag).collect::<String>() + &end + "<z>")
}

fn pattern() -> impl Strategy<Value = Pattern> {
    select(&PATTERNS[..]).prop_map(|text| Pattern::new(text).expect("a good one"))
}

fn unpack() -> impl Strategy<Value = Unpack> {
    (option::of(column()), vec(column(), 0..3), prop_oneof![Just(String::new()), text()], any::<bool>(), condition())
        .prop_map(|(from, fields, prefix, keep_original, only_if)| Unpack {
            from,
            fields,
            prefix,
            keep_original,
            only_if,
        })
}

fn pack() -> impl Strategy<Value = Pack> {
    (prop_oneof![Just(Vec::new()), wildcards()], option::of(column())).prop_map(|(fields, into)| Pack { fields, into })
}

fn which_rows() -> impl Strategy<Value = Pipe> {
    let key = (column(), any::<bool>()).prop_map(|(field, descending)| SortKey { field, descending });
    let split = |mut names: Vec<String>| (names.pop().expect("two or more"), names);
    prop_oneof![
        filter().prop_map(Pipe::Where),
        vec(key, 1..4).prop_map(Pipe::Sort),
        any::<u64>().prop_map(Pipe::Limit),
        any::<u64>().prop_map(Pipe::Offset),
        (1..=u64::MAX).prop_map(Pipe::Sample),
        (any::<u64>(), distinct()).prop_map(move |(limit, names)| {
            let (hits, by) = split(names);
            Pipe::Top(Top { limit, by, hits })
        }),
        (distinct(), any::<bool>(), option::of(any::<u64>())).prop_map(move |(names, counts, limit)| {
            let (hits, by) = split(names);
            Pipe::Uniq(Uniq { by, hits: counts.then_some(hits), limit })
        }),
    ]
}

fn which_columns() -> impl Strategy<Value = Pipe> {
    let pairs = || vec((column(), column()), 1..4);
    prop_oneof![
        wildcards().prop_map(Pipe::Fields),
        wildcards().prop_map(Pipe::Delete),
        pairs().prop_map(Pipe::Rename),
        pairs().prop_map(Pipe::Copy),
        Just(Pipe::DropEmpty),
        unpack().prop_map(Pipe::UnpackJson),
        unpack().prop_map(Pipe::UnpackLogfmt),
        unpack().prop_map(Pipe::UnpackSyslog),
        pack().prop_map(Pipe::PackJson),
        pack().prop_map(Pipe::PackLogfmt),
        (columns(), condition()).prop_map(|(by, only_if)| Pipe::Unroll(Unroll { by, only_if })),
    ]
}

fn what_is_in_a_text() -> impl Strategy<Value = Pipe> {
    prop_oneof![
        (extract_pattern(), option::of(column()), any::<bool>(), condition()).prop_map(
            |(pattern, from, keep_original, only_if)| Pipe::Extract(Extract { pattern, from, keep_original, only_if })
        ),
        (pattern(), option::of(column()), any::<bool>(), condition()).prop_map(
            |(pattern, from, keep_original, only_if)| {
                Pipe::ExtractRegex(ExtractRegex { pattern, from, keep_original, only_if })
            }
        ),
        (template(), option::of(column()), any::<bool>(), condition()).prop_map(
            |(template, into, keep_original, only_if)| Pipe::Format(Format { template, into, keep_original, only_if })
        ),
        (text(), text(), option::of(column()), option::of(any::<u64>()), condition()).prop_map(
            |(old, new, at, limit, only_if)| {
                Pipe::Replace(Replace { old: format!("{old}x"), new, at, limit, only_if })
            }
        ),
        (pattern(), text(), option::of(column()), option::of(any::<u64>()), condition()).prop_map(
            |(pattern, new, at, limit, only_if)| {
                Pipe::ReplaceRegex(ReplaceRegex { pattern, new, at, limit, only_if })
            }
        ),
    ]
}

fn what_a_value_is() -> impl Strategy<Value = Pipe> {
    let step = (expression(), column()).prop_map(|(expression, into)| MathStep { expression, into });
    prop_oneof![
        3 => vec(step, 1..3).prop_map(Pipe::Math),
        1 => (column(), column()).prop_map(|(field, into)| Pipe::Len { field, into }),
        1 => column().prop_map(Pipe::Decolorize),
        1 => (option::of(column()), condition()).prop_map(|(at, only_if)| Pipe::Collapse(Collapse { at, only_if })),
    ]
}

fn what_is_there() -> impl Strategy<Value = Pipe> {
    let count = || prop_oneof![select(&[0, 10, 128, 1_000][..]), any::<u64>()];
    let long = 1..=i64::MAX;
    prop_oneof![
        Just(Pipe::FieldNames),
        (column().prop_filter("its own count", |name| name != "hits"), option::of(any::<u64>()))
            .prop_map(|(field, limit)| Pipe::FieldValues(FieldValues { field, limit })),
        (count(), count(), count(), any::<bool>()).prop_map(|(limit, max_values, max_value_len, keep_const)| {
            Pipe::Facets(Facets { limit, max_values, max_value_len, keep_const })
        }),
        (count(), count()).prop_map(|(before, after)| Pipe::Context(Context { before, after })),
        (any::<i64>(), long.clone(), count(), long).prop_map(|(first, step, count, range)| Pipe::Windows(Windows {
            first,
            step,
            count,
            range
        })),
    ]
}

/// A pipe in the form in which the parser builds it.
pub(crate) fn pipe() -> impl Strategy<Value = Pipe> {
    let leaf = prop_oneof![
        which_rows(),
        which_columns(),
        what_is_in_a_text(),
        what_a_value_is(),
        what_is_there(),
        stats().prop_map(Pipe::Stats)
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let query = (filter(), vec(inner, 0..3)).prop_map(|(filter, pipes)| Box::new(query(filter, pipes))).boxed();
        prop_oneof![
            query.clone().prop_map(Pipe::Union),
            (columns(), query, any::<bool>(), prop_oneof![Just(String::new()), text()])
                .prop_map(|(by, query, inner, prefix)| Pipe::Join(Join { by, query, inner, prefix })),
        ]
    })
}

/// A query whose time is what its filter says.
pub(crate) fn query(filter: Filter, pipes: Vec<Pipe>) -> Query {
    Query { time: filter.time_range(), filter, pipes }
}
