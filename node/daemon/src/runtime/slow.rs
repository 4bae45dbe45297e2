//! How long queries take: counted for `/metrics`, and each slow one logged.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use vigil_index::QueryStats;
use vigil_query::PermittedQuery;

use super::metrics::put;

/// Upper ends of the buckets, in milliseconds.
const BUCKETS_MS: [u64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000];
/// Letters of a slow query that are logged.
const TEXT_MAX: usize = 2_000;

/// What a query took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    /// By the clock.
    pub(super) wall: Duration,
    /// Of all processors together.
    pub(super) cpu: Duration,
}

/// How long the queries of this process took.
#[derive(Default)]
pub(super) struct Tally {
    answered: AtomicU64,
    failed: AtomicU64,
    slow: AtomicU64,
    /// Queries that took no longer than the end of each bucket, and longer than that of the one before.
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
    wall_us: AtomicU64,
    cpu_us: AtomicU64,
}

impl Tally {
    /// Counts a query that was answered, or failed.
    pub(super) fn count(&self, answered: bool) {
        if answered { &self.answered } else { &self.failed }.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what a query took, and logs it when that was `slow_ms` or more; 0 logs none.
    pub(super) fn note(&self, took: &Took, slow_ms: u64, question: &PermittedQuery, limit: usize, stats: &QueryStats) {
        let ms = took.wall.as_millis() as u64;
        let bucket = BUCKETS_MS.iter().position(|end| took.wall <= Duration::from_millis(*end));
        self.buckets[bucket.unwrap_or(BUCKETS_MS.len())].fetch_add(1, Ordering::Relaxed);
        self.wall_us.fetch_add(took.wall.as_micros() as u64, Ordering::Relaxed);
        self.cpu_us.fetch_add(took.cpu.as_micros() as u64, Ordering::Relaxed);
        if !took.is_slow(slow_ms) {
            return;
        }
        self.slow.fetch_add(1, Ordering::Relaxed);
        let text: String = question.query().to_string().chars().take(TEXT_MAX).collect();
        tracing::warn!(
            target: "vigil::slow_query",
            query = text,
            class = %question.class(),
            limit,
            wall_ms = ms,
            cpu_ms = took.cpu.as_millis() as u64,
            rows = stats.rows_read,
            bytes = stats.bytes_read,
            frames = stats.frames_read,
            "slow query"
        );
    }

    /// Writes the numbers in Prometheus text.
    pub(super) fn render(&self, out: &mut String) {
        let (answered, failed) = (get(&self.answered), get(&self.failed));
        put(out, "vigil_queries_total", "counter", "Queries answered or failed.", answered + failed);
        put(out, "vigil_queries_failed_total", "counter", "Queries that failed.", failed);
        put(out, "vigil_slow_queries_total", "counter", "Queries that took query.slow or longer.", get(&self.slow));
        let cpu = seconds(get(&self.cpu_us));
        put(out, "vigil_query_cpu_seconds_total", "counter", "Processor time of queries.", cpu);
        self.render_histogram(out);
    }

    fn render_histogram(&self, out: &mut String) {
        let name = "vigil_query_seconds";
        let mut line = |text: String| writeln!(out, "{text}").expect("a string takes everything");
        line(format!("# HELP {name} How long queries take, in seconds."));
        line(format!("# TYPE {name} histogram"));
        let mut count = 0;
        let ends = BUCKETS_MS.iter().map(|ms| seconds(ms * 1_000)).chain(["+Inf".to_owned()]);
        for (end, bucket) in ends.zip(&self.buckets) {
            count += get(bucket);
            line(format!("{name}_bucket{{le=\"{end}\"}} {count}"));
        }
        line(format!("{name}_sum {}", seconds(get(&self.wall_us))));
        line(format!("{name}_count {count}"));
    }
}

impl Took {
    fn is_slow(&self, slow_ms: u64) -> bool {
        slow_ms > 0 && self.wall.max(self.cpu) >= Duration::from_millis(slow_ms)
    }
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn seconds(us: u64) -> String {
    format!("{}", us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use vigil_model::{Class, Timestamp};
    use vigil_query::{Permission, parse};

    use super::*;

    fn took(wall_ms: u64, cpu_ms: u64) -> Took {
        Took { wall: Duration::from_millis(wall_ms), cpu: Duration::from_millis(cpu_ms) }
    }

    #[test]
    fn slow_is_slow_by_the_clock_or_by_the_processors() {
        assert!(!took(999, 0).is_slow(1_000));
        assert!(took(1_000, 0).is_slow(1_000));
        assert!(took(10, 1_500).is_slow(1_000));
        assert!(!took(100_000, 100_000).is_slow(0), "0 is never");
    }

    #[test]
    fn queries_are_counted_by_how_long_they_took() {
        let query = parse("refused", Timestamp(0)).expect("a query");
        let question = Permission::everything().allow(query, Class::Logs).expect("permitted");
        let tally = Tally::default();
        for wall_ms in [0, 1, 7, 99_000] {
            tally.note(&took(wall_ms, 1), 1_000, &question, 100, &QueryStats::default());
            tally.count(wall_ms != 7);
        }
        let mut text = String::new();
        tally.render(&mut text);
        for line in [
            "vigil_queries_total 4",
            "vigil_queries_failed_total 1",
            "vigil_slow_queries_total 1",
            "vigil_query_cpu_seconds_total 0.004",
            "vigil_query_seconds_bucket{le=\"0.001\"} 2",
            "vigil_query_seconds_bucket{le=\"0.01\"} 3",
            "vigil_query_seconds_bucket{le=\"30\"} 3",
            "vigil_query_seconds_bucket{le=\"+Inf\"} 4",
            "vigil_query_seconds_sum 99.008",
            "vigil_query_seconds_count 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
