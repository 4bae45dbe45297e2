//! How often one token or one address may ask: token buckets, told the time from outside.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use vigil_crdt::control::TokenId;
use vigil_model::limits::RATE_KEYS_MAX;

/// How many requests of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests a second in the long run; more than 0.
    pub per_second: f64,
    /// Requests at once after a pause; at least 1.
    pub burst: f64,
}

/// How many requests are answered. Programs of this machine that need no token are not limited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// From the bearers of one token, wherever they are.
    pub token: Rate,
    /// From one address (of IPv6: one network of 64 bits), whatever tokens it has.
    pub address: Rate,
    /// From one address that are refused for want of a good token or of the role. Each of these is
    /// written down; beyond this rate they are turned away without.
    pub refusals: Rate,
}

impl Default for Rates {
    fn default() -> Rates {
        Rates {
            token: Rate { per_second: 5_000.0, burst: 10_000.0 },
            address: Rate { per_second: 10_000.0, burst: 20_000.0 },
            refusals: Rate { per_second: 0.2, burst: 20.0 },
        }
    }
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asker {
    /// The bearers of a token.
    Token(TokenId),
    /// Everyone at an address.
    Address(IpAddr),
}

impl Asker {
    /// An address; of IPv6 the network, for that is what one person has.
    pub(crate) fn address(address: IpAddr) -> Asker {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Asker::Address(IpAddr::V6(Ipv6Addr::from(network)))
            }
            address => Asker::Address(address),
        }
    }
}

/// What is left of a rate: it fills up again with time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: Duration,
}

/// Buckets of one rate, one for each asker, at most [`RATE_KEYS_MAX`].
#[derive(Debug)]
pub(crate) struct Limiter {
    rate: Rate,
    buckets: Mutex<BTreeMap<Asker, Bucket>>,
}

impl Limiter {
    pub(crate) fn new(rate: Rate) -> Limiter {
        assert!(rate.per_second > 0.0 && rate.burst >= 1.0, "a rate lets a request through now and then");
        Limiter { rate, buckets: Mutex::default() }
    }

    /// Counts one request at `now`; when it is one too many, the error is how long to wait.
    pub(crate) fn take(&self, asker: Asker, now: Duration) -> Result<(), Duration> {
        // Buckets stay usable when a thread died while counting.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(&asker) {
            self.make_room(&mut buckets, now);
        }
        let full = Bucket { level: self.rate.burst, at: now };
        let bucket = buckets.entry(asker).or_insert(full);
        *bucket = Bucket { level: self.level(bucket, now), at: bucket.at.max(now) };
        if bucket.level < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.level) / self.rate.per_second));
        }
        bucket.level -= 1.0;
        Ok(())
    }

    fn level(&self, bucket: &Bucket, now: Duration) -> f64 {
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        (bucket.level + passed * self.rate.per_second).min(self.rate.burst)
    }

    /// A full bucket says the same as none. When there is none, the fullest goes: its asker gains
    /// least by that.
    fn make_room(&self, buckets: &mut BTreeMap<Asker, Bucket>, now: Duration) {
        if buckets.len() < RATE_KEYS_MAX {
            return;
        }
        buckets.retain(|_, bucket| self.level(bucket, now) < self.rate.burst);
        if buckets.len() >= RATE_KEYS_MAX {
            let levels = buckets.iter().map(|(asker, bucket)| (*asker, self.level(bucket, now)));
            let fullest = levels.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(asker, _)| asker);
            fullest.and_then(|asker| buckets.remove(&asker));
        }
        assert!(buckets.len() < RATE_KEYS_MAX, "one went at least");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Rate = Rate { per_second: 2.0, burst: 3.0 };

    fn asker(n: u32) -> Asker {
        Asker::address(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn a_bucket_empties_and_fills_up_again() {
        let limiter = Limiter::new(SLOW);
        let at = Duration::from_millis;
        for _ in 0..3 {
            assert_eq!(limiter.take(asker(1), at(0)), Ok(()));
        }
        assert_eq!(limiter.take(asker(1), at(0)), Err(at(500)));
        assert_eq!(limiter.take(asker(2), at(0)), Ok(()), "another has a bucket of its own");
        assert_eq!(limiter.take(asker(1), at(250)), Err(at(250)));
        assert_eq!(limiter.take(asker(1), at(500)), Ok(()));
        assert_eq!(limiter.take(asker(1), at(500)), Err(at(500)));
        for _ in 0..3 {
            assert_eq!(limiter.take(asker(1), at(1_000_000)), Ok(()), "it holds a burst, not all of the pause");
        }
        assert!(limiter.take(asker(1), at(1_000_000)).is_err());
        assert!(limiter.take(asker(1), at(0)).is_err(), "a clock that goes back fills nothing");
    }

    #[test]
    fn the_number_of_buckets_has_an_end_and_who_is_limited_stays_so() {
        let limiter = Limiter::new(SLOW);
        let now = Duration::ZERO;
        while limiter.take(asker(0), now).is_ok() {}
        for n in 1..=2 * RATE_KEYS_MAX as u32 {
            assert_eq!(limiter.take(asker(n), now), Ok(()));
            assert!(limiter.buckets.lock().expect("no panic").len() <= RATE_KEYS_MAX);
        }
        assert!(limiter.take(asker(0), now).is_err());
    }

    #[test]
    fn one_network_is_one_asker() {
        let of = |text: &str| Asker::address(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
