//! Random rows for tests of what gathers them, and ways to feed them.

use proptest::prelude::*;
use vigil_model::{Class, EventId, LogId, Timestamp, Value};
use vigil_query::{Fields, Matcher};

use crate::gather::{Gatherer, Source};
use crate::value::Cell;
use crate::{OwnedValue, row};

/// A row of an event: its columns in order.
#[derive(Clone, Debug)]
pub(crate) struct TestRow(pub(crate) Vec<(String, OwnedValue)>);

impl TestRow {
    pub(crate) fn get(&self, name: &str) -> Option<&OwnedValue> {
        self.0.iter().find(|(column, _)| column == name).map(|(_, value)| value)
    }

    /// The text of a value that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(ToString::to_string).filter(|text| !text.is_empty())
    }
}

impl Source for TestRow {
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        self.get(name).map(Cell::Owned)
    }

    fn each(&self, each: &mut dyn FnMut(&str, Cell<'_>)) {
        self.0.iter().for_each(|(name, value)| each(name, Cell::Owned(value)));
    }

    fn matches(&self, matcher: &Matcher) -> bool {
        matcher.matches(self)
    }
}

impl Fields for TestRow {
    fn event_time(&self) -> Option<Timestamp> {
        self.cell(row::TIME).and_then(|cell| cell.time())
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        match self.get(name)? {
            OwnedValue::Int(value) => Some(Value::Int(*value)),
            OwnedValue::Str(text) => Some(Value::Str(text)),
            _ => None,
        }
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.0.iter().filter_map(|(name, _)| self.value(name)).any(|value| holds(&value))
    }
}

/// Names of the fields of random rows.
pub(crate) const NAMES: [&str; 4] = ["host", "level", "n", "x"];

fn value() -> impl Strategy<Value = OwnedValue> {
    let text = |text: &str| OwnedValue::Str(text.to_owned());
    prop_oneof![
        4 => (-3i64..20).prop_map(OwnedValue::Int),
        3 => (-30i64..30).prop_map(|n| OwnedValue::Float(n as f64 / 10.0)),
        1 => any::<f64>().prop_map(OwnedValue::Float),
        1 => prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY]).prop_map(OwnedValue::Float),
        1 => any::<i64>().prop_map(OwnedValue::Int),
        4 => prop::sample::select(vec!["a", "b", "error", "", "3", "3.0", "-7", "10.2.33.44", "10.2.1.1", "5m"]).prop_map(text),
        1 => Just(OwnedValue::Null),
        1 => any::<bool>().prop_map(OwnedValue::Bool),
        1 => (-9i64..9).prop_map(|n| OwnedValue::Time(Timestamp(n * 250_000_000))),
        1 => Just(OwnedValue::List(vec![OwnedValue::Str("a".into()), OwnedValue::Int(3)])),
    ]
}

/// A row of an event: a time, a name, some fields.
pub(crate) fn test_row() -> impl Strategy<Value = TestRow> {
    let fields = prop::collection::vec(prop::option::weighted(0.7, value()), NAMES.len());
    (-40i64..40, 0u32..5, prop::option::weighted(0.95, Just(())), fields).prop_map(|(time, offset, timed, fields)| {
        let id = EventId { log: LogId::default(), seq: 1, class: Class::Logs, offset };
        let mut columns = vec![(row::ID.to_owned(), OwnedValue::Id(id))];
        if timed.is_some() {
            columns.push((row::TIME.to_owned(), OwnedValue::Time(Timestamp(time * 500_000_000))));
        }
        for (name, value) in NAMES.iter().zip(fields) {
            columns.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        TestRow(columns)
    })
}

/// What the rows amount to, as text.
pub(crate) fn gathered(empty: &Gatherer, rows: &[TestRow]) -> Gatherer {
    let mut all = empty.clone();
    rows.iter().for_each(|row| all.add(row));
    all
}

/// Rows of an answer and the reason why it is partial, to be compared: NaN is equal to NaN.
pub(crate) fn answer(gatherer: Gatherer) -> String {
    let (rows, reason) = gatherer.into_rows();
    let lines: Vec<String> = rows.iter().map(|row| format!("{:?}\n", row.columns().collect::<Vec<_>>())).collect();
    format!("{}{reason:?}", lines.concat())
}

/// Checks that neither the order of rows nor how they are split changes the answer.
pub(crate) fn check_merges(empty: &Gatherer, rows: &[TestRow], cuts: (usize, usize)) -> Result<(), TestCaseError> {
    let whole = answer(gathered(empty, rows));
    let backward: Vec<TestRow> = rows.iter().rev().cloned().collect();
    prop_assert_eq!(&answer(gathered(empty, &backward)), &whole);

    let (a, b) = rows.split_at(cuts.0.min(rows.len()));
    let (b, c) = b.split_at(cuts.1.min(b.len()));
    let parts = || [gathered(empty, a), gathered(empty, b), gathered(empty, c)];
    let [mut ab, b, c] = parts();
    ab.merge(b);
    ab.merge(c);
    prop_assert_eq!(&answer(ab), &whole);
    let [a, b, mut cb] = parts();
    cb.merge(b);
    let mut all = empty.clone();
    all.merge(a);
    all.merge(cb);
    prop_assert_eq!(&answer(all), &whole);
    Ok(())
}
