//! How a query is written so that it reads back as the same query.

mod tests;

use std::fmt;

use crate::filter::TIME_FIELD;
use crate::parse::{is_keyword, is_name};
use crate::{Bound, Field, FieldTest, Filter, Query, Relation, TimeRange};

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
            Filter::Fields { left, relation, right } => {
                let name = match relation {
                    Relation::Equal => "eq_field",
                    Relation::Less => "lt_field",
                    Relation::LessOrEqual => "le_field",
                };
                write_name(left, f)?;
                write!(f, ":{name}({})", Text(right))
            }
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
        (Field::Any, test) if is_term(test) => {}
        // `*:*` is every event, as in Lucene.
        (Field::Any, FieldTest::Exists) => return f.write_str("*:(*)"),
        (Field::Any, _) => f.write_str("*:")?,
        (Field::Named(name), _) => {
            write_name(name, f)?;
            f.write_str(":")?;
        }
    }
    tests::write(test, f)
}

/// Whether the test stands alone, without `*:`, when it is about any field.
fn is_term(test: &FieldTest) -> bool {
    match test {
        FieldTest::Phrase(text)
        | FieldTest::Prefix(text)
        | FieldTest::CasedPhrase(text)
        | FieldTest::CasedPrefix(text)
        | FieldTest::Substring(text, _) => !text.is_empty(),
        FieldTest::Regex(_) => true,
        _ => false,
    }
}

fn write_name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_name(name) && !is_keyword(name) { f.write_str(name) } else { quoted(name, f) }
}

/// Text as it is written in a query: what is not a single plain word stands in quotes.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            && self.0.chars().all(|c| c.is_alphanumeric() || "_.-/".contains(c))
            && !is_keyword(self.0);
        if plain { f.write_str(self.0) } else { quoted(self.0, f) }
    }
}

/// Text as it is written in a query, always in quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quoted(self.0, f)
    }
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
