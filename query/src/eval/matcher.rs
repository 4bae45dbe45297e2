//! A filter made ready to decide on many events.

use vigil_model::Value;

use super::fields::relate;
use super::test::Test;
use crate::filter::TIME_FIELD;
use crate::{Field, Fields, Filter, Query, Relation, TimeRange};

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
    Fields(String, Relation, String),
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
            Filter::Fields { left, relation, right } => Node::Fields(left.clone(), *relation, right.clone()),
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
            Node::Fields(left, relation, right) => relate(event, left, *relation, right),
        }
    }

    /// Roughly how long a decision takes; only the order counts.
    fn cost(&self) -> u32 {
        match self {
            Node::All | Node::Time(_) => 0,
            Node::Named(_, test) => test.cost(),
            Node::Fields(..) => 2,
            Node::Any(test) => 3 * test.cost(),
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
