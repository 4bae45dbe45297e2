//! How filters combine, and which times a filter leaves open.

use vigil_model::Timestamp;

use crate::{Bound, Comparison, Field, FieldTest, Filter, TimeRange};

/// The name by which a query reads the event time.
pub const TIME_FIELD: &str = "_time";

impl Filter {
    /// Events that pass both. Chains stay flat, and [`Filter::All`] adds nothing.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::All, other) => other,
            (filter, Filter::All) => filter,
            (filter, other) => Filter::And(joined(filter.into_and_parts(), other.into_and_parts())),
        }
    }

    /// Events that pass either. Chains stay flat, and [`Filter::All`] leaves nothing else to ask.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::All, _) | (_, Filter::All) => Filter::All,
            (filter, other) => Filter::Or(joined(filter.into_or_parts(), other.into_or_parts())),
        }
    }

    /// Events that do not pass.
    #[must_use]
    pub fn negated(self) -> Filter {
        Filter::Not(Box::new(self))
    }

    /// A test of the field `name`.
    pub fn field(name: &str, test: FieldTest) -> Filter {
        Filter::Field { field: Field::Named(name.to_owned()), test }
    }

    /// A test that some field must pass.
    pub fn any(test: FieldTest) -> Filter {
        Filter::Field { field: Field::Any, test }
    }

    /// Event times outside of which nothing passes: what the tests of `_time` say that every
    /// event must pass.
    pub fn time_range(&self) -> TimeRange {
        match self {
            Filter::And(parts) => parts.iter().fold(TimeRange::ALL, |range, part| range.intersect(&part.time_range())),
            Filter::Field { field: Field::Named(name), test } if name == TIME_FIELD => test.time_range(),
            Filter::All | Filter::Not(_) | Filter::Or(_) | Filter::Field { .. } | Filter::Fields { .. } => {
                TimeRange::ALL
            }
        }
    }

    fn into_and_parts(self) -> Vec<Filter> {
        if let Filter::And(parts) = self { parts } else { vec![self] }
    }

    fn into_or_parts(self) -> Vec<Filter> {
        if let Filter::Or(parts) = self { parts } else { vec![self] }
    }
}

impl FieldTest {
    fn time_range(&self) -> TimeRange {
        let from = |time: Timestamp, inside: bool| Timestamp(time.0.saturating_add(i64::from(!inside)));
        let to = |time: Timestamp, inside: bool| Timestamp(time.0.saturating_add(i64::from(inside)));
        let all = TimeRange::ALL;
        match self {
            FieldTest::Compare(comparison, Bound::Time(time)) => match comparison {
                Comparison::Less => TimeRange { to: to(*time, false), ..all },
                Comparison::LessOrEqual => TimeRange { to: to(*time, true), ..all },
                Comparison::Greater => TimeRange { from: from(*time, false), ..all },
                Comparison::GreaterOrEqual => TimeRange { from: from(*time, true), ..all },
            },
            FieldTest::Range { low, high } => TimeRange {
                from: time_of(low).map_or(all.from, |(time, inside)| from(time, inside)),
                to: time_of(high).map_or(all.to, |(time, inside)| to(time, inside)),
            },
            _ => all,
        }
    }
}

fn time_of(bound: &Option<(Bound, bool)>) -> Option<(Timestamp, bool)> {
    match bound {
        Some((Bound::Time(time), inside)) => Some((*time, *inside)),
        _ => None,
    }
}

fn joined(mut first: Vec<Filter>, second: Vec<Filter>) -> Vec<Filter> {
    first.extend(second);
    first
}
