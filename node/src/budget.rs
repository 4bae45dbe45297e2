//! How often a client's wish to be sealed at once is granted.

use crate::clock::Elapsed;

/// One permit in the unit that the bucket counts in.
const PERMIT: u64 = 1_000_000_000;

/// A token bucket: `per_second` permits a second, at most one second's worth saved up.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// Of the whole cluster.
    total: u32,
    per_second: u32,
    saved: u64,
    at: Elapsed,
}

impl Budget {
    pub(crate) fn new(per_second: u32) -> Budget {
        Budget { total: per_second, per_second, saved: Budget::capacity(per_second), at: Elapsed::default() }
    }

    /// How many members share the permits; everyone has one a second, unless there is none at all.
    pub(crate) fn share(&mut self, members: usize) {
        let share = self.total / u32::try_from(members.max(1)).unwrap_or(u32::MAX);
        self.per_second = share.max(1).min(self.total);
        self.saved = self.saved.min(Budget::capacity(self.per_second));
    }

    /// Takes one permit, if there is one.
    pub(crate) fn take(&mut self, now: Elapsed) -> bool {
        let earned = now.since(self.at).saturating_mul(u64::from(self.per_second));
        self.saved = self.saved.saturating_add(earned).min(Budget::capacity(self.per_second));
        self.at = now;
        let granted = self.saved >= PERMIT;
        if granted {
            self.saved -= PERMIT;
        }
        granted
    }

    fn capacity(per_second: u32) -> u64 {
        u64::from(per_second) * PERMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_granted_up_to_the_budget_and_then_the_rate() {
        let mut budget = Budget::new(10);
        let mut grants = |from: u64, to: u64| (from..to).filter(|ms| budget.take(Elapsed(ms * 1_000_000))).count();
        assert_eq!(grants(0, 100), 10);
        assert_eq!(grants(100, 2_100), 20);
    }

    #[test]
    fn members_share_the_permits() {
        let mut budget = Budget::new(10);
        budget.share(5);
        let grants = (0..2_000).filter(|ms| budget.take(Elapsed(ms * 1_000_000))).count();
        assert_eq!(grants, 2 + 3);
        budget.share(1_000);
        assert!(budget.take(Elapsed(10_000_000_000)), "one a second at least");
    }

    #[test]
    fn no_budget_grants_nothing() {
        assert!(!Budget::new(0).take(Elapsed(u64::MAX)));
    }
}
