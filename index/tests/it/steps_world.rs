//! Random pipes of every kind, made so that one finds what another left.

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::Timestamp;
use vigil_query::{
    Collapse, Expression, Extract, ExtractRegex, Facets, FieldTest, FieldValues, Filter, Format, Join, MathFunction,
    MathOperator, MathStep, Pack, Pattern, Pipe, Query, Replace, ReplaceRegex, TimeRange, Top, Uniq, Unpack, Unroll,
    Windows,
};

use crate::world;

fn only_if() -> impl Strategy<Value = Option<Filter>> {
    prop_oneof![3 => Just(None), 1 => world::filter().prop_map(Some)]
}

fn from() -> impl Strategy<Value = Option<String>> {
    prop::option::of(world::column())
}

fn unpack() -> impl Strategy<Value = Unpack> {
    let fields = prop_oneof![2 => Just(Vec::new()), 1 => vec(name(), 1..3)];
    let prefix = prop::sample::select(vec!["", "out", "x."]).prop_map(str::to_owned);
    (from(), fields, prefix, any::<bool>(), only_if()).prop_map(|(from, fields, prefix, keep_original, only_if)| {
        Unpack { from, fields, prefix, keep_original, only_if }
    })
}

/// A column, or a pattern of some.
fn name() -> impl Strategy<Value = String> {
    let pattern = prop::sample::select(vec!["*", "_*", "h*", "m*", "out*"]).prop_map(str::to_owned);
    prop_oneof![3 => world::column(), 1 => pattern]
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        prop::sample::select(vec![0.0, 2.0, 0.5]).prop_map(Expression::Number),
        world::column().prop_map(Expression::Field),
    ];
    let operator = prop::sample::select(vec![MathOperator::Default, MathOperator::Add, MathOperator::Divide]);
    leaf.prop_recursive(2, 6, 2, move |inner| {
        let call = vec(inner.clone(), 1..3).prop_map(|all| Expression::Call(MathFunction::Max, all));
        let binary = (inner.clone(), operator.clone(), inner)
            .prop_map(|(a, operator, b)| Expression::Binary(Box::new(a), operator, Box::new(b)));
        prop_oneof![call, binary]
    })
}

fn pack() -> impl Strategy<Value = Pack> {
    (vec(name(), 0..2), from()).prop_map(|(fields, into)| Pack { fields, into })
}

fn shaping() -> impl Strategy<Value = Pipe> {
    let pair = || vec((world::column(), world::column()), 1..3);
    let regex = || prop::sample::select(vec![r"(?P<host>\w+).(?P<out>\w)?", "[aeiou]+", r"(\d)"]);
    let extract_regex =
        (regex(), from(), any::<bool>(), only_if()).prop_map(|(pattern, from, keep_original, only_if)| {
            let pattern = Pattern::new(pattern).expect("good");
            Pipe::ExtractRegex(ExtractRegex { pattern, from, keep_original, only_if })
        });
    let extract = (prop::sample::select(vec!["<out> <n>", "e<host>r", "<_>.<n>"]), from(), any::<bool>(), only_if())
        .prop_map(|(pattern, from, keep_original, only_if)| {
            Pipe::Extract(Extract { pattern: pattern.to_owned(), from, keep_original, only_if })
        });
    let format = (prop::sample::select(vec!["<host>-<n>", "[<q:message>]", "<_id>"]), from(), any::<bool>(), only_if())
        .prop_map(|(template, into, keep_original, only_if)| {
            Pipe::Format(Format { template: template.to_owned(), into, keep_original, only_if })
        });
    let replace = (from(), prop::option::of(0u64..3), only_if()).prop_map(|(at, limit, only_if)| {
        Pipe::Replace(Replace { old: "e".into(), new: "7é".into(), at, limit, only_if })
    });
    let replace_regex =
        (regex(), from(), prop::option::of(0u64..3), only_if()).prop_map(|(old, at, limit, only_if)| {
            let pattern = Pattern::new(old).expect("good");
            Pipe::ReplaceRegex(ReplaceRegex { pattern, new: "<$0>".into(), at, limit, only_if })
        });
    prop_oneof![
        vec(name(), 1..4).prop_map(Pipe::Fields),
        vec(name(), 1..3).prop_map(Pipe::Delete),
        pair().prop_map(Pipe::Rename),
        pair().prop_map(Pipe::Copy),
        Just(Pipe::DropEmpty),
        extract,
        extract_regex,
        unpack().prop_map(Pipe::UnpackJson),
        unpack().prop_map(Pipe::UnpackLogfmt),
        unpack().prop_map(Pipe::UnpackSyslog),
        format,
        replace,
        replace_regex,
        (expression(), world::column()).prop_map(|(expression, into)| Pipe::Math(vec![MathStep { expression, into }])),
        (world::column(), world::column()).prop_map(|(field, into)| Pipe::Len { field, into }),
        world::column().prop_map(Pipe::Decolorize),
        (from(), only_if()).prop_map(|(at, only_if)| Pipe::Collapse(Collapse { at, only_if })),
        pack().prop_map(Pipe::PackJson),
        pack().prop_map(Pipe::PackLogfmt),
    ]
}

fn whole() -> impl Strategy<Value = Pipe> {
    let by = || vec(world::column(), 1..3);
    let unroll = (by(), only_if()).prop_map(|(by, only_if)| Pipe::Unroll(Unroll { by, only_if }));
    let hour = 3_600_000_000_000;
    let windows = (0u64..9, 1i64..30).prop_map(move |(count, range)| {
        let first = 20_777 * Timestamp::DAY;
        Pipe::Windows(Windows { first, step: 5 * hour, count, range: range * hour })
    });
    prop_oneof![
        4 => world::filter().prop_map(Pipe::Where),
        1 => world::column().prop_map(|name| Pipe::Where(Filter::field(&name, FieldTest::Exists))),
        1 => (0u64..4).prop_map(Pipe::Sample),
        2 => unroll,
        1 => windows,
        1 => (0u64..9, by()).prop_map(|(limit, by)| Pipe::Top(Top { limit, by, hits: "count".into() })),
        1 => (by(), any::<bool>()).prop_map(|(by, hits)| {
            Pipe::Uniq(Uniq { by, hits: hits.then(|| "count".to_owned()), limit: None })
        }),
        1 => Just(Pipe::FieldNames),
        1 => world::column().prop_map(|field| Pipe::FieldValues(FieldValues { field, limit: Some(5) })),
        1 => Just(Pipe::Facets(Facets { limit: 3, max_values: 20, max_value_len: 64, keep_const: true })),
        1 => (world::filter(), 0u64..5).prop_map(|(filter, n)| Pipe::Union(Box::new(inner(filter, vec![Pipe::Limit(n)])))),
        1 => (by(), world::filter(), any::<bool>()).prop_map(|(by, filter, is_inner)| {
            Pipe::Join(Join { by, query: Box::new(inner(filter, Vec::new())), inner: is_inner, prefix: "o.".into() })
        }),
    ]
}

pub(crate) fn inner(filter: Filter, pipes: Vec<Pipe>) -> Query {
    Query { time: TimeRange::ALL, filter, pipes }
}

/// Queries of some pipes of every kind, among them what packs and unpacks.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    let packed = unpack().prop_map(|unpack| {
        let into = unpack.from.clone();
        vec![Pipe::PackJson(Pack { fields: Vec::new(), into }), Pipe::UnpackJson(unpack)]
    });
    let pipes = prop_oneof![
        6 => shaping().prop_map(|pipe| vec![pipe]),
        4 => whole().prop_map(|pipe| vec![pipe]),
        2 => world::pipe().prop_map(|pipe| vec![pipe]),
        1 => packed,
    ];
    (world::query(), vec(pipes, 0..5)).prop_map(|(query, pipes)| Query { pipes: pipes.concat(), ..query })
}
