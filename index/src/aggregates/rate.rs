//! How many seconds a rate is over.

use vigil_model::Timestamp;
use vigil_query::TimeRange;

/// The times that rates are over where no bucket of time says it: those of the query, and where it has no end,
/// those from the first to the last event that was seen in any group.
///
/// All groups share it, so their rates can be compared. It is one second at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    asked: TimeRange,
    seen: Option<(Timestamp, Timestamp)>,
}

impl Span {
    pub(crate) fn new(asked: TimeRange) -> Span {
        Span { asked, seen: None }
    }

    /// Whether events decide.
    pub(crate) fn is_open(&self) -> bool {
        self.asked.from == Timestamp::MIN || self.asked.to == Timestamp::MAX
    }

    /// Notes the time of an event.
    #[inline]
    pub(crate) fn see(&mut self, time: Timestamp) {
        let (first, last) = self.seen.unwrap_or((time, time));
        self.seen = Some((first.min(time), last.max(time)));
    }

    pub(crate) fn merge(&mut self, other: Span) {
        if let Some((first, last)) = other.seen {
            self.see(first);
            self.see(last);
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        let (first, last) = self.seen.unwrap_or((Timestamp(0), Timestamp(0)));
        let from = if self.asked.from == Timestamp::MIN { first } else { self.asked.from };
        let to = if self.asked.to == Timestamp::MAX { last } else { self.asked.to };
        seconds((i128::from(to.0) - i128::from(from.0)).max(1_000_000_000))
    }
}

/// Nanoseconds as seconds.
pub(crate) fn seconds(nanos: i128) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_without_end_reaches_to_the_last_event() {
        let at = |second: i64| Timestamp(second * 1_000_000_000);
        let seconds = |from, to, seen: &[i64]| {
            let mut span = Span::new(TimeRange { from, to });
            seen.iter().for_each(|second| span.see(at(*second)));
            span.seconds()
        };
        assert_eq!(seconds(at(-5), at(5), &[1, 2]), 10.0);
        assert_eq!(seconds(at(-5), Timestamp::MAX, &[1, 2]), 7.0);
        assert_eq!(seconds(Timestamp::MIN, at(5), &[2, 1]), 4.0);
        assert_eq!(seconds(Timestamp::MIN, Timestamp::MAX, &[2, -1]), 3.0);
        assert_eq!(seconds(Timestamp::MIN, Timestamp::MAX, &[2]), 1.0);
        assert_eq!(seconds(Timestamp::MIN, Timestamp::MAX, &[]), 1.0);
    }
}
