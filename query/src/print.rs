//! How a query is written so that it reads back as the same query.

use std::fmt;

use crate::filter::TIME_FIELD;
use crate::parse::{is_keyword, is_name};
use crate::{Bound, Comparison, Field, FieldTest, Filter, Query, TimeRange};

/// VQL that [`crate::parse`] reads back as this query, whatever `now` is by then.
///
/// A time range that is narrower than the filter says becomes one more test of `_time`.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.filter.time_range();
        if self.time == said {
            write!(f, "{}", self.filter)?;
        } else {
            write!(f, "{}", time_test(self.time).and(self.filter.clone()))?;
        }
        self.pipes.iter().try_for_each(|pipe| write!(f, " | {pipe}"))
    }
}

fn time_test(time: TimeRange) -> Filter {
    let low = (time.from > TimeRange::ALL.from).then_some((Bound::Time(time.from), true));
    let high = (time.to < TimeRange::ALL.to).then_some((Bound::Time(time.to), false));
    Filter::field(TIME_FIELD, FieldTest::Range { low, high })
}

/// The filter as VQL.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::All => f.write_str("*"),
            Filter::Not(inner) => write!(f, "NOT {}", Operand { filter: inner, inside_and: true }),
            Filter::And(parts) => write_chain(parts, " AND ", true, f),
            Filter::Or(parts) => write_chain(parts, " OR ", false, f),
            Filter::Field { field, test } => write_test(field, test, f),
            Filter::Fields { .. } => todo!(),
        }
    }
}

fn write_chain(parts: &[Filter], operator: &str, is_and: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if parts.is_empty() {
        // Nothing to fail, or nothing to pass.
        return f.write_str(if is_and { "*" } else { "NOT *" });
    }
    for (n, part) in parts.iter().enumerate() {
        let operator = if n > 0 { operator } else { "" };
        write!(f, "{operator}{}", Operand { filter: part, inside_and: is_and })?;
    }
    Ok(())
}

/// A part of a chain, in parentheses where it would otherwise fall apart.
struct Operand<'a> {
    filter: &'a Filter,
    inside_and: bool,
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loose = match self.filter {
            Filter::Or(_) => true,
            Filter::And(_) => self.inside_and,
            Filter::All | Filter::Not(_) | Filter::Field { .. } | Filter::Fields { .. } => false,
        };
        if loose { write!(f, "({})", self.filter) } else { write!(f, "{}", self.filter) }
    }
}

fn write_test(field: &Field, test: &FieldTest, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (field, test) {
        (Field::Any, FieldTest::Phrase(text) | FieldTest::Prefix(text)) if !text.is_empty() => {}
        // `*:*` is every event, as in Lucene.
        (Field::Any, FieldTest::Exists) => return f.write_str("*:(*)"),
        (Field::Any, _) => f.write_str("*:")?,
        (Field::Named(name), _) if is_name(name) && !is_keyword(name) => write!(f, "{name}:")?,
        (Field::Named(name), _) => {
            quoted(name, f)?;
            f.write_str(":")?;
        }
    }
    match test {
        FieldTest::Phrase(text) => write_text(text, f),
        FieldTest::Prefix(text) => write_text(text, f).and_then(|()| f.write_str("*")),
        FieldTest::Exact(text) => f.write_str("=").and_then(|()| write_text(text, f)),
        FieldTest::ExactPrefix(text) => {
            f.write_str("=").and_then(|()| write_text(text, f)).and_then(|()| f.write_str("*"))
        }
        FieldTest::Exists => f.write_str("*"),
        FieldTest::Empty => f.write_str("\"\""),
        FieldTest::Compare(comparison, bound) => write!(f, "{}{}", sign(*comparison), Written(bound)),
        FieldTest::Range { low, high } => write_range(low.as_ref(), high.as_ref(), f),
        _ => todo!(),
    }
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
            Bound::Text(text) => quoted(text, f),
        }
    }
}

/// Text that is not a single plain word stands in quotes.
fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || "_.-/".contains(c))
        && !is_keyword(text);
    if plain { f.write_str(text) } else { quoted(text, f) }
}

/// Writes `text` between quotes.
pub(crate) fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
