//! How a test of a value is written.

use std::fmt;
use std::net::Ipv6Addr;

use vigil_model::Timestamp;

use super::{Quoted, Text};
use crate::parse::WEEK;
use crate::{Bound, Case, Comparison, FieldTest, IpRange, Set};

/// Writes what stands behind the colon.
pub(super) fn write(test: &FieldTest, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match test {
        FieldTest::Phrase(text) => write!(f, "{}", Text(text)),
        FieldTest::Prefix(text) => write!(f, "{}*", Text(text)),
        FieldTest::CasedPhrase(text) => write!(f, "c{}", Quoted(text)),
        FieldTest::CasedPrefix(text) => write!(f, "c{}*", Quoted(text)),
        FieldTest::Substring(text, Case::Folded) => write!(f, "*{}*", Quoted(text)),
        FieldTest::Substring(text, Case::Exact) => write!(f, "c*{}*", Quoted(text)),
        FieldTest::Regex(pattern) => write!(f, "~{}", Regex(pattern.text())),
        FieldTest::In(set) => write_set("in", set, f),
        FieldTest::ContainsAll(set) => write_set("contains_all", set, f),
        FieldTest::ContainsAny(set) => write_set("contains_any", set, f),
        FieldTest::Sequence(texts) => write!(f, "seq({})", Listed(texts)),
        FieldTest::StringRange(low, high) => write!(f, "string_range({}, {})", Text(low), Text(high)),
        FieldTest::LengthRange(low, u64::MAX) => write!(f, "len_range({low}, inf)"),
        FieldTest::LengthRange(low, high) => write!(f, "len_range({low}, {high})"),
        FieldTest::IpRange(range) => write_addresses(range, f),
        FieldTest::ValueType(name) => write!(f, "value_type({})", Text(name)),
        FieldTest::DayRange { from, to, offset } => {
            write!(f, "day_range[{}, {}){}", TimeOfDay(*from), TimeOfDay(*to), Offset(*offset))
        }
        FieldTest::WeekRange { from, to, offset } => {
            write!(f, "week_range[{}, {}]{}", day(*from), day(*to), Offset(*offset))
        }
        FieldTest::Exact(text) => write!(f, "={}", Text(text)),
        FieldTest::ExactPrefix(text) => write!(f, "={}*", Text(text)),
        FieldTest::Exists => f.write_str("*"),
        FieldTest::Empty => f.write_str("\"\""),
        FieldTest::Compare(comparison, bound) => write!(f, "{}{}", sign(*comparison), Written(bound)),
        FieldTest::Range { low, high } => write_range(low.as_ref(), high.as_ref(), f),
    }
}

/// `in(a, b)`, `in(filter | pipes)`; the set of nothing is `in[]`.
fn write_set(name: &str, set: &Set, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match set {
        Set::Values(values) if values.is_empty() => write!(f, "{name}[]"),
        Set::Values(values) => write!(f, "{name}({})", Listed(values)),
        Set::Query(query) => write!(f, "{name}({query})"),
    }
}

/// Texts with commas between.
struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(n, text)| {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Text(text))
        })
    }
}

/// An expression between quotes, where backslashes are its own but before a quote or another one.
struct Regex<'a>(&'a str);

impl fmt::Display for Regex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "\"{escaped}\"")
    }
}

fn write_addresses(range: &IpRange, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let v4 = |address: Ipv6Addr| address.to_ipv4_mapped();
    match (v4(range.first), v4(range.last)) {
        (Some(first), Some(last)) => write!(f, "ipv4_range({first}, {last})"),
        // A mapped address reads as IPv6, as the other end does.
        _ => write!(f, "ip_range(\"{}\", \"{}\")", range.first, range.last),
    }
}

/// `08:00`, with seconds and their fraction where there are such.
struct TimeOfDay(i64);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.clamp(0, Timestamp::DAY);
        let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        write!(f, "{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
        match (seconds % 60, fraction) {
            (0, 0) => Ok(()),
            (seconds, 0) => write!(f, ":{seconds:02}"),
            (seconds, fraction) => write!(f, ":{seconds:02}.{fraction:09}"),
        }
    }
}

/// ` offset 2h`; nothing where there is none.
struct Offset(i64);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 4] =
            [(3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1, "ns")];
        let (unit, name) = UNITS.into_iter().find(|(unit, _)| self.0 % unit == 0).expect("one divides everything");
        if self.0 == 0 { Ok(()) } else { write!(f, " offset {}{name}", self.0 / unit) }
    }
}

fn day(day: u8) -> &'static str {
    WEEK[usize::from(day).min(WEEK.len() - 1)]
}

fn write_range(low: Option<&(Bound, bool)>, high: Option<&(Bound, bool)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match low {
        None => f.write_str("[*")?,
        Some((bound, inside)) => write!(f, "{}{}", if *inside { '[' } else { '{' }, Written(bound))?,
    }
    f.write_str(" TO ")?;
    match high {
        None => f.write_str("*]"),
        Some((bound, inside)) => write!(f, "{}{}", Written(bound), if *inside { ']' } else { '}' }),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// A bound as it is written in a query.
struct Written<'a>(&'a Bound);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // The shortest digits of a large float are those of another whole number.
            Bound::Number(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => {
                write!(f, "{}", *number as i64)
            }
            Bound::Number(number) => write!(f, "{number}"),
            Bound::Integer(number) => write!(f, "{number}"),
            Bound::Time(time) => write!(f, "{time}"),
            Bound::Text(text) => write!(f, "{}", Quoted(text)),
        }
    }
}
