//! When may the next bytes leave, if all peers together get so many a second.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// How far sending may run ahead of the rate after a pause.
const BURST: Duration = Duration::from_millis(250);

/// Shares the bandwidth: first come, first served.
pub(crate) struct Limiter {
    rate: Option<u64>,
    /// When everything that was let through will have been paid for.
    paid: Mutex<Instant>,
}

impl Limiter {
    /// `rate` in bytes a second; nothing means no limit.
    pub(crate) fn new(rate: Option<u64>) -> Limiter {
        Limiter { rate: rate.map(|rate| rate.max(1)), paid: Mutex::new(Instant::now()) }
    }

    /// Waits until so many bytes may leave.
    pub(crate) async fn pass(&self, bytes: usize) {
        let Some(rate) = self.rate else { return };
        let due = {
            let mut paid = lock(&self.paid);
            due(&mut paid, Instant::now(), bytes, rate)
        };
        tokio::time::sleep_until(due).await;
    }
}

fn due(paid: &mut Instant, now: Instant, bytes: usize, rate: u64) -> Instant {
    let start = (*paid).max(now);
    *paid = start + Duration::from_secs_f64(bytes as f64 / rate as f64);
    start.checked_sub(BURST).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_at_the_rate_after_a_short_burst() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut paid = start;
        let dues: Vec<Instant> = (0..11).map(|_| due(&mut paid, start, 100_000, 1_000_000)).collect();
        assert!(dues[0] <= start, "the first leaves at once");
        assert_eq!(dues[10] - start, Duration::from_millis(750), "a million bytes, less the burst");
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut paid = start;
        let later = start + Duration::from_secs(60);
        due(&mut paid, later, 1_000_000, 1_000_000);
        assert_eq!(due(&mut paid, later, 1, 1_000_000), later + Duration::from_secs(1) - BURST);
    }
}
