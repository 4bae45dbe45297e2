//! How many requests came, how they ended and how long they took.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counts of one process. Routes are those of the router, so their number has a bound.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    routes: Mutex<BTreeMap<(String, u16), Latencies>>,
    in_flight: AtomicI64,
    rejected: AtomicU64,
    unaudited: AtomicU64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Latencies {
    /// Requests below each bound, and not below the one before; the last is beyond all bounds.
    buckets: [u64; BOUNDS.len() + 1],
    seconds: f64,
}

/// Counts a request as in flight until it is dropped.
pub(crate) struct InFlight<'a>(&'a Meter);

impl Meter {
    /// A request came.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// A request of `route` was answered; of a stream: its head.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        let mut routes = self.lock();
        let latencies = routes.entry((route.to_owned(), status)).or_default();
        latencies.buckets[bucket] += 1;
        latencies.seconds += seconds;
    }

    /// Pieces of input that were no events.
    pub(crate) fn rejected(&self, count: u64) {
        self.rejected.fetch_add(count, Ordering::Relaxed);
    }

    /// An act that could not be written down.
    pub(crate) fn unaudited(&self) {
        self.unaudited.fetch_add(1, Ordering::Relaxed);
    }

    /// Prometheus text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("a string takes everything");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let rejected = self.rejected.load(Ordering::Relaxed);
        writeln!(out, "# HELP vigil_http_requests_in_flight Requests not answered yet.")?;
        writeln!(out, "# TYPE vigil_http_requests_in_flight gauge\nvigil_http_requests_in_flight {in_flight}")?;
        writeln!(out, "# HELP vigil_ingest_rejected_total Lines of input that were no events.")?;
        writeln!(out, "# TYPE vigil_ingest_rejected_total counter\nvigil_ingest_rejected_total {rejected}")?;
        let unaudited = self.unaudited.load(Ordering::Relaxed);
        writeln!(out, "# HELP vigil_audit_lost_total Acts and refusals that could not be written to the audit log.")?;
        writeln!(out, "# TYPE vigil_audit_lost_total counter\nvigil_audit_lost_total {unaudited}")?;
        let routes = self.lock().clone();
        writeln!(out, "# HELP vigil_http_request_seconds Time to the head of the answer.")?;
        writeln!(out, "# TYPE vigil_http_request_seconds histogram")?;
        for ((route, status), latencies) in &routes {
            latencies.write(&format!("route=\"{route}\",status=\"{status}\""), out)?;
        }
        writeln!(out, "# HELP vigil_http_requests_total Requests answered.")?;
        writeln!(out, "# TYPE vigil_http_requests_total counter")?;
        for ((route, status), latencies) in &routes {
            let count: u64 = latencies.buckets.iter().sum();
            writeln!(out, "vigil_http_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}")?;
        }
        Ok(())
    }

    /// Counts stay usable when a thread died while counting.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, u16), Latencies>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Latencies {
    fn write(&self, labels: &str, out: &mut String) -> std::fmt::Result {
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(self.buckets) {
            below += count;
            writeln!(out, "vigil_http_request_seconds_bucket{{{labels},le=\"{bound}\"}} {below}")?;
        }
        let count = below + self.buckets[BOUNDS.len()];
        writeln!(out, "vigil_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {count}")?;
        writeln!(out, "vigil_http_request_seconds_sum{{{labels}}} {}", self.seconds)?;
        writeln!(out, "vigil_http_request_seconds_count{{{labels}}} {count}")
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let meter = Meter::default();
        for millis in [0, 2, 60_000] {
            meter.answered("/v1/query", 200, Duration::from_millis(millis));
        }
        let in_flight = meter.begin();
        let text = meter.text();
        let has = |line: &str| assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        has("vigil_http_request_seconds_bucket{route=\"/v1/query\",status=\"200\",le=\"0.001\"} 1");
        has("vigil_http_request_seconds_bucket{route=\"/v1/query\",status=\"200\",le=\"10\"} 2");
        has("vigil_http_request_seconds_bucket{route=\"/v1/query\",status=\"200\",le=\"+Inf\"} 3");
        has("vigil_http_requests_total{route=\"/v1/query\",status=\"200\"} 3");
        has("vigil_http_requests_in_flight 1");
        drop(in_flight);
        assert!(meter.text().contains("vigil_http_requests_in_flight 0"));
    }
}
