//! At which times a metric query is answered.

use vigil_model::limits::LOGQL_STEPS_MAX;

use super::MetricError;

/// Times from `start` to `end`, both included, `step` apart; nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The first time.
    pub start: i64,
    /// No time is later.
    pub end: i64,
    /// Above 0.
    pub step: i64,
}

/// Times beyond these leave room for ranges and offsets.
const FAR: i64 = i64::MAX / 2;

impl Steps {
    /// Steps of a range query. At most [`LOGQL_STEPS_MAX`]; times far outside of any log are moved to its edge.
    pub fn range(start: i64, end: i64, step: i64) -> Result<Steps, MetricError> {
        let (start, end) = (start.clamp(-FAR, FAR), end.clamp(-FAR, FAR));
        if end < start || step <= 0 {
            return Err(MetricError::Times);
        }
        let steps = Steps { start, end, step };
        let count = (end - start) as u64 / step as u64 + 1;
        if count > LOGQL_STEPS_MAX as u64 { Err(MetricError::Steps { steps: count }) } else { Ok(steps) }
    }

    /// The one step of an instant query.
    pub fn instant(time: i64) -> Steps {
        let time = time.clamp(-FAR, FAR);
        Steps { start: time, end: time, step: 1 }
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> usize {
        ((self.end - self.start) / self.step) as usize + 1
    }

    /// The time of one of them.
    pub fn time(&self, n: usize) -> i64 {
        assert!(n < self.count(), "a step lies before the end");
        self.start + n as i64 * self.step
    }

    /// The last of them.
    pub fn last(&self) -> i64 {
        self.time(self.count() - 1)
    }

    /// Which of them a time is, if it is one.
    pub fn index(&self, time: i64) -> Option<usize> {
        let since = time.checked_sub(self.start)?;
        (since >= 0 && time <= self.end && since % self.step == 0).then(|| (since / self.step) as usize)
    }
}
