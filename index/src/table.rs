//! How pipes run over rows that are already at hand.

use vigil_model::{Timestamp, Value};
use vigil_query::{Fields, Matcher, Pipe, SortKey, Stats, TimeRange};

use crate::gather::Source;
use crate::groups::Groups;
use crate::order::Directed;
use crate::row;
use crate::value::{Cell, Rank};
use crate::{OwnedValue, Row};

/// Runs the pipes in order. Also answers why groups are missing, if some are.
pub(crate) fn run(mut rows: Vec<Row>, pipes: &[Pipe]) -> (Vec<Row>, Option<String>) {
    let mut reason = None;
    for pipe in pipes {
        match pipe {
            Pipe::Limit(count) => rows.truncate(usize::try_from(*count).unwrap_or(usize::MAX)),
            Pipe::Offset(count) => {
                let skip = usize::try_from(*count).unwrap_or(usize::MAX).min(rows.len());
                rows.drain(..skip);
            }
            Pipe::Fields(names) => rows.iter_mut().for_each(|row| *row = row.project(names)),
            Pipe::Sort(keys) => rows.sort_by_cached_key(|row| sort_key(keys, &|name| row.cell(name))),
            Pipe::Stats(stats) => {
                let (groups, short) = grouped(&rows, stats).into_rows();
                reason = reason.or(short);
                rows = groups;
            }
            _ => todo!(),
        }
    }
    (rows, reason)
}

fn grouped(rows: &[Row], stats: &Stats) -> Groups {
    let mut groups = Groups::new(stats, &TimeRange::ALL);
    rows.iter().for_each(|row| groups.add(row));
    groups
}

impl Source for Row {
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        self.get(name).map(Cell::Owned)
    }

    fn each(&self, each: &mut dyn FnMut(&str, Cell<'_>)) {
        self.columns().for_each(|(name, value)| each(name, Cell::Owned(value)));
    }

    fn matches(&self, matcher: &Matcher) -> bool {
        matcher.matches(self)
    }
}

/// What a filter sees of a row: all but lists.
impl Fields for Row {
    fn event_time(&self) -> Option<Timestamp> {
        self.get(row::TIME).and_then(|value| Cell::Owned(value).time())
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.get(name).and_then(plain)
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.columns()
            .filter(|(name, _)| !row::is_reserved(name))
            .filter_map(|(_, value)| plain(value))
            .any(|v| holds(&v))
    }
}

fn plain(value: &OwnedValue) -> Option<Value<'_>> {
    Some(match value {
        OwnedValue::Null => Value::Null,
        OwnedValue::Bool(value) => Value::Bool(*value),
        OwnedValue::Int(value) => Value::Int(*value),
        OwnedValue::Float(value) => Value::Float(*value),
        OwnedValue::Str(text) => Value::Str(text),
        OwnedValue::Bytes(bytes) => Value::Bytes(bytes),
        OwnedValue::Time(time) => Value::Time(*time),
        OwnedValue::List(_) | OwnedValue::Id(_) => return None,
    })
}

/// Where a row stands in the order of `keys`.
pub(crate) fn sort_key<'a>(keys: &[SortKey], lookup: &dyn Fn(&str) -> Option<Cell<'a>>) -> Vec<Directed> {
    let directed = |key: &SortKey| Directed {
        rank: lookup(&key.field).map_or(Rank::Missing, |cell| cell.rank()),
        descending: key.descending,
    };
    keys.iter().map(directed).collect()
}
