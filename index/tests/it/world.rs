//! Random events, filters and queries, made so that they often meet.

use std::net::Ipv4Addr;

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::{List, RecordBuilder, Records, Timestamp, Value};
use vigil_query::{
    Bound, Case, Comparison, FieldTest, Filter, Function, GroupKey, IpRange, Pattern, Pipe, Query, Set, SortKey, Stat,
    StatFunction, Stats, TimeRange,
};

/// Names of fields; few, so that filters meet them.
const NAMES: [&str; 5] = ["host", "level", "message", "n", "src.ip"];
const HOUR: i64 = 3_600_000_000_000;

/// When the events happen: some days, and two far away.
fn times() -> impl Strategy<Value = Timestamp> {
    let base = 20_778 * Timestamp::DAY;
    prop_oneof![
        20 => (0i64..60).prop_map(move |hours| Timestamp(base - hours * HOUR)),
        1 => Just(Timestamp(base + 9 * Timestamp::DAY)),
        1 => Just(Timestamp(-base)),
        1 => Just(Timestamp::MAX),
    ]
}

/// Words that are common, random-looking, short numbers, foreign.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["error", "Error", "web", "refused", "connection", "x", "go_on", "über", "İx", "ςΣ"])
            .prop_map(str::to_owned),
        3 => "[0-9]{1,6}",
        2 => prop::sample::select(vec!["4f5a6b7c", "deadbeef01", "i0123456789z", "4f5a", "1608999687", "9990000687"])
            .prop_map(str::to_owned),
        1 => "[a-f0-9]{4,8}",
        1 => Just("w".repeat(70)),
        1 => Just(format!("{}7", "w".repeat(70))),
    ]
}

/// Words with something between them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec![" ", ".", "-", ", ", ": "]);
    let joined = |parts: Vec<(String, &str)>| {
        let mut text: String = parts.iter().map(|(word, separator)| format!("{word}{separator}")).collect();
        if text.len().is_multiple_of(2) {
            text.pop();
        }
        text
    };
    prop_oneof![8 => vec((word(), separator), 0..7).prop_map(joined), 1 => Just("10.2.33.44".to_owned()), 1 => "\\PC{0,6}"]
}

/// A value that stands on its own, to be encoded later.
#[derive(Clone, Debug)]
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Time(i64),
    List(Vec<Plain>),
}

fn plain() -> impl Strategy<Value = Plain> {
    let leaf = prop_oneof![
        1 => Just(Plain::Null),
        1 => any::<bool>().prop_map(Plain::Bool),
        3 => (-3i64..4).prop_map(Plain::Int),
        1 => any::<i64>().prop_map(Plain::Int),
        2 => prop::sample::select(vec![0.0, -0.0, 0.5, 3.0, 1e300, f64::NAN, f64::INFINITY]).prop_map(Plain::Float),
        12 => text().prop_map(Plain::Text),
        1 => vec(any::<u8>(), 0..4).prop_map(Plain::Bytes),
        1 => any::<i64>().prop_map(Plain::Time),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| vec(inner, 0..4).prop_map(Plain::List))
}

fn encode(value: &Plain, out: &mut Vec<u8>) {
    let mut items = Vec::new();
    let value = match value {
        Plain::Null => Value::Null,
        Plain::Bool(value) => Value::Bool(*value),
        Plain::Int(value) => Value::Int(*value),
        Plain::Float(value) => Value::Float(*value),
        Plain::Text(text) => Value::Str(text),
        Plain::Bytes(bytes) => Value::Bytes(bytes),
        Plain::Time(time) => Value::Time(Timestamp(*time)),
        Plain::List(list) => {
            list.iter().for_each(|item| encode(item, &mut items));
            Value::List(List::from_encoded(&items))
        }
    };
    value.encode(out);
}

/// Up to `most` records.
pub(crate) fn records(most: usize) -> impl Strategy<Value = Records> {
    let field = (prop::sample::select(NAMES.to_vec()), plain());
    let record = (times(), any::<bool>(), vec(field, 0..6));
    vec(record, 1..most).prop_map(|all| {
        let mut records = Records::new();
        let mut builder = RecordBuilder::new();
        for (time, assumed, fields) in all {
            builder.clear();
            for (name, value) in fields {
                let mut bytes = Vec::new();
                encode(&value, &mut bytes);
                let mut reader = vigil_model::Reader(&bytes);
                builder.push(name, Value::decode(&mut reader).expect("just encoded"));
            }
            records.push(&mut builder, time, assumed).expect("small");
        }
        records
    })
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        prop::sample::select(vec![0.0, 0.5, 2.0, 404.0]).prop_map(Bound::Number),
        text().prop_map(Bound::Text),
        times().prop_map(Bound::Time),
    ]
}

/// A part of a word or of a text, as it is searched for inside of values.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (word(), 0usize..4, 1usize..6).prop_map(|(word, skip, take)| word.chars().skip(skip).take(take).collect()),
        2 => (text(), 0usize..6, 1usize..12).prop_map(|(text, skip, take)| text.chars().skip(skip).take(take).collect()),
    ]
}

/// Expressions that find something: with literals, without, in any case, with choices and repetitions.
fn pattern() -> impl Strategy<Value = Pattern> {
    let literal = || piece().prop_map(|piece| piece.replace(|c: char| c.is_ascii_punctuation(), "."));
    let text = prop_oneof![
        3 => literal(),
        2 => literal().prop_map(|literal| format!("(?i){literal}")),
        2 => (literal(), literal()).prop_map(|(a, b)| format!("{a}.*{b}")),
        2 => (literal(), literal()).prop_map(|(a, b)| format!("({a}|{b})")),
        1 => literal().prop_map(|literal| format!("^{literal}$")),
        1 => Just("[a-f0-9]{4,}".to_owned()),
        1 => literal().prop_map(|literal| format!("({literal})?x*")),
    ];
    text.prop_map(|text| Pattern::new(&text).expect("made of parts that are good"))
}

fn set() -> impl Strategy<Value = Set> {
    vec(prop_oneof![2 => text(), 1 => word()], 0..4).prop_map(Set::Values)
}

/// Tests of what stands inside of values, and of sets and ranges.
fn inner_test() -> impl Strategy<Value = FieldTest> {
    let case = prop_oneof![Just(Case::Folded), Just(Case::Exact)];
    let ends = [Ipv4Addr::new(10, 0, 0, 0), Ipv4Addr::new(10, 2, 255, 255)].map(|address| address.to_ipv6_mapped());
    prop_oneof![
        4 => (piece(), case).prop_map(|(piece, case)| FieldTest::Substring(piece, case)),
        4 => pattern().prop_map(FieldTest::Regex),
        2 => text().prop_map(FieldTest::CasedPhrase),
        2 => text().prop_map(FieldTest::CasedPrefix),
        2 => set().prop_map(FieldTest::In),
        1 => set().prop_map(FieldTest::ContainsAll),
        1 => set().prop_map(FieldTest::ContainsAny),
        1 => vec(word(), 0..3).prop_map(FieldTest::Sequence),
        1 => (text(), text()).prop_map(|(low, high)| FieldTest::StringRange(low, high)),
        1 => (0u64..5, 0u64..20).prop_map(|(least, more)| FieldTest::LengthRange(least, least + more)),
        1 => Just(FieldTest::IpRange(IpRange { first: ends[0], last: ends[1] })),
        1 => prop::sample::select(vec!["int", "string", "list", "null"]).prop_map(|kind| FieldTest::ValueType(kind.to_owned())),
    ]
}

fn test() -> impl Strategy<Value = FieldTest> {
    prop_oneof![3 => plain_test(), 2 => inner_test()]
}

fn plain_test() -> impl Strategy<Value = FieldTest> {
    let comparison = prop::sample::select(vec![
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    let end = || prop::option::of((bound(), any::<bool>()));
    prop_oneof![
        5 => text().prop_map(FieldTest::Phrase),
        3 => word().prop_map(FieldTest::Phrase),
        3 => text().prop_map(FieldTest::Prefix),
        3 => (word(), 0usize..5).prop_map(|(word, keep)| FieldTest::Prefix(word.chars().take(keep).collect())),
        2 => text().prop_map(FieldTest::Exact),
        2 => text().prop_map(FieldTest::ExactPrefix),
        1 => Just(FieldTest::Exists),
        1 => Just(FieldTest::Empty),
        1 => (comparison, bound()).prop_map(|(comparison, bound)| FieldTest::Compare(comparison, bound)),
        1 => (end(), end()).prop_map(|(low, high)| FieldTest::Range { low, high }),
    ]
}

/// Filters, mostly of one test.
pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let name = prop::sample::select(vec!["host", "level", "message", "n", "src.ip", "_time", "missing"]);
    let leaf = prop_oneof![
        1 => Just(Filter::All),
        4 => test().prop_map(Filter::any),
        6 => (name, test()).prop_map(|(name, test)| Filter::field(name, test)),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Filter::negated),
            vec(inner.clone(), 1..3).prop_map(Filter::And),
            vec(inner, 1..3).prop_map(Filter::Or),
        ]
    })
}

pub(crate) fn column() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["host", "level", "message", "n", "_time", "_id", "count", "out"]).prop_map(str::to_owned)
}

pub(crate) fn pipe() -> impl Strategy<Value = Pipe> {
    let function = (column(), 0..6).prop_map(|(name, which)| match which {
        0 => StatFunction::of(Function::Count, []),
        1 => StatFunction::of(Function::Count, [name]),
        2 => StatFunction::of(Function::Sum, [name]),
        3 => StatFunction::of(Function::Min, [name]),
        4 => StatFunction::of(Function::Max, [name]),
        _ => StatFunction::of(Function::Avg, [name]),
    });
    let functions = vec(function, 1..3).prop_map(|functions| {
        let named = |(n, function): (usize, StatFunction)| Stat {
            function,
            only_if: None,
            name: ["count", "out"][n].to_owned(),
        };
        functions.into_iter().enumerate().map(named).collect()
    });
    let key = (column(), any::<bool>()).prop_map(|(field, descending)| SortKey { field, descending });
    prop_oneof![
        2 => (functions, vec(column(), 0..3)).prop_map(|(functions, by)| Pipe::Stats(Stats { functions, by: by.into_iter().map(GroupKey::plain).collect() })),
        2 => vec(key, 1..3).prop_map(Pipe::Sort),
        2 => (0u64..12).prop_map(Pipe::Limit),
        1 => (0u64..4).prop_map(Pipe::Offset),
        1 => vec(column(), 1..4).prop_map(Pipe::Fields),
    ]
}

/// Queries of up to three pipes.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    let range = prop_oneof![
        3 => Just(TimeRange::ALL),
        1 => (times(), times()).prop_map(|(a, b)| TimeRange { from: a.min(b), to: a.max(b) }),
    ];
    (range, filter(), vec(pipe(), 0..4)).prop_map(|(time, filter, pipes)| Query { time, filter, pipes })
}
