//! How two fields of one event stand to each other.

use std::cmp::Ordering;

use vigil_model::{Timestamp, Value};

use super::compare::time_of;
use crate::filter::TIME_FIELD;
use crate::number::Number;
use crate::{Fields, Relation};

/// Whether the fields relate so.
pub(super) fn relate<F: Fields>(event: &F, left: &str, relation: Relation, right: &str) -> bool {
    match (value_of(event, left), value_of(event, right)) {
        (Some(left), Some(right)) => holds(&left, relation, &right),
        _ => false,
    }
}

fn value_of<'e, F: Fields>(event: &'e F, name: &str) -> Option<Value<'e>> {
    if name == TIME_FIELD { event.event_time().map(Value::Time) } else { event.value(name) }
}

fn holds(left: &Value<'_>, relation: Relation, right: &Value<'_>) -> bool {
    let texts = (text_of(left), text_of(right));
    if texts.0.is_empty() || texts.1.is_empty() {
        return false;
    }
    match relation {
        Relation::Equal => texts.0 == texts.1,
        Relation::Less => order(left, right, &texts).is_some_and(Ordering::is_lt),
        Relation::LessOrEqual => order(left, right, &texts).is_some_and(Ordering::is_le),
    }
}

fn text_of<'v>(value: &Value<'v>) -> std::borrow::Cow<'v, str> {
    match value {
        Value::Str(text) => (*text).into(),
        other => other.to_string().into(),
    }
}

/// As numbers if both are, as times if both are and one is stored as such, else as texts.
fn order(left: &Value<'_>, right: &Value<'_>, texts: &(impl AsRef<str>, impl AsRef<str>)) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return left.compare(right);
    }
    if let Some((left, right)) = times(left, right) {
        return Some(left.cmp(&right));
    }
    Some(texts.0.as_ref().as_bytes().cmp(texts.1.as_ref().as_bytes()))
}

fn times(left: &Value<'_>, right: &Value<'_>) -> Option<(Timestamp, Timestamp)> {
    let stored = matches!(left, Value::Time(_)) || matches!(right, Value::Time(_));
    if stored { time_of(left).zip(time_of(right)) } else { None }
}
