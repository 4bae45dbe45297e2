//! How pipes run over rows that are already at hand.

use vigil_query::{Pipe, SortKey, Stats};

use crate::Row;
use crate::groups::Groups;
use crate::order::Directed;
use crate::value::{Cell, Rank};

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
                let groups = grouped(&rows, stats);
                reason = reason.or(groups.partial_reason());
                rows = groups.into_rows();
            }
            _ => todo!(),
        }
    }
    (rows, reason)
}

fn grouped(rows: &[Row], stats: &Stats) -> Groups {
    let mut groups = Groups::new(stats);
    rows.iter().for_each(|row| groups.add(&|name| row.cell(name)));
    groups
}

/// Where a row stands in the order of `keys`.
pub(crate) fn sort_key<'a>(keys: &[SortKey], lookup: &dyn Fn(&str) -> Option<Cell<'a>>) -> Vec<Directed> {
    let directed = |key: &SortKey| Directed {
        rank: lookup(&key.field).map_or(Rank::Missing, |cell| cell.rank()),
        descending: key.descending,
    };
    keys.iter().map(directed).collect()
}
