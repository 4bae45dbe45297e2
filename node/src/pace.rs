//! How long a part-filled block may wait, so that a whole cluster of them stays bearable.

use vigil_model::limits::SEAL_INTERVAL_MAX_MS;

use crate::clock::Elapsed;

/// Part-filled blocks that a member may seal in a row before its interval grows.
const SAVED: u64 = 10;
const SECOND: u64 = 1_000_000_000;

/// The interval of one member: the configured one as long as the member seals seldom, or fills its
/// blocks; growing to its share of the cluster's rate when it goes on sealing part-filled ones.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    interval_ms: u64,
    per_second: u32,
    members: u64,
    /// When everything that was sealed part-filled will have been earned.
    earned: Elapsed,
}

impl Pace {
    pub(crate) fn new(interval_ms: u64, per_second: u32) -> Pace {
        Pace { interval_ms, per_second, members: 1, earned: Elapsed::default() }
    }

    /// How many members share the rate.
    pub(crate) fn share(&mut self, members: usize) {
        self.members = (members as u64).max(1);
    }

    /// Nanoseconds in which this member earns one part-filled block.
    fn earns(&self) -> u64 {
        self.members * SECOND / u64::from(self.per_second.max(1))
    }

    /// When a block whose oldest record is of `oldest` is to be sealed at the latest.
    pub(crate) fn due_at(&self, oldest: Elapsed) -> Elapsed {
        let usual = oldest.plus_millis(self.interval_ms);
        let latest = oldest.plus_millis(self.interval_ms.max(SEAL_INTERVAL_MAX_MS));
        let earned = Elapsed(self.earned.0.saturating_sub((SAVED - 1) * self.earns()));
        usual.max(earned).min(latest)
    }

    /// A part-filled block was sealed.
    pub(crate) fn sealed(&mut self, now: Elapsed) {
        // What stays unpaid is forgotten beyond twice what may be saved: the interval's maximum
        // lets a large cluster pass its rate, and a debt without end would only delay the recovery.
        let most = now.0.saturating_add(2 * SAVED * self.earns());
        self.earned = Elapsed((self.earned.max(now).0 + self.earns()).min(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds between the seals of a member that always has one more record.
    fn intervals(members: usize, seals: usize) -> Vec<u64> {
        let mut pace = Pace::new(20, 100);
        pace.share(members);
        let mut now = Elapsed(5 * SECOND);
        let seal = |_| {
            let due = pace.due_at(now);
            pace.sealed(due);
            let waited = due.since(now) / 1_000_000;
            now = due;
            waited
        };
        (0..seals).map(seal).collect()
    }

    #[test]
    fn a_node_alone_keeps_its_interval() {
        assert!(intervals(1, 1_000).iter().all(|ms| *ms == 20));
    }

    #[test]
    fn a_trickle_grows_to_the_share_and_a_single_event_does_not_wait() {
        let ten = intervals(10, 200);
        assert!(ten[..10].iter().all(|ms| *ms == 20), "{ten:?}");
        assert!(ten[100..].iter().all(|ms| *ms == 100), "{ten:?}");
    }

    #[test]
    fn the_interval_has_a_maximum() {
        assert_eq!(intervals(1_000, 100).last(), Some(&SEAL_INTERVAL_MAX_MS));
    }

    #[test]
    fn rest_pays_the_debt() {
        let mut pace = Pace::new(20, 100);
        pace.share(50);
        (0..100).for_each(|n| pace.sealed(Elapsed(n * 20_000_000)));
        let later = Elapsed(20 * SECOND);
        assert_eq!(pace.due_at(later), later.plus_millis(20));
    }
}
