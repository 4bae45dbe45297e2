//! What a filter means, said as plainly as possible: the oracle for everything faster.

use jiff::civil::{DateTime, Time};
use jiff::tz::Offset;
use vigil_model::limits::NESTING_MAX;
use vigil_model::{Record, Value};

use super::compare::{order, satisfies, time_of, within};
use super::span::type_of;
use super::test::values;
use crate::filter::TIME_FIELD;
use crate::number::Number;
use crate::words::{fold, is_word};
use crate::{Case, Field, FieldTest, Filter, Relation};

impl Filter {
    /// Whether `record` passes. Scans use [`crate::Matcher`], which says the same much faster.
    pub fn matches(&self, record: &Record<'_>) -> bool {
        match self {
            Filter::All => true,
            Filter::Not(inner) => !inner.matches(record),
            Filter::And(parts) => parts.iter().all(|part| part.matches(record)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(record)),
            Filter::Field { field: Field::Any, test } => record.fields().any(|(_, value)| test.holds(Some(value))),
            Filter::Field { field: Field::Named(name), test } => test.holds(field_of(record, name)),
            Filter::Fields { left, relation, right } => {
                let both = field_of(record, left).zip(field_of(record, right));
                both.is_some_and(|(left, right)| relate(&left, *relation, &right))
            }
        }
    }
}

fn field_of<'r>(record: &Record<'r>, name: &str) -> Option<Value<'r>> {
    if name == TIME_FIELD { Some(Value::Time(record.time())) } else { record.get(name) }
}

fn relate(left: &Value<'_>, relation: Relation, right: &Value<'_>) -> bool {
    let (left_text, right_text) = (left.to_string(), right.to_string());
    if left_text.is_empty() || right_text.is_empty() {
        return false;
    }
    let stored_time = [left, right].iter().any(|value| matches!(value, Value::Time(_)));
    let order = match (Number::of(left), Number::of(right), time_of(left), time_of(right)) {
        (Some(left), Some(right), _, _) => left.compare(right),
        (_, _, Some(left), Some(right)) if stored_time => Some(left.cmp(&right)),
        _ => Some(left_text.cmp(&right_text)),
    };
    match relation {
        Relation::Equal => left_text == right_text,
        Relation::Less => order.is_some_and(|order| order.is_lt()),
        Relation::LessOrEqual => order.is_some_and(|order| order.is_le()),
    }
}

impl FieldTest {
    fn holds(&self, value: Option<Value<'_>>) -> bool {
        let items: Vec<Value<'_>> = value.map(|value| items(value, 0)).unwrap_or_default();
        if let FieldTest::ValueType(name) = self {
            return value.iter().chain(&items).any(|value| type_of(value) == name);
        }
        let full: Vec<Value<'_>> = items.into_iter().filter(|item| !item.to_string().is_empty()).collect();
        match self {
            FieldTest::Exists | FieldTest::Range { low: None, high: None } => !full.is_empty(),
            FieldTest::Empty => full.is_empty(),
            FieldTest::Phrase(text) | FieldTest::CasedPhrase(text) | FieldTest::Exact(text) if text.is_empty() => {
                full.is_empty()
            }
            FieldTest::In(set) => values(set).iter().any(|text| FieldTest::Exact(text.clone()).holds(value)),
            FieldTest::ContainsAll(set) => values(set)
                .iter()
                .all(|text| full.iter().any(|item| contains(&item.to_string(), text, Case::Folded, WHOLE))),
            test => full.iter().any(|item| test.holds_for_item(item, &item.to_string())),
        }
    }

    /// Whether the test holds for an item that has a text.
    fn holds_for_item(&self, item: &Value<'_>, own: &str) -> bool {
        match self {
            FieldTest::Phrase(text) => contains(own, text, Case::Folded, WHOLE),
            FieldTest::Prefix(text) => contains(own, text, Case::Folded, MAY_GO_ON),
            FieldTest::CasedPhrase(text) => contains(own, text, Case::Exact, WHOLE),
            FieldTest::CasedPrefix(text) => contains(own, text, Case::Exact, MAY_GO_ON),
            FieldTest::Substring(text, case) => contains(own, text, *case, ANYWHERE),
            FieldTest::Regex(pattern) => pattern.regex().is_match(own),
            FieldTest::ContainsAny(set) => values(set).iter().any(|text| contains(own, text, Case::Folded, WHOLE)),
            FieldTest::Sequence(texts) => follow_each_other(own, texts),
            FieldTest::StringRange(low, high) => low.as_str() <= own && own < high.as_str(),
            FieldTest::LengthRange(low, high) => (*low..=*high).contains(&(own.chars().count() as u64)),
            FieldTest::IpRange(range) => {
                let v4 = own.parse().map(|address: std::net::Ipv4Addr| address.to_ipv6_mapped()).ok();
                v4.or(own.parse().ok()).is_some_and(|address| (range.first..=range.last).contains(&address))
            }
            FieldTest::DayRange { from, to, offset } => {
                let since_midnight = |time: DateTime| time.time().duration_since(Time::midnight()).as_nanos();
                clock(item, *offset).is_some_and(|time| {
                    let nanos = since_midnight(time);
                    i128::from(*from) <= nanos && nanos < i128::from(*to)
                })
            }
            FieldTest::WeekRange { from, to, offset } => clock(item, *offset).is_some_and(|time| {
                let day = time.weekday().to_sunday_zero_offset();
                i16::from(*from) <= i16::from(day) && i16::from(day) <= i16::from(*to)
            }),
            FieldTest::Exact(text) => own == text,
            FieldTest::ExactPrefix(text) => own.starts_with(text.as_str()),
            FieldTest::Compare(comparison, bound) => {
                order(item, bound).is_some_and(|order| satisfies(order, *comparison))
            }
            FieldTest::Range { low, high } => within(item, low.as_ref(), high.as_ref()),
            FieldTest::Exists
            | FieldTest::Empty
            | FieldTest::In(_)
            | FieldTest::ContainsAll(_)
            | FieldTest::ValueType(_) => unreachable!("decided on all items together"),
        }
    }
}

/// What a clock shows, that is `offset` ahead of UTC, at the time that the value is or means.
fn clock(value: &Value<'_>, offset: i64) -> Option<DateTime> {
    let nanos = i128::from(time_of(value)?.0) + i128::from(offset);
    let time = jiff::Timestamp::from_nanosecond(nanos).expect("some centuries around 1970");
    Some(Offset::UTC.to_datetime(time))
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

/// Which words of a text may be cut where a phrase stands: at its start, at its end.
type Cuts = (bool, bool);
const WHOLE: Cuts = (false, false);
const MAY_GO_ON: Cuts = (false, true);
const ANYWHERE: Cuts = (true, true);

/// Whether the words of `phrase` stand in `text`: somewhere its characters are the same (but for letter case), and no
/// word of the text is cut where it must not be.
fn contains(text: &str, phrase: &str, case: Case, cuts: Cuts) -> bool {
    let (text, phrase) = (chars(text, case), chars(phrase, case));
    (0..=text.len()).any(|start| stands_at(&text, start, &phrase, cuts))
}

/// Whether some places can be chosen for the phrases, each behind the one before it.
fn follow_each_other(text: &str, phrases: &[String]) -> bool {
    let text = chars(text, Case::Folded);
    // Every place where the phrases so far can end.
    let mut ends: Vec<usize> = (0..=text.len()).collect();
    for phrase in phrases {
        let phrase = chars(phrase, Case::Folded);
        let stands = |start: &usize| ends.iter().any(|end| end <= start) && stands_at(&text, *start, &phrase, WHOLE);
        ends = (0..=text.len()).filter(stands).map(|start| start + phrase.len()).collect();
    }
    !ends.is_empty()
}

fn stands_at(text: &[char], start: usize, phrase: &[char], (cut_start, cut_end): Cuts) -> bool {
    let cut = |a: Option<&char>, b: Option<&char>| a.is_some_and(|c| is_word(*c)) && b.is_some_and(|c| is_word(*c));
    let (before, from) = text.split_at(start);
    from.strip_prefix(phrase).is_some_and(|after| {
        (cut_start || !cut(before.last(), phrase.first())) && (cut_end || !cut(phrase.last(), after.first()))
    })
}

fn chars(text: &str, case: Case) -> Vec<char> {
    match case {
        Case::Folded => text.chars().map(fold).collect(),
        Case::Exact => text.chars().collect(),
    }
}
