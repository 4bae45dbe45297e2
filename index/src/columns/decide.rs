//! What a filter says of the rows of a chunk: each of its tests is put once to each value of a dictionary.

use std::collections::BTreeSet;
use std::sync::Arc;

use vigil_model::{Timestamp, Value};
use vigil_query::{Field, Fields, Filter, Matcher, TIME_FIELD, TimeRange};

use super::chunk::Known;
use super::{ChunkSource, Head};
use crate::SourceError;

/// A filter that columns can decide, where they have the fields.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    All,
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Vec<Test>),
    Time(Matcher),
    Named(String, Matcher),
}

impl Test {
    /// `None` for a filter that reads more than one field at once.
    pub(crate) fn of(filter: &Filter) -> Option<Test> {
        let all = |parts: &[Filter]| parts.iter().map(Test::of).collect::<Option<Vec<_>>>();
        match filter {
            Filter::All => Some(Test::All),
            Filter::Not(inner) => Some(Test::Not(Box::new(Test::of(inner)?))),
            Filter::And(parts) => Some(Test::And(all(parts)?)),
            Filter::Or(parts) => Some(Test::Or(all(parts)?)),
            Filter::Field { field: Field::Named(name), .. } if name == TIME_FIELD => {
                Some(Test::Time(Matcher::new(filter)))
            }
            Filter::Field { field: Field::Named(name), .. } => Some(Test::Named(name.clone(), Matcher::new(filter))),
            Filter::Field { field: Field::Any, .. } | Filter::Fields { .. } => None,
        }
    }

    /// Adds the fields that it reads.
    pub(super) fn name_fields(&self, names: &mut BTreeSet<String>) {
        match self {
            Test::All | Test::Time(_) => {}
            Test::Not(inner) => inner.name_fields(names),
            Test::And(parts) | Test::Or(parts) => parts.iter().for_each(|part| part.name_fields(names)),
            Test::Named(name, _) => {
                names.insert(name.clone());
            }
        }
    }

    /// What it says of the rows of a chunk, every field of which must be known. Codes and times are read only
    /// where the values leave anything open.
    pub(super) fn verdict(&self, chunk: &dyn ChunkSource, head: &Head) -> Result<Verdict, SourceError> {
        let all = |parts: &[Test]| parts.iter().map(|part| part.verdict(chunk, head)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Test::All => Verdict::Same(true),
            Test::Not(inner) => match inner.verdict(chunk, head)? {
                Verdict::Same(passes) => Verdict::Same(!passes),
                open => Verdict::Not(Box::new(open)),
            },
            Test::And(parts) => joined(all(parts)?, false),
            Test::Or(parts) => joined(all(parts)?, true),
            Test::Time(matcher) => Verdict::Time(matcher.clone(), chunk.times()?),
            Test::Named(name, matcher) => of_field(name, matcher, chunk, head)?,
        })
    }
}

/// What a filter says of rows, by their numbers.
pub(super) enum Verdict {
    /// The same of every row.
    Same(bool),
    Not(Box<Verdict>),
    And(Vec<Verdict>),
    Or(Vec<Verdict>),
    Time(Matcher, Arc<Vec<i64>>),
    Within(TimeRange, Arc<Vec<i64>>),
    /// By the code of a field.
    Codes(Arc<Vec<u16>>, Vec<bool>),
}

impl Verdict {
    /// Which rows lie in a time range.
    pub(super) fn within(time: &TimeRange, chunk: &dyn ChunkSource, head: &Head) -> Result<Verdict, SourceError> {
        if time.covers(head.first, head.last) {
            return Ok(Verdict::Same(true));
        }
        Ok(Verdict::Within(*time, chunk.times()?))
    }

    /// Rows that pass both.
    pub(super) fn and(self, other: Verdict) -> Verdict {
        joined(vec![self, other], false)
    }

    /// Whether a row passes.
    pub(super) fn passes(&self, row: usize) -> bool {
        match self {
            Verdict::Same(passes) => *passes,
            Verdict::Not(inner) => !inner.passes(row),
            Verdict::And(parts) => parts.iter().all(|part| part.passes(row)),
            Verdict::Or(parts) => parts.iter().any(|part| part.passes(row)),
            Verdict::Time(matcher, times) => matcher.matches(&Only { time: Some(Timestamp(times[row])), value: None }),
            Verdict::Within(time, times) => time.contains(Timestamp(times[row])),
            Verdict::Codes(codes, passes) => passes[usize::from(codes[row])],
        }
    }
}

/// Verdicts joined by "or", or by "and": one that says `decides` of every row settles it.
fn joined(parts: Vec<Verdict>, decides: bool) -> Verdict {
    let mut open = Vec::new();
    for part in parts {
        match part {
            Verdict::Same(passes) if passes == decides => return Verdict::Same(decides),
            Verdict::Same(_) => {}
            part => open.push(part),
        }
    }
    match open.len() {
        0 => Verdict::Same(!decides),
        1 => open.pop().expect("there is one"),
        _ if decides => Verdict::Or(open),
        _ => Verdict::And(open),
    }
}

fn of_field(name: &str, matcher: &Matcher, chunk: &dyn ChunkSource, head: &Head) -> Result<Verdict, SourceError> {
    let passes = |value: Option<Value<'_>>| matcher.matches(&Only { time: None, value });
    let n = match head.known(name) {
        Known::Column(n) => n,
        Known::Absent => return Ok(Verdict::Same(passes(None))),
        Known::Unknown => return Err(SourceError::Failed(format!("a chunk has no column of `{name}`"))),
    };
    let dictionary = chunk.dictionary(n)?;
    let verdicts: Vec<bool> = dictionary.values().map(passes).collect();
    // "Missing" has a code even where no row lacks the field.
    let from = usize::from(head.fields[n].present == head.rows);
    let met = &verdicts[from.min(verdicts.len() - 1)..];
    if met.iter().all(|passes| *passes == met[0]) {
        return Ok(Verdict::Same(met[0]));
    }
    Ok(Verdict::Codes(chunk.codes(n)?, verdicts))
}

/// An event of which only one field, or only the time, is known: all that the test reads.
struct Only<'a> {
    time: Option<Timestamp>,
    value: Option<Value<'a>>,
}

impl Fields for Only<'_> {
    fn event_time(&self) -> Option<Timestamp> {
        self.time
    }

    fn value(&self, _: &str) -> Option<Value<'_>> {
        self.value
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.value.as_ref().is_some_and(holds)
    }
}
