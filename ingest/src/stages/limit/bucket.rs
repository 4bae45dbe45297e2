//! How a bucket of tokens fills and empties, in whole numbers: nothing is rounded.

/// How fast buckets fill, and how much goes in.
///
/// One event costs `cost`; in a nanosecond `gain` flows in. So `count` events in `per` nanoseconds is exact.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    cost: i128,
    gain: i128,
    full: i128,
}

impl Rate {
    /// `count` events in `per` nanoseconds, and `burst` at once.
    pub(super) fn new(count: u64, per: u64, burst: u64) -> Rate {
        assert!(count > 0 && per > 0 && burst > 0, "settings allow no zero");
        let cost = i128::from(per);
        Rate { cost, gain: i128::from(count), full: cost * i128::from(burst) }
    }
}

/// What may still pass.
#[derive(Clone, Copy)]
pub(super) struct Bucket {
    level: i128,
    /// Up to when it was filled, in nanoseconds.
    at: i64,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(rate: &Rate, now: i64) -> Bucket {
        Bucket { level: rate.full, at: now }
    }

    /// Whether one event passes now. A clock that was set back fills nothing.
    pub(super) fn take(&mut self, rate: &Rate, now: i64) -> bool {
        self.fill(rate, now);
        let passes = self.level >= rate.cost;
        self.level -= if passes { rate.cost } else { 0 };
        assert!((0..=rate.full).contains(&self.level), "a bucket holds from nothing to its burst");
        passes
    }

    /// Whether it is as good as new by now.
    pub(super) fn is_full(&self, rate: &Rate, now: i64) -> bool {
        let mut filled = *self;
        filled.fill(rate, now);
        filled.level == rate.full
    }

    fn fill(&mut self, rate: &Rate, now: i64) {
        let passed = i128::from(now.saturating_sub(self.at).max(0));
        self.level = (self.level + passed * rate.gain).min(rate.full);
        self.at = self.at.max(now);
    }
}
