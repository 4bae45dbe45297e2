//! What a test of the line means as a filter.

use super::test::{any_of, first_of};
use super::{Labels, regex};
use crate::logql::ast::{LineFilter, Needle};
use crate::{Case, FieldTest, Filter};

/// The line of an event is its message, and of an event without one all of its fields.
pub(super) fn filter(line: &LineFilter, labels: &Labels) -> Filter {
    let any = any_of(line.needles.iter().map(|needle| found(needle, labels)));
    if line.operator.is_negative() { any.negated() } else { any }
}

fn found(needle: &Needle, labels: &Labels) -> Filter {
    let tests = match needle {
        // It stands in every line.
        Needle::Text(text) if text.is_empty() => return Filter::All,
        Needle::Regex(pattern) if pattern.text().is_empty() => return Filter::All,
        Needle::Text(text) => vec![FieldTest::Substring(text.clone(), Case::Exact)],
        Needle::Regex(pattern) => regex::anywhere(pattern),
        Needle::Like(_, pattern) => vec![FieldTest::Regex(pattern.clone())],
        Needle::Ip(address) => vec![FieldTest::Regex(address.pattern.clone())],
    };
    let fields = labels.messages();
    let each = tests.into_iter().map(|test| {
        let missing = Filter::any(test.clone());
        first_of(&fields, &|field| Filter::field(field, test.clone()), Some(missing))
    });
    any_of(each)
}
