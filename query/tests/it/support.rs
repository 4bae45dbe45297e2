//! Which queries, texts and records the property tests are about.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vigil_model::{List, Record, RecordBuilder, Timestamp, Value};
use vigil_query::{Bound, Comparison, Field, FieldTest, Filter, Number, TIME_FIELD};

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
        1 => select(&["NOT", "or", "2026-08-01", "1e3", "10KiB", "TO", "by", "1h30m", "-inf", "*", "#"][..]).prop_map(str::to_owned),
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

fn field_test() -> impl Strategy<Value = FieldTest> {
    let empty_or =
        |make: fn(String) -> FieldTest| move |text: String| if text.is_empty() { FieldTest::Empty } else { make(text) };
    let exists_or = |make: fn(String) -> FieldTest| {
        move |text: String| if text.is_empty() { FieldTest::Exists } else { make(text) }
    };
    prop_oneof![
        4 => text().prop_map(empty_or(FieldTest::Phrase)),
        3 => text().prop_map(exists_or(FieldTest::Prefix)),
        2 => text().prop_map(empty_or(FieldTest::Exact)),
        1 => text().prop_map(exists_or(FieldTest::ExactPrefix)),
        1 => Just(FieldTest::Exists),
        1 => Just(FieldTest::Empty),
        3 => test_with(bound().boxed()),
    ]
}

fn leaf() -> impl Strategy<Value = Filter> {
    let field = prop_oneof![Just(Field::Any), name().prop_map(Field::Named)];
    prop_oneof![
        6 => (field, field_test()).prop_map(|(field, test)| Filter::Field { field, test }),
        1 => test_with(time().prop_map(Bound::Time).boxed()).prop_map(|test| Filter::field(TIME_FIELD, test)),
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
