//! Which way the next range travels: over libp2p streams or over the bulk lane.
//!
//! libp2p's QUIC uses Cubic, which a link with a long round trip and a little loss starves. The
//! bulk lane uses BBR, which such a link does not, but which is less fair to others. So streams
//! are used until they measure slow, then the lane that brings more. No clock: times are told.

use futures::future::BoxFuture;

use crate::frames::{ReadHalf, WriteHalf};
use crate::registry::OpenLink;
use crate::types::{LaneChoice, StreamError};

/// Both halves of a stream of bytes to a peer.
pub(crate) type Halves = (ReadHalf, WriteHalf);

/// Opens streams of bytes to the peer of a link.
pub(crate) trait Lane: Send + Sync {
    /// Opens one.
    fn open<'a>(&'a self, link: &'a OpenLink) -> BoxFuture<'a, Result<Halves, StreamError>>;
}

/// The two ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Streams,
    Bulk,
}

/// A pull that brought less says nothing about the lane: it is mostly one round trip.
const TELLING_BYTES: u64 = 512 * 1024;
/// From here on streams are good enough.
const FAST_BYTES_PER_SECOND: u64 = 24_000_000;
/// The bulk lane must be so much better, in percent of the streams.
const BETTER_PERCENT: u64 = 125;
/// How old the figure of the lane that is not used may become before it is measured again.
const STALE_MS: u64 = 300_000;
/// How long the bulk lane is left alone after it failed; doubles with each failure.
const REST_MS_MIN: u64 = 30_000;
const REST_MS_MAX: u64 = 1_800_000;

#[derive(Clone, Copy, Debug)]
struct Rate {
    bytes_per_second: u64,
    at: u64,
}

/// What was measured on one link.
#[derive(Default, Debug)]
pub(crate) struct Meter {
    streams: Option<Rate>,
    bulk: Option<Rate>,
    failures: u32,
    rests_until: u64,
}

impl Meter {
    /// The way for the next pull. `possible`: the peer has a bulk lane.
    pub(crate) fn choose(&self, choice: LaneChoice, possible: bool, now: u64) -> Way {
        if !possible || now < self.rests_until || choice == LaneChoice::Streams {
            return Way::Streams;
        }
        if choice == LaneChoice::Bulk {
            return Way::Bulk;
        }
        let Some(streams) = self.streams.filter(|rate| rate.bytes_per_second < FAST_BYTES_PER_SECOND) else {
            return Way::Streams;
        };
        let Some(bulk) = self.bulk else { return Way::Bulk };
        let (best, other) = if bulk.bytes_per_second * 100 > streams.bytes_per_second * BETTER_PERCENT {
            (Way::Bulk, (Way::Streams, streams))
        } else {
            (Way::Streams, (Way::Bulk, bulk))
        };
        if now.saturating_sub(other.1.at) > STALE_MS { other.0 } else { best }
    }

    /// A pull brought so many bytes, for which it waited so many microseconds.
    pub(crate) fn measured(&mut self, way: Way, bytes: u64, micros: u64, now: u64) {
        if bytes < TELLING_BYTES {
            return;
        }
        let new = bytes.saturating_mul(1_000_000) / micros.max(1);
        let rate = match way {
            Way::Streams => &mut self.streams,
            Way::Bulk => &mut self.bulk,
        };
        // Half of the old figure stays, unless it is too old to say anything.
        let old = rate.filter(|rate| now.saturating_sub(rate.at) <= STALE_MS).map_or(new, |rate| rate.bytes_per_second);
        *rate = Some(Rate { bytes_per_second: old / 2 + new / 2, at: now });
        if way == Way::Bulk {
            self.failures = 0;
        }
    }

    /// The bulk lane did not open.
    pub(crate) fn bulk_failed(&mut self, now: u64) {
        self.rests_until = now + (REST_MS_MIN << self.failures.min(10)).min(REST_MS_MAX);
        self.failures += 1;
    }

    /// Bytes a second: over streams, over the bulk lane; 0 when not measured.
    pub(crate) fn rates(&self) -> (u64, u64) {
        let figure = |rate: &Option<Rate>| rate.map_or(0, |rate| rate.bytes_per_second);
        (figure(&self.streams), figure(&self.bulk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn meter(streams: u64, bulk: u64) -> Meter {
        let mut meter = Meter::default();
        meter.measured(Way::Streams, streams * MB, MB, 0);
        meter.measured(Way::Bulk, bulk * MB, MB, 0);
        meter
    }

    #[test]
    fn a_fast_link_never_leaves_the_streams() {
        assert_eq!(Meter::default().choose(LaneChoice::Auto, true, 0), Way::Streams);
        assert_eq!(meter(300, 0).choose(LaneChoice::Auto, true, 0), Way::Streams);
    }

    #[test]
    fn a_starved_link_tries_the_bulk_lane_and_keeps_what_is_better() {
        assert_eq!(meter(1, 0).choose(LaneChoice::Auto, true, 0), Way::Bulk);
        assert_eq!(meter(1, 40).choose(LaneChoice::Auto, true, 0), Way::Bulk);
        assert_eq!(meter(10, 11).choose(LaneChoice::Auto, true, 0), Way::Streams);
        assert_eq!(meter(1, 40).choose(LaneChoice::Auto, false, 0), Way::Streams, "the peer has none");
    }

    #[test]
    fn the_other_lane_is_measured_again_now_and_then() {
        assert_eq!(meter(1, 40).choose(LaneChoice::Auto, true, STALE_MS + 1), Way::Streams);
        assert_eq!(meter(10, 11).choose(LaneChoice::Auto, true, STALE_MS + 1), Way::Bulk);
    }

    #[test]
    fn small_pulls_say_nothing() {
        let mut meter = Meter::default();
        meter.measured(Way::Streams, TELLING_BYTES - 1, MB, 0);
        assert_eq!(meter.rates(), (0, 0));
    }

    #[test]
    fn a_lane_that_does_not_open_rests_ever_longer() {
        let mut meter = meter(1, 40);
        let mut now = 0;
        let mut rests = Vec::new();
        for _ in 0..12 {
            meter.bulk_failed(now);
            assert_eq!(meter.choose(LaneChoice::Bulk, true, now), Way::Streams);
            rests.push(meter.rests_until - now);
            now = meter.rests_until;
            assert_eq!(meter.choose(LaneChoice::Bulk, true, now), Way::Bulk);
        }
        assert!(rests.is_sorted() && rests[0] == REST_MS_MIN && rests[11] == REST_MS_MAX);
    }
}
