//! Which queries, texts and records the property tests are about.

use std::net::Ipv6Addr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vigil_model::{List, Record, RecordBuilder, Timestamp, Value};
use vigil_query::{
    Bound, Case, Comparison, Field, FieldTest, Filter, IpRange, Number, Pattern, Pipe, Query, Relation, Set, TIME_FIELD,
};

/// 2026-08-01T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

/// Pieces that are near to each other on purpose: cases, cuts, odd foldings, digits, signs.
const PIECES: [&str; 40] = [
    "a", "A", "b", "k", "K", "\u{212a}", "i", "I", "İ", "ı", "ß", "ẞ", "ſ", "s", "S", "σ", "ς", "Σ", "é", "É",
    "e\u{301}", "\u{307}", "错", "误", "_", "1", "11", "0", "-", "--", ".", ":", " ", "  ", "\n", "\"", "\\", "true",
    "5m", "ⅷ",
];
const NAMES: [&str; 8] = ["a", "b.c", "@t", "my field", "", "and", "k8s/x-y", "größe"];

/// A short text in which anything may be near anything.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => vec(select(&PIECES[..]), 0..7).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
        1 => (-20_i64..20).prop_map(|number| number.to_string()),
        1 => select(&["NOT", "or", "2026-08-01", "1e3", "10KiB", "TO", "by", "1h30m", "-inf", "*", "#", "10.0.0.1", "fe80::3", "/a/", "~a"][..]).prop_map(str::to_owned),
    ]
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => (-3_i64..3).prop_map(|days| Timestamp(NOW.0 + days * Timestamp::DAY / 2)),
        1 => any::<i64>().prop_map(Timestamp),
    ]
}

fn number_bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        4 => (-20_i64..20).prop_map(|whole| Bound::from(Number::Int(whole))),
        1 => any::<i64>().prop_map(|whole| Bound::from(Number::Int(whole))),
        1 => any::<i64>().prop_map(|whole| Bound::Number(whole as f64)),
        1 => any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Bound::Number),
    ]
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![number_bound(), time().prop_map(Bound::Time), text().prop_map(Bound::Text)]
}

fn test_with(bound: impl Strategy<Value = Bound> + Clone + 'static) -> impl Strategy<Value = FieldTest> {
    let comparison =
        select(&[Comparison::Less, Comparison::LessOrEqual, Comparison::Greater, Comparison::GreaterOrEqual][..]);
    let end = (bound.clone(), any::<bool>());
    prop_oneof![
        (comparison, bound).prop_map(|(comparison, bound)| FieldTest::Compare(comparison, bound)),
        (proptest::option::of(end.clone()), proptest::option::of(end)).prop_map(|(low, high)| match (low, high) {
            (None, None) => FieldTest::Exists,
            (low, high) => FieldTest::Range { low, high },
        }),
    ]
}

/// A test of a text in the form in which the parser builds it.
fn text_test() -> impl Strategy<Value = FieldTest> {
    let empty_or =
        |make: fn(String) -> FieldTest| move |text: String| if text.is_empty() { FieldTest::Empty } else { make(text) };
    let exists_or = |make: fn(String) -> FieldTest| {
        move |text: String| if text.is_empty() { FieldTest::Exists } else { make(text) }
    };
    prop_oneof![
        4 => text().prop_map(empty_or(FieldTest::Phrase)),
        3 => text().prop_map(exists_or(FieldTest::Prefix)),
        3 => text().prop_map(empty_or(FieldTest::CasedPhrase)),
        2 => text().prop_map(exists_or(FieldTest::CasedPrefix)),
        3 => text().prop_map(exists_or(|text| FieldTest::Substring(text, Case::Folded))),
        2 => text().prop_map(exists_or(|text| FieldTest::Substring(text, Case::Exact))),
        2 => text().prop_map(empty_or(FieldTest::Exact)),
        1 => text().prop_map(exists_or(FieldTest::ExactPrefix)),
        3 => pattern().prop_map(FieldTest::Regex),
        2 => set().prop_map(FieldTest::In),
        2 => set().prop_map(FieldTest::ContainsAll),
        2 => set().prop_map(FieldTest::ContainsAny),
        2 => vec(text(), 1..4).prop_map(FieldTest::Sequence),
        1 => (text(), text()).prop_map(|(low, high)| FieldTest::StringRange(low, high)),
    ]
}

fn field_test() -> impl Strategy<Value = FieldTest> {
    let length = || prop_oneof![4 => 0_u64..8, 1 => Just(u64::MAX)];
    prop_oneof![
        14 => text_test(),
        1 => Just(FieldTest::Exists),
        1 => Just(FieldTest::Empty),
        3 => test_with(bound().boxed()),
        1 => (length(), length()).prop_map(|(a, b)| FieldTest::LengthRange(a.min(b), a.max(b))),
        1 => (address(), address()).prop_map(|(a, b)| FieldTest::IpRange(IpRange { first: a.min(b), last: a.max(b) })),
        1 => select(&TYPES[..]).prop_map(|name| FieldTest::ValueType(name.to_owned())),
        1 => clock_test(),
    ]
}

const TYPES: [&str; 8] = ["null", "bool", "int", "float", "string", "bytes", "time", "list"];

fn address() -> impl Strategy<Value = Ipv6Addr> {
    prop_oneof![
        (0_u128..6).prop_map(|n| Ipv6Addr::from_bits(0xfe80 << 112 | n)),
        (0_u8..3).prop_map(|n| std::net::Ipv4Addr::new(10, 0, 0, n).to_ipv6_mapped()),
        Just(Ipv6Addr::from_bits(0)),
    ]
}

/// When in the day or in the week.
fn clock_test() -> impl Strategy<Value = FieldTest> {
    let offset = || prop_oneof![Just(0_i64), -30 * HOUR..30 * HOUR, any::<i64>().prop_map(|nanos| nanos / 2)];
    let moment = || prop_oneof![(0_i64..24).prop_map(|hour| hour * HOUR), 0..Timestamp::DAY, Just(Timestamp::DAY)];
    prop_oneof![
        (moment(), moment(), offset())
            .prop_filter("some moment", |(a, b, _)| a != b)
            .prop_map(|(a, b, offset)| FieldTest::DayRange { from: a.min(b), to: a.max(b), offset }),
        (0_u8..7, 0_u8..7, offset()).prop_map(|(a, b, offset)| FieldTest::WeekRange {
            from: a.min(b),
            to: a.max(b),
            offset
        }),
    ]
}

const HOUR: i64 = 3_600_000_000_000;

/// Texts, now and then none at all, or a query that was not asked yet.
fn set() -> impl Strategy<Value = Set> {
    let query = text().prop_map(|text| {
        let filter = if text.is_empty() { Filter::All } else { Filter::any(FieldTest::Phrase(text)) };
        Query { time: filter.time_range(), filter, pipes: vec![Pipe::Fields(vec!["a".to_owned()])] }
    });
    prop_oneof![
        6 => vec(text(), 0..4).prop_map(Set::Values),
        1 => query.prop_map(|query| Set::Query(Box::new(query))),
    ]
}

/// Expressions put together from pieces that the texts are made of too.
pub(crate) fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        6 => select(&PIECES[..]).prop_map(regex_of),
        2 => vec(select(&PIECES[..]), 1..4).prop_map(|pieces| regex_of(&pieces.concat())),
        3 => select(&REGEX_PIECES[..]).prop_map(str::to_owned),
    ];
    let tree = leaf.prop_recursive(4, 16, 4, |inner| {
        let repeat = select(&["?", "*", "+", "{2}", "{1,2}", "{2,}", "+?", "{0}"][..]);
        prop_oneof![
            4 => vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
            2 => vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join("|"))),
            2 => (inner.clone(), repeat).prop_map(|(part, repeat)| format!("(?:{part}){repeat}")),
            1 => inner.prop_map(|part| format!("(?i:{part})")),
        ]
    });
    tree.prop_filter_map("good", |text| Pattern::new(&text).ok())
}

const REGEX_PIECES: [&str; 18] = [
    ".",
    "(?s:.)",
    "\\w",
    "\\d",
    "\\s",
    "\\b",
    "^",
    "$",
    "[ab]",
    "[aA]",
    "[^a]",
    "[k\u{212a}]",
    "[a-f]",
    "(?i)ks",
    "",
    "\\x41",
    "\"",
    "(?x) a # b\n",
];

/// The text as an expression of itself.
fn regex_of(text: &str) -> String {
    let escape = |c: char| if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}

fn leaf() -> impl Strategy<Value = Filter> {
    let field = prop_oneof![Just(Field::Any), name().prop_map(Field::Named)];
    let relation = select(&[Relation::Equal, Relation::Less, Relation::LessOrEqual][..]);
    let with_time = || prop_oneof![9 => name(), 1 => Just(TIME_FIELD.to_owned())];
    prop_oneof![
        8 => (field, field_test()).prop_map(|(field, test)| Filter::Field { field, test }),
        1 => test_with(time().prop_map(Bound::Time).boxed()).prop_map(|test| Filter::field(TIME_FIELD, test)),
        1 => clock_test().prop_map(|test| Filter::field(TIME_FIELD, test)),
        1 => (with_time(), relation, with_time())
            .prop_map(|(left, relation, right)| Filter::Fields { left, relation, right }),
    ]
}

/// A filter in the form in which the parser builds it.
pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![12 => leaf(), 1 => Just(Filter::All)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Filter::negated),
            vec(inner.clone(), 2..4).prop_map(|parts| parts.into_iter().fold(Filter::All, Filter::and)),
            vec(inner, 2..4).prop_map(|parts| parts.into_iter().reduce(Filter::or).expect("at least two")),
        ]
    })
}

/// A value that owns what it holds.
#[derive(Clone, Debug)]
pub(crate) enum Owned {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    Time(Timestamp),
    List(Vec<Owned>),
}

pub(crate) fn value() -> impl Strategy<Value = Owned> {
    let leaf = prop_oneof![
        1 => Just(Owned::Null),
        1 => any::<bool>().prop_map(Owned::Bool),
        3 => prop_oneof![-20_i64..20, any::<i64>()].prop_map(Owned::Int),
        1 => prop_oneof![Just(1.0), Just(-0.5), any::<f64>()].prop_map(Owned::Float),
        8 => text().prop_map(Owned::Str),
        1 => vec(any::<u8>(), 0..3).prop_map(Owned::Bytes),
        1 => time().prop_map(Owned::Time),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| vec(inner, 0..3).prop_map(Owned::List))
}

impl Owned {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Owned::Null => Value::Null.encode(out),
            Owned::Bool(value) => Value::Bool(*value).encode(out),
            Owned::Int(value) => Value::Int(*value).encode(out),
            Owned::Float(value) => Value::Float(*value).encode(out),
            Owned::Str(text) => Value::Str(text).encode(out),
            Owned::Bytes(bytes) => Value::Bytes(bytes).encode(out),
            Owned::Time(time) => Value::Time(*time).encode(out),
            Owned::List(list) => {
                let mut items = Vec::new();
                list.iter().for_each(|item| item.encode(&mut items));
                Value::List(List::from_encoded(&items)).encode(out);
            }
        }
    }
}

/// The bytes of a record.
pub(crate) fn record() -> impl Strategy<Value = Vec<u8>> {
    (time(), vec((name(), value()), 0..5)).prop_map(|(time, fields)| encode(time, &fields))
}

pub(crate) fn encode(time: Timestamp, fields: &[(String, Owned)]) -> Vec<u8> {
    let mut builder = RecordBuilder::new();
    for (name, value) in fields {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let value = Value::decode(&mut vigil_model::Reader(&bytes)).expect("just encoded");
        builder.push(name, value);
    }
    let mut bytes = Vec::new();
    builder.finish(time, false, &mut bytes).expect("small");
    Record::validate(&bytes).expect("canonical");
    bytes
}
