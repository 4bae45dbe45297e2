//! In which order the pipes of a query are run: what the frames feed, and what comes after.

use vigil_model::Hash;
use vigil_query::{Filter, PermittedQuery, Pipe, Query, SortKey, TimeRange};

use crate::gather::Gatherer;
use crate::steps::{drops_rows, is_step, makes_rows};

const PLAN_DOMAIN: &str = "vigil plan v1";

/// A query, sorted by who runs what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// Event times that can answer.
    pub(crate) time: TimeRange,
    /// Which events: the filter, and each `where` that stood directly behind it.
    pub(crate) filter: Filter,
    /// Steps that every row of the frames goes through before the head sees it.
    pub(crate) steps: Vec<Pipe>,
    /// What these rows feed.
    pub(crate) head: Head,
    /// Pipes over what the head hands on, run in memory.
    pub(crate) rest: Vec<Pipe>,
}

/// What the rows of the frames feed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Head {
    /// The first rows of an order.
    Rows(RowsHead),
    /// A pipe that makes new rows of all.
    Gather(Pipe),
}

/// The first rows of an order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowsHead {
    /// The order; newest first when empty, and among equals.
    pub(crate) sort: Vec<SortKey>,
    /// Which of them.
    pub(crate) window: Window,
    /// Steps that only the rows that are shown or handed on go through: one comes out for each.
    pub(crate) shape: Vec<Pipe>,
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
    pub(crate) fn of(query: &Query) -> Plan {
        let (filter, pipes) = with_leading_filters(query);
        let time = query.time.intersect(&filter.time_range());
        let (steps, after) = pipes.split_at(pipes.iter().take_while(|pipe| is_step(pipe)).count());
        let (steps, head, rest) = match after.split_first() {
            Some((pipe, rest)) if is_gathered(pipe) => (steps, Head::Gather(pipe.clone()), rest),
            Some((Pipe::Sort(keys), rest)) => with_rows(keys, steps, rest),
            _ => with_rows(&[], steps, after),
        };
        Plan { time, filter, steps: steps.to_vec(), head, rest: rest.to_vec() }
    }

    /// Whether the answer is a run of events newest first, which can go on from any of them.
    pub(crate) fn is_stream(&self) -> bool {
        let in_order = matches!(&self.head, Head::Rows(rows) if rows.sort.is_empty());
        in_order && self.rest.is_empty() && !self.makes_rows()
    }

    /// Whether the head may see more than one row of an event.
    pub(crate) fn makes_rows(&self) -> bool {
        self.steps.iter().any(makes_rows)
    }
}

/// Names a query, so that a cursor is not taken for another's. It is that of the question as it was asked, with its
/// subqueries as they stand there: they are asked anew for each page, and may answer otherwise.
pub(crate) fn plan_hash(question: &PermittedQuery) -> [u8; 8] {
    *Hash::of(PLAN_DOMAIN, question.name().as_bytes()).0.first_chunk().expect("a hash is longer than eight bytes")
}

/// Whether the pipe makes new rows of all.
pub(crate) fn is_gathered(pipe: &Pipe) -> bool {
    Gatherer::of(pipe, &TimeRange::ALL).is_some()
}

/// The filter with each `where` directly behind it, so that the index prunes by them, too. What a filter cannot see of
/// an event stays a step.
fn with_leading_filters(query: &Query) -> (Filter, &[Pipe]) {
    let mut filter = query.filter.clone();
    let mut pipes = &query.pipes[..];
    while let Some((Pipe::Where(more), after)) = pipes.split_first() {
        if reads_row(more) {
            break;
        }
        filter = filter.and(more.clone());
        pipes = after;
    }
    (filter, pipes)
}

/// Whether it reads columns that an event has only as a row.
fn reads_row(filter: &Filter) -> bool {
    let of_row = |name: &str| crate::row::is_reserved(name) && name != crate::row::TIME;
    match filter {
        Filter::All => false,
        Filter::Not(inner) => reads_row(inner),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(reads_row),
        Filter::Field { field, .. } => matches!(field, vigil_query::Field::Named(name) if of_row(name)),
        Filter::Fields { left, right, .. } => of_row(left) || of_row(right),
    }
}

fn with_rows<'a>(sort: &[SortKey], steps: &'a [Pipe], pipes: &'a [Pipe]) -> (&'a [Pipe], Head, &'a [Pipe]) {
    // Where rows are not sorted by what steps make, those need not run for rows that nobody sees.
    let needed = if sort.is_empty() { steps.iter().rposition(drops_rows).map_or(0, |at| at + 1) } else { steps.len() };
    let (steps, later) = steps.split_at(needed);
    let mut shape = later.to_vec();
    let mut window = Window::ALL;
    let mut rest = pipes;
    while let Some((pipe, after)) = rest.split_first() {
        match pipe {
            Pipe::Limit(count) => window = window.limit(*count),
            Pipe::Offset(count) => window = window.offset(*count),
            pipe if is_step(pipe) && !drops_rows(pipe) => shape.push(pipe.clone()),
            _ => break,
        }
        rest = after;
    }
    (steps, Head::Rows(RowsHead { sort: sort.to_vec(), window, shape }), rest)
}

#[cfg(test)]
mod tests {
    use vigil_query::FieldTest;

    use super::*;

    fn plan(pipes: &[Pipe]) -> Plan {
        Plan::of(&Query { time: TimeRange::ALL, filter: Filter::All, pipes: pipes.to_vec() })
    }

    fn rows(plan: &Plan) -> &RowsHead {
        let Head::Rows(rows) = &plan.head else { panic!("no groups were asked for") };
        rows
    }

    fn passing(name: &str) -> Pipe {
        Pipe::Where(Filter::field(name, FieldTest::Exists))
    }

    fn fields(names: &[&str]) -> Pipe {
        Pipe::Fields(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn limits_and_offsets_fold_into_one_window() {
        let plan = plan(&[Pipe::Limit(10), Pipe::Offset(3), fields(&["a"]), Pipe::Limit(20), Pipe::Offset(2)]);
        assert_eq!(rows(&plan).window, Window { skip: 5, take: Some(5) });
        assert_eq!(rows(&plan).shape, [fields(&["a"])]);
        assert!(plan.rest.is_empty() && plan.is_stream());
    }

    #[test]
    fn a_filter_that_leads_prunes() {
        let pipes =
            [passing("a"), passing("b"), passing("_id"), passing("c"), fields(&["a"]), Pipe::Limit(3), passing("a")];
        let plan = plan(&pipes);
        let exists = |name: &str| Filter::field(name, FieldTest::Exists);
        assert_eq!(plan.filter, Filter::And(vec![exists("a"), exists("b")]));
        assert_eq!(plan.steps, pipes[2..4]);
        assert_eq!(rows(&plan).shape, pipes[4..5]);
        assert_eq!(plan.rest, pipes[6..]);
        assert!(!plan.is_stream());
    }

    #[test]
    fn what_is_sorted_by_is_made_first() {
        let sort = Pipe::Sort(vec![SortKey { field: "a".into(), descending: false }]);
        let plan = plan(&[fields(&["a", "b"]), sort.clone(), fields(&["b"]), sort.clone()]);
        assert_eq!((&plan.steps[..], &plan.rest[..]), (&[fields(&["a", "b"])][..], &[sort][..]));
        assert_eq!(rows(&plan).shape, [fields(&["b"])]);
    }

    #[test]
    fn rows_made_of_events_are_no_stream() {
        let unroll = Pipe::Unroll(vigil_query::Unroll { by: vec!["a".into()], only_if: None });
        assert!(!plan(&[unroll.clone(), Pipe::Limit(3)]).is_stream());
        assert_eq!(plan(&[Pipe::Limit(3), unroll.clone()]).rest, [unroll]);
    }
}
