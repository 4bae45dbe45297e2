//! A test of one value made ready to decide on many.

use vigil_model::Value;
use vigil_model::limits::NESTING_MAX;

use super::compare::{order, satisfies, within};
use super::literal::Literal;
use super::literals::best_literals;
use super::needle::Needle;
use super::sequence::Sequence;
use super::set::Texts;
use super::span::{has_length, is_address_in, is_in_day, is_in_week, type_of};
use super::text::with_text;
use crate::{Bound, Case, Comparison, FieldTest, IpRange, Set};

/// A [`FieldTest`], compiled.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Text(Needle),
    Cased(Literal),
    /// The expression, and texts of which one is in whatever it finds; none if such are not known.
    Regex(regex::Regex, Vec<Needle>),
    In(Texts),
    ContainsAll(Vec<Needle>, Items),
    ContainsAny(Vec<Needle>),
    Sequence(Sequence),
    StringRange(String, String),
    LengthRange(u64, u64),
    IpRange(IpRange),
    ValueType(String),
    DayRange(i64, i64, i64),
    WeekRange(u8, u8, i64),
    Exact(String),
    ExactPrefix(String),
    Exists,
    Empty,
    Compare(Comparison, Bound),
    Range(Option<(Bound, bool)>, Option<(Bound, bool)>),
}

/// What `contains_all` asks beside its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Items {
    /// Nothing: no text was given at all.
    None,
    /// That the value is not empty: an empty text was given.
    Some,
}

impl Test {
    pub(super) fn new(test: &FieldTest) -> Test {
        match test {
            FieldTest::Phrase(text) | FieldTest::CasedPhrase(text) | FieldTest::Exact(text) if text.is_empty() => {
                Test::Empty
            }
            FieldTest::Prefix(text) | FieldTest::CasedPrefix(text) | FieldTest::ExactPrefix(text)
                if text.is_empty() =>
            {
                Test::Exists
            }
            FieldTest::Substring(text, _) if text.is_empty() => Test::Exists,
            FieldTest::Phrase(text) => Test::Text(Needle::new(text, false)),
            FieldTest::Prefix(text) => Test::Text(Needle::new(text, true)),
            FieldTest::CasedPhrase(text) => Test::Cased(Literal::phrase(text, false)),
            FieldTest::CasedPrefix(text) => Test::Cased(Literal::phrase(text, true)),
            FieldTest::Substring(text, Case::Folded) => Test::Text(Needle::anywhere(text)),
            FieldTest::Substring(text, Case::Exact) => Test::Cased(Literal::anywhere(text)),
            FieldTest::Regex(pattern) => {
                let needles = best_literals(pattern).iter().map(|text| Needle::anywhere(text)).collect();
                Test::Regex(pattern.regex().clone(), needles)
            }
            FieldTest::In(set) => Test::In(Texts::new(values(set))),
            FieldTest::ContainsAll(set) => {
                let values = values(set);
                Test::ContainsAll(needles(values), if values.is_empty() { Items::None } else { Items::Some })
            }
            FieldTest::ContainsAny(set) if values(set).iter().any(String::is_empty) => Test::Exists,
            FieldTest::ContainsAny(set) => Test::ContainsAny(needles(values(set))),
            FieldTest::Sequence(texts) => Test::Sequence(Sequence::new(texts)),
            FieldTest::StringRange(low, high) => Test::StringRange(low.clone(), high.clone()),
            FieldTest::LengthRange(low, high) => Test::LengthRange(*low, *high),
            FieldTest::IpRange(range) => Test::IpRange(*range),
            FieldTest::ValueType(name) => Test::ValueType(name.clone()),
            FieldTest::DayRange { from, to, offset } => Test::DayRange(*from, *to, *offset),
            FieldTest::WeekRange { from, to, offset } => Test::WeekRange(*from, *to, *offset),
            FieldTest::Exact(text) => Test::Exact(text.clone()),
            FieldTest::ExactPrefix(text) => Test::ExactPrefix(text.clone()),
            FieldTest::Exists | FieldTest::Range { low: None, high: None } => Test::Exists,
            FieldTest::Empty => Test::Empty,
            FieldTest::Compare(comparison, bound) => Test::Compare(*comparison, bound.clone()),
            FieldTest::Range { low, high } => Test::Range(low.clone(), high.clone()),
        }
    }

    /// Whether some field of a record with these bytes may pass; `false` is certain.
    #[inline]
    pub(super) fn may_hold_among(&self, bytes: &[u8]) -> bool {
        match self {
            Test::Text(needle) => needle.may_be_among(bytes),
            Test::Cased(literal) => literal.may_be_among(bytes),
            Test::Regex(_, needles) => needles.is_empty() || needles.iter().any(|needle| needle.may_be_among(bytes)),
            Test::ContainsAll(needles, _) => needles.iter().all(|needle| needle.may_be_among(bytes)),
            Test::ContainsAny(needles) => needles.iter().any(|needle| needle.may_be_among(bytes)),
            Test::Sequence(sequence) => sequence.may_be_among(bytes),
            _ => true,
        }
    }

    /// Roughly how long a decision takes; only the order counts.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Test::Regex(..) | Test::Sequence(_) => 3,
            Test::ContainsAll(needles, _) | Test::ContainsAny(needles) => 1 + needles.len() as u32,
            _ => 1,
        }
    }

    #[inline]
    pub(super) fn holds_of(&self, value: Option<Value<'_>>) -> bool {
        match value {
            Some(value) => self.holds(&value),
            None => self.holds_of_empty(),
        }
    }

    /// Whether a field that is there passes.
    #[inline]
    pub(super) fn holds(&self, value: &Value<'_>) -> bool {
        match self {
            Test::Empty => !is_some(value),
            Test::Exists => is_some(value),
            Test::In(texts) => some_item(value, 0, &|item| texts.has(item)) || (texts.has_empty && !is_some(value)),
            Test::ContainsAll(needles, items) => {
                (*items == Items::None || is_some(value))
                    && needles.iter().all(|needle| some_item(value, 0, &|item| needle.is_in(item)))
            }
            // The items of a list within are no lists, and a list within a list asks nothing that this one does not.
            Test::ValueType(name) => type_of(value) == name || some_item(value, 0, &|item| type_of(item) == name),
            _ => some_item(value, 0, &|item| self.holds_for_item(item)),
        }
    }

    /// Whether a field passes that is missing.
    fn holds_of_empty(&self) -> bool {
        match self {
            Test::Empty | Test::ContainsAll(_, Items::None) => true,
            Test::In(texts) => texts.has_empty,
            _ => false,
        }
    }

    #[inline]
    fn holds_for_item(&self, item: &Value<'_>) -> bool {
        match self {
            Test::Text(needle) => needle.is_in(item),
            Test::Cased(literal) => literal.is_in(item),
            Test::Regex(regex, _) => with_text(item, |own| !own.is_empty() && regex.is_match(own)),
            Test::ContainsAny(needles) => needles.iter().any(|needle| needle.is_in(item)),
            Test::Sequence(sequence) => is_not_empty(item) && sequence.is_in(item),
            Test::StringRange(low, high) => with_text(item, |own| {
                !own.is_empty() && low.as_bytes() <= own.as_bytes() && own.as_bytes() < high.as_bytes()
            }),
            Test::LengthRange(low, high) => has_length(item, *low, *high),
            Test::IpRange(range) => is_address_in(item, range),
            Test::DayRange(from, to, offset) => is_in_day(item, *from, *to, *offset),
            Test::WeekRange(from, to, offset) => is_in_week(item, *from, *to, *offset),
            Test::Exact(text) => with_text(item, |own| own == text),
            Test::ExactPrefix(text) => with_text(item, |own| own.starts_with(text.as_str())),
            Test::Compare(comparison, bound) => order(item, bound).is_some_and(|order| satisfies(order, *comparison)),
            Test::Range(low, high) => within(item, low.as_ref(), high.as_ref()),
            Test::Exists | Test::Empty | Test::In(_) | Test::ContainsAll(..) | Test::ValueType(_) => {
                unreachable!("decided on all items together")
            }
        }
    }
}

/// The texts of a set; of one that was not asked for yet, none.
pub(super) fn values(set: &Set) -> &[String] {
    match set {
        Set::Values(values) => values,
        Set::Query(_) => &[],
    }
}

fn needles(values: &[String]) -> Vec<Needle> {
    values.iter().filter(|text| !text.is_empty()).map(|text| Needle::new(text, false)).collect()
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

#[inline]
fn is_some(value: &Value<'_>) -> bool {
    some_item(value, 0, &is_not_empty)
}

fn is_not_empty(item: &Value<'_>) -> bool {
    match item {
        Value::Null => false,
        Value::Str(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::List(_) => true,
    }
}
