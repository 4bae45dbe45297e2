//! What a test of a label means as a filter.

use super::{Labels, SERVICE_LABEL, UNKNOWN_SERVICE, level, regex};
use crate::logql::ast::{LabelFilter, LabelMatcher, NumberOperator, TextTest};
use crate::{Bound, Comparison, FieldTest, Filter};

/// Labels in which Loki says what went wrong with a line. Nothing does here, so they are never there.
pub(super) fn is_error_label(label: &str) -> bool {
    matches!(label, "__error__" | "__error_details__")
}

/// Events whose first field of `fields`, the first that they have, passes `test`; `missing` decides on events that
/// have none of them. `test` must not hold for an empty value.
pub(super) fn first_of(fields: &[String], test: &dyn Fn(&str) -> Filter, missing: Option<Filter>) -> Filter {
    let mut rest = missing;
    for field in fields.iter().rev() {
        let otherwise = rest.map(|rest| Filter::field(field, FieldTest::Empty).and(rest));
        rest = Some(match otherwise {
            Some(otherwise) => test(field).or(otherwise),
            None => test(field),
        });
    }
    rest.expect("a label has a field")
}

/// Events that pass one of them.
pub(super) fn any_of(filters: impl Iterator<Item = Filter>) -> Filter {
    filters.reduce(Filter::or).unwrap_or(Filter::Or(Vec::new()))
}

pub(super) fn exists(field: &str) -> Filter {
    Filter::field(field, FieldTest::Exists)
}

/// A matcher of the selector, or a test of a text behind it.
pub(super) fn matcher(matcher: &LabelMatcher, labels: &Labels, parsed: bool) -> Filter {
    text_test(&matcher.label, &matcher.test, labels, parsed)
}

pub(super) fn text_test(label: &str, test: &TextTest, labels: &Labels, parsed: bool) -> Filter {
    if is_error_label(label) {
        return if test.holds("") { Filter::All } else { Filter::All.negated() };
    }
    let fields = labels.fields(label, parsed);
    if label == "detected_level" {
        return level::filter(test, &fields);
    }
    if label == SERVICE_LABEL {
        return service(test, &fields);
    }
    match test {
        TextTest::Equal(text) => equal(text, &fields),
        TextTest::NotEqual(text) => equal(text, &fields).negated(),
        TextTest::Matches(whole) => regex::whole(whole, &fields),
        TextTest::NotMatches(whole) => regex::whole(whole, &fields).negated(),
    }
}

/// A test of the label that every event has: one of which nothing says the service has [`UNKNOWN_SERVICE`].
fn service(test: &TextTest, fields: &[String]) -> Filter {
    let known = match test {
        TextTest::Equal(text) => equal(text, fields),
        TextTest::NotEqual(text) if text.is_empty() => return Filter::All,
        TextTest::NotEqual(text) => first_of(fields, &|field| differs(field, text), None),
        TextTest::Matches(whole) if matches!(whole.text(), ".+" | ".*") => return Filter::All,
        TextTest::Matches(whole) => regex::whole(whole, fields),
        TextTest::NotMatches(whole) => regex::whole(whole, fields).negated().and(missing(fields).negated()),
    };
    if test.holds(UNKNOWN_SERVICE) { known.or(missing(fields)) } else { known }
}

fn differs(field: &str, text: &str) -> Filter {
    exists(field).and(Filter::field(field, FieldTest::Exact(text.to_owned())).negated())
}

fn equal(text: &str, fields: &[String]) -> Filter {
    if text.is_empty() {
        return missing(fields);
    }
    first_of(fields, &|field| Filter::field(field, FieldTest::Exact(text.to_owned())), None)
}

/// Events that have none of the fields.
fn missing(fields: &[String]) -> Filter {
    fields.iter().fold(Filter::All, |all, field| all.and(Filter::field(field, FieldTest::Empty)))
}

/// A tree of tests behind the selector.
pub(super) fn label_filter(filter: &LabelFilter, labels: &Labels, parsed: bool) -> Filter {
    match filter {
        LabelFilter::And(parts) => {
            parts.iter().fold(Filter::All, |all, part| all.and(label_filter(part, labels, parsed)))
        }
        LabelFilter::Or(parts) => any_of(parts.iter().map(|part| label_filter(part, labels, parsed))),
        LabelFilter::Text(test) => matcher(test, labels, parsed),
        LabelFilter::Number { label, operator, quantity } => {
            let test = |field: &str| number(*operator, quantity.value, field);
            first_of(&labels.fields(label, parsed), &test, None)
        }
        LabelFilter::Ip { label, negated, range, .. } => {
            let inside = |field: &str| Filter::field(field, FieldTest::IpRange(*range));
            let found = first_of(&labels.fields(label, parsed), &inside, None);
            if *negated { found.negated() } else { found }
        }
    }
}

/// A comparison of the number in a field. What is no number passes none, not even `!=`.
fn number(operator: NumberOperator, value: f64, field: &str) -> Filter {
    let bound = Bound::Number(value);
    let same = || Some((bound.clone(), true));
    let compare = |comparison| Filter::field(field, FieldTest::Compare(comparison, bound.clone()));
    match operator {
        NumberOperator::Equal => Filter::field(field, FieldTest::Range { low: same(), high: same() }),
        NumberOperator::NotEqual => compare(Comparison::Less).or(compare(Comparison::Greater)),
        NumberOperator::Less => compare(Comparison::Less),
        NumberOperator::LessOrEqual => compare(Comparison::LessOrEqual),
        NumberOperator::Greater => compare(Comparison::Greater),
        NumberOperator::GreaterOrEqual => compare(Comparison::GreaterOrEqual),
    }
}
