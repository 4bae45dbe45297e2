//! A filter made ready to decide on many events.

use vigil_model::Value;
use vigil_model::limits::NESTING_MAX;

use super::compare::{order, satisfies, within};
use super::needle::Needle;
use super::text::with_text;
use crate::filter::TIME_FIELD;
use crate::{Bound, Comparison, Field, FieldTest, Fields, Filter, Query, TimeRange};

/// A filter, compiled. Says of every record what [`Filter::matches`] says.
#[derive(Clone, Debug)]
pub struct Matcher {
    time: TimeRange,
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    All,
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Any(Test),
    Time(Test),
    Named(String, Test),
}

#[derive(Clone, Debug)]
enum Test {
    Text(Needle),
    Exact(String),
    ExactPrefix(String),
    Exists,
    Empty,
    Compare(Comparison, Bound),
    Range(Option<(Bound, bool)>, Option<(Bound, bool)>),
}

impl Matcher {
    /// Compiles a filter.
    pub fn new(filter: &Filter) -> Matcher {
        Matcher { time: TimeRange::ALL, root: Node::new(filter) }
    }

    /// Compiles the filter and the time range of a query.
    pub fn for_query(query: &Query) -> Matcher {
        Matcher { time: query.time, root: Node::new(&query.filter) }
    }

    /// Whether `event` passes.
    #[inline]
    pub fn matches<F: Fields>(&self, event: &F) -> bool {
        let in_time = |time| self.time.contains(time);
        event.event_time().map_or(self.time == TimeRange::ALL, in_time) && self.root.matches(event)
    }
}

impl Node {
    fn new(filter: &Filter) -> Node {
        match filter {
            Filter::All => Node::All,
            Filter::Not(inner) => Node::Not(Box::new(Node::new(inner))),
            Filter::And(parts) => Node::And(cheapest_first(parts)),
            Filter::Or(parts) => Node::Or(cheapest_first(parts)),
            Filter::Field { field: Field::Any, test } => Node::Any(Test::new(test)),
            Filter::Field { field: Field::Named(name), test } if name == TIME_FIELD => Node::Time(Test::new(test)),
            Filter::Field { field: Field::Named(name), test } => Node::Named(name.clone(), Test::new(test)),
            Filter::Fields { .. } => todo!(),
        }
    }

    fn matches<F: Fields>(&self, event: &F) -> bool {
        match self {
            Node::All => true,
            Node::Not(inner) => !inner.matches(event),
            Node::And(parts) => parts.iter().all(|part| part.matches(event)),
            Node::Or(parts) => parts.iter().any(|part| part.matches(event)),
            Node::Any(test) => {
                event.raw().is_none_or(|bytes| test.may_hold_among(bytes)) && event.some(&mut |value| test.holds(value))
            }
            Node::Time(test) => test.holds_of(event.event_time().map(Value::Time)),
            Node::Named(name, test) => test.holds_of(event.value(name)),
        }
    }

    /// Roughly how long a decision takes; only the order counts.
    fn cost(&self) -> u32 {
        match self {
            Node::All | Node::Time(_) => 0,
            Node::Named(..) => 1,
            Node::Any(_) => 3,
            Node::Not(inner) => inner.cost(),
            Node::And(parts) | Node::Or(parts) => parts.iter().map(Node::cost).fold(0, u32::saturating_add),
        }
    }
}

fn cheapest_first(parts: &[Filter]) -> Vec<Node> {
    let mut nodes: Vec<Node> = parts.iter().map(Node::new).collect();
    nodes.sort_by_cached_key(Node::cost);
    nodes
}

impl Test {
    fn new(test: &FieldTest) -> Test {
        match test {
            FieldTest::Phrase(text) | FieldTest::Exact(text) if text.is_empty() => Test::Empty,
            FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) if text.is_empty() => Test::Exists,
            FieldTest::Phrase(text) => Test::Text(Needle::new(text, false)),
            FieldTest::Prefix(text) => Test::Text(Needle::new(text, true)),
            FieldTest::Exact(text) => Test::Exact(text.clone()),
            FieldTest::ExactPrefix(text) => Test::ExactPrefix(text.clone()),
            FieldTest::Exists | FieldTest::Range { low: None, high: None } => Test::Exists,
            FieldTest::Empty => Test::Empty,
            FieldTest::Compare(comparison, bound) => Test::Compare(*comparison, bound.clone()),
            FieldTest::Range { low, high } => Test::Range(low.clone(), high.clone()),
            _ => todo!(),
        }
    }

    /// Whether some field of a record with these bytes may pass; `false` is certain.
    #[inline]
    fn may_hold_among(&self, bytes: &[u8]) -> bool {
        match self {
            Test::Text(needle) => needle.may_be_among(bytes),
            _ => true,
        }
    }

    #[inline]
    fn holds_of(&self, value: Option<Value<'_>>) -> bool {
        match value {
            Some(value) => self.holds(&value),
            None => matches!(self, Test::Empty),
        }
    }

    /// Whether a field that is there passes.
    #[inline]
    fn holds(&self, value: &Value<'_>) -> bool {
        match self {
            Test::Empty => !some_item(value, 0, &is_not_empty),
            Test::Exists => some_item(value, 0, &is_not_empty),
            _ => some_item(value, 0, &|item| self.holds_for_item(item)),
        }
    }

    #[inline]
    fn holds_for_item(&self, item: &Value<'_>) -> bool {
        match self {
            Test::Text(needle) => needle.is_in(item),
            Test::Exact(text) => with_text(item, |own| own == text),
            Test::ExactPrefix(text) => with_text(item, |own| own.starts_with(text.as_str())),
            Test::Compare(comparison, bound) => order(item, bound).is_some_and(|order| satisfies(order, *comparison)),
            Test::Range(low, high) => within(item, low.as_ref(), high.as_ref()),
            Test::Exists | Test::Empty => unreachable!("decided on all items together"),
        }
    }
}

/// Whether `holds` for the value, or for some item of a list. Lists deeper than any sound record
/// are as if they were not there.
#[inline]
fn some_item(value: &Value<'_>, depth: usize, holds: &impl Fn(&Value<'_>) -> bool) -> bool {
    match value {
        Value::List(_) if depth >= NESTING_MAX => false,
        Value::List(list) => list.iter().any(|item| some_item(&item, depth + 1, holds)),
        value => holds(value),
    }
}

fn is_not_empty(item: &Value<'_>) -> bool {
    match item {
        Value::Null => false,
        Value::Str(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::List(_) => true,
    }
}
