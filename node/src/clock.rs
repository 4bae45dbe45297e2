//! How much time has passed, whatever the wall clock does.

use vigil_model::Timestamp;

/// Nanoseconds since the machine was recovered; never goes back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Elapsed(pub(crate) u64);

impl Elapsed {
    pub(crate) fn plus_millis(self, millis: u64) -> Elapsed {
        Elapsed(self.0.saturating_add(millis.saturating_mul(1_000_000)))
    }

    pub(crate) fn millis(self) -> u64 {
        self.0 / 1_000_000
    }

    pub(crate) fn since(self, earlier: Elapsed) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Turns the shell's wall clock into [`Elapsed`]. When the wall clock is set back, time stands
/// still for one step instead of for an hour, so no deadline is lost.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    wall: Timestamp,
    elapsed: Elapsed,
}

impl Clock {
    pub(crate) fn new(now: Timestamp) -> Clock {
        Clock { wall: now, elapsed: Elapsed::default() }
    }

    pub(crate) fn advance(&mut self, now: Timestamp) {
        let step = now.0.saturating_sub(self.wall.0).max(0) as u64;
        self.elapsed = Elapsed(self.elapsed.0.saturating_add(step));
        self.wall = now;
    }

    pub(crate) fn elapsed(&self) -> Elapsed {
        self.elapsed
    }

    /// When the wall clock will read so; a moment that has passed reads as now.
    pub(crate) fn wall_at(&self, deadline: Elapsed) -> Timestamp {
        let wait = i64::try_from(deadline.since(self.elapsed)).unwrap_or(i64::MAX);
        Timestamp(self.wall.0.saturating_add(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_loses_no_deadline() {
        let mut clock = Clock::new(Timestamp::from_millis(10_000));
        clock.advance(Timestamp::from_millis(10_005));
        let deadline = clock.elapsed().plus_millis(20);
        clock.advance(Timestamp::from_millis(4_000));
        assert_eq!(clock.wall_at(deadline), Timestamp::from_millis(4_020));
        clock.advance(Timestamp::from_millis(4_020));
        assert!(clock.elapsed() >= deadline);
    }
}
