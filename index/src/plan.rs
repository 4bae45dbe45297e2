//! In which order the pipes of a query are run: what the frames feed, and what comes after.

use vigil_model::Hash;
use vigil_query::{PermittedQuery, Pipe, SortKey, Stats};

const PLAN_DOMAIN: &str = "vigil plan v1";

/// The pipes of a query, sorted by who runs them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// What the rows of the frames feed.
    pub(crate) head: Head,
    /// Fields that the head sees; `None` is all.
    pub(crate) visible: Option<Vec<String>>,
    /// Pipes over what the head hands on, run in memory.
    pub(crate) rest: Vec<Pipe>,
}

/// What the rows of the frames feed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Head {
    /// The first rows of an order.
    Rows(RowsHead),
    /// Groups.
    Stats(Stats),
}

/// The first rows of an order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowsHead {
    /// The order; newest first when empty, and among equals.
    pub(crate) sort: Vec<SortKey>,
    /// Which of them.
    pub(crate) window: Window,
    /// Columns of the rows; `None` is all.
    pub(crate) columns: Option<Vec<String>>,
}

/// A run of rows in some order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Rows before it.
    pub(crate) skip: u64,
    /// Rows in it; `None` is all that follow.
    pub(crate) take: Option<u64>,
}

impl Window {
    pub(crate) const ALL: Window = Window { skip: 0, take: None };

    fn limit(self, count: u64) -> Window {
        Window { take: Some(self.take.map_or(count, |take| take.min(count))), ..self }
    }

    fn offset(self, count: u64) -> Window {
        Window { skip: self.skip.saturating_add(count), take: self.take.map(|take| take.saturating_sub(count)) }
    }

    /// The place of its last row, counted from 1; the maximum when it has no end.
    pub(crate) fn end(&self) -> u64 {
        self.take.map_or(u64::MAX, |take| self.skip.saturating_add(take))
    }
}

impl Plan {
    pub(crate) fn of(pipes: &[Pipe]) -> Plan {
        let (visible, pipes) = leading_fields(None, pipes);
        match pipes.split_first() {
            Some((Pipe::Stats(stats), rest)) => Plan { head: Head::Stats(stats.clone()), visible, rest: rest.to_vec() },
            Some((Pipe::Sort(keys), rest)) => rows_plan(keys, visible, rest),
            _ => rows_plan(&[], visible, pipes),
        }
    }

    /// Whether the answer is a run of rows newest first, which can go on from any row.
    pub(crate) fn is_stream(&self) -> bool {
        self.rest.is_empty() && matches!(&self.head, Head::Rows(rows) if rows.sort.is_empty())
    }
}

/// Names a query, so that a cursor is not taken for another's.
pub(crate) fn plan_hash(question: &PermittedQuery) -> [u8; 8] {
    *Hash::of(PLAN_DOMAIN, question.name().as_bytes()).0.first_chunk().expect("a hash is longer than eight bytes")
}

fn rows_plan(sort: &[SortKey], visible: Option<Vec<String>>, pipes: &[Pipe]) -> Plan {
    let mut window = Window::ALL;
    let mut columns = visible.clone();
    let mut rest = pipes;
    while let Some((pipe, after)) = rest.split_first() {
        match pipe {
            Pipe::Limit(count) => window = window.limit(*count),
            Pipe::Offset(count) => window = window.offset(*count),
            Pipe::Fields(names) => columns = Some(narrowed(columns, names)),
            _ => break,
        }
        rest = after;
    }
    let head = Head::Rows(RowsHead { sort: sort.to_vec(), window, columns });
    Plan { head, visible, rest: rest.to_vec() }
}

fn leading_fields(mut visible: Option<Vec<String>>, mut pipes: &[Pipe]) -> (Option<Vec<String>>, &[Pipe]) {
    while let Some((Pipe::Fields(names), after)) = pipes.split_first() {
        visible = Some(narrowed(visible, names));
        pipes = after;
    }
    (visible, pipes)
}

/// `names` as far as they were there before.
fn narrowed(before: Option<Vec<String>>, names: &[String]) -> Vec<String> {
    match before {
        None => names.to_vec(),
        Some(before) => names.iter().filter(|name| before.contains(name)).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_offsets_fold_into_one_window() {
        let plan = Plan::of(&[Pipe::Limit(10), Pipe::Offset(3), Pipe::Limit(20), Pipe::Offset(2)]);
        let Head::Rows(rows) = plan.head else { panic!("no groups were asked for") };
        assert_eq!(rows.window, Window { skip: 5, take: Some(5) });
        assert!(plan.rest.is_empty());
    }

    #[test]
    fn a_field_that_was_dropped_does_not_come_back() {
        let fields = |names: &[&str]| Pipe::Fields(names.iter().map(|name| (*name).to_owned()).collect());
        let sort = Pipe::Sort(vec![SortKey { field: "a".into(), descending: false }]);
        let plan = Plan::of(&[fields(&["a", "b"]), sort.clone(), fields(&["b", "c"]), sort]);
        assert_eq!(plan.visible, Some(vec!["a".into(), "b".into()]));
        assert_eq!(plan.rest.len(), 1);
        let Head::Rows(rows) = plan.head else { panic!("no groups were asked for") };
        assert_eq!(rows.columns, Some(vec!["b".into()]));
    }
}
