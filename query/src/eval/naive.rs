//! What a filter means, said as plainly as possible: the oracle for everything faster.

use vigil_model::limits::NESTING_MAX;
use vigil_model::{Record, Value};

use super::compare::{order, satisfies, within};
use crate::filter::TIME_FIELD;
use crate::words::{fold, is_word};
use crate::{Field, FieldTest, Filter};

impl Filter {
    /// Whether `record` passes. Scans use [`crate::Matcher`], which says the same much faster.
    pub fn matches(&self, record: &Record<'_>) -> bool {
        match self {
            Filter::All => true,
            Filter::Not(inner) => !inner.matches(record),
            Filter::And(parts) => parts.iter().all(|part| part.matches(record)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(record)),
            Filter::Field { field: Field::Any, test } => record.fields().any(|(_, value)| test.holds(Some(value))),
            Filter::Field { field: Field::Named(name), test } if name == TIME_FIELD => {
                test.holds(Some(Value::Time(record.time())))
            }
            Filter::Field { field: Field::Named(name), test } => test.holds(record.get(name)),
            Filter::Fields { .. } => todo!(),
        }
    }
}

impl FieldTest {
    fn holds(&self, value: Option<Value<'_>>) -> bool {
        let items = value.map(|value| items(value, 0)).unwrap_or_default();
        let exists = items.iter().any(|item| !item.to_string().is_empty());
        match self {
            FieldTest::Exists | FieldTest::Range { low: None, high: None } => exists,
            FieldTest::Empty => !exists,
            FieldTest::Phrase(text) | FieldTest::Exact(text) if text.is_empty() => !exists,
            FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) if text.is_empty() => exists,
            test => items.iter().any(|item| test.holds_for_item(item)),
        }
    }

    fn holds_for_item(&self, item: &Value<'_>) -> bool {
        match self {
            FieldTest::Phrase(text) => contains(&item.to_string(), text, true),
            FieldTest::Prefix(text) => contains(&item.to_string(), text, false),
            FieldTest::Exact(text) => item.to_string() == *text,
            FieldTest::ExactPrefix(text) => item.to_string().starts_with(text.as_str()),
            FieldTest::Compare(comparison, bound) => {
                order(item, bound).is_some_and(|order| satisfies(order, *comparison))
            }
            FieldTest::Range { low, high } => within(item, low.as_ref(), high.as_ref()),
            FieldTest::Exists | FieldTest::Empty => unreachable!("decided on all items together"),
            _ => todo!(),
        }
    }
}

/// The items of a list and of the lists inside it; any other value alone.
fn items(value: Value<'_>, depth: usize) -> Vec<Value<'_>> {
    match value {
        Value::List(list) if depth < NESTING_MAX => list.iter().flat_map(|item| items(item, depth + 1)).collect(),
        // Deeper than any sound record: as if it were not there.
        Value::List(_) => Vec::new(),
        value => vec![value],
    }
}

/// Whether the words of `phrase` stand in `text`: somewhere its characters are the same but for
/// letter case, and no word of the text is cut at the ends (or, for a prefix, at the start).
fn contains(text: &str, phrase: &str, whole_last_word: bool) -> bool {
    let text: Vec<char> = text.chars().map(fold).collect();
    let phrase: Vec<char> = phrase.chars().map(fold).collect();
    let cut = |a: Option<&char>, b: Option<&char>| a.is_some_and(|c| is_word(*c)) && b.is_some_and(|c| is_word(*c));
    (0..=text.len()).any(|start| {
        let (before, from) = text.split_at(start);
        from.strip_prefix(phrase.as_slice()).is_some_and(|after| {
            let cut_at_start = cut(before.last(), phrase.first());
            let cut_at_end = whole_last_word && cut(phrase.last(), after.first());
            !cut_at_start && !cut_at_end
        })
    })
}
