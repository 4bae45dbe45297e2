//! How a value compares with a bound.

use std::cmp::Ordering;

use vigil_model::{Timestamp, Value};

use super::text::with_text;
use crate::number::Number;
use crate::{Bound, Comparison, when};

/// How `value`, which is no list, compares with `bound`; `None` where they do not compare.
#[inline]
pub(super) fn order(value: &Value<'_>, bound: &Bound) -> Option<Ordering> {
    match bound {
        Bound::Number(float) => Number::of(value)?.compare(Number::Float(*float)),
        Bound::Integer(whole) => Number::of(value)?.compare(Number::Int(*whole)),
        Bound::Time(time) => time_of(value).map(|own| own.cmp(time)),
        Bound::Text(text) => with_text(value, |own| (!own.is_empty()).then(|| own.as_bytes().cmp(text.as_bytes()))),
    }
}

/// Whether an order satisfies a comparison.
#[inline]
pub(super) fn satisfies(order: Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// Whether `value` lies above `low` and below `high`, as far as they are there.
#[inline]
pub(super) fn within(value: &Value<'_>, low: Option<&(Bound, bool)>, high: Option<&(Bound, bool)>) -> bool {
    let above =
        |(bound, inside): &(Bound, bool)| order(value, bound).is_some_and(|o| o.is_gt() || (*inside && o.is_eq()));
    let below =
        |(bound, inside): &(Bound, bool)| order(value, bound).is_some_and(|o| o.is_lt() || (*inside && o.is_eq()));
    low.is_none_or(above) && high.is_none_or(below)
}

/// The time that `value` is or that its text means.
pub(super) fn time_of(value: &Value<'_>) -> Option<Timestamp> {
    match *value {
        Value::Time(time) => Some(time),
        Value::Str(text) => when::read(text).map(|period| period.start),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Bytes(_) | Value::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESS: Option<Ordering> = Some(Ordering::Less);
    const EQUAL: Option<Ordering> = Some(Ordering::Equal);
    const GREATER: Option<Ordering> = Some(Ordering::Greater);

    #[test]
    fn numbers_compare_with_numbers_and_with_text_that_reads_as_one() {
        let five = Bound::Number(5.0);
        assert_eq!(order(&Value::Int(4), &five), LESS);
        assert_eq!(order(&Value::Float(5.5), &five), GREATER);
        assert_eq!(order(&Value::Str("5.0"), &five), EQUAL);
        assert_eq!(order(&Value::Str("1KB"), &five), GREATER);
        for other in [Value::Str("five"), Value::Str(""), Value::Null, Value::Bool(true), Value::Float(f64::NAN)] {
            assert_eq!(order(&other, &five), None, "{other:?}");
        }
        assert_eq!(order(&Value::Int(9_007_199_254_740_992), &Bound::Integer(9_007_199_254_740_993)), LESS);
    }

    #[test]
    fn times_compare_with_times_and_with_text_that_reads_as_one() {
        let bound = Bound::Time("2026-08-01T00:00:00Z".parse().expect("RFC 3339"));
        assert_eq!(order(&Value::Time(Timestamp(0)), &bound), LESS);
        assert_eq!(order(&Value::Str("2026-08-01T02:00:00+02:00"), &bound), EQUAL);
        assert_eq!(order(&Value::Str("2026-08-02"), &bound), GREATER);
        assert_eq!(order(&Value::Str("soon"), &bound), None);
        assert_eq!(order(&Value::Int(7), &bound), None);
    }

    #[test]
    fn texts_compare_by_bytes_and_empty_values_with_nothing() {
        let bound = Bound::Text("m".to_owned());
        assert_eq!(order(&Value::Str("Z"), &bound), LESS);
        assert_eq!(order(&Value::Str("ä"), &bound), GREATER);
        assert_eq!(order(&Value::Int(7), &bound), LESS);
        assert_eq!(order(&Value::Str(""), &bound), None);
        assert_eq!(order(&Value::Null, &bound), None);
    }
}
