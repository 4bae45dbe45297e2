//! How far it is: a bar on a terminal, a line every ten seconds elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Totals;
use super::source::Input;
use crate::cli::output::{Look, Paint, say};
use crate::config::units::{count_text, events_text, size_round, span_round};

/// Time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Tells how far it is.
pub(super) struct Progress {
    look: Look,
    bar: ProgressBar,
    /// Bytes read of each input.
    positions: Vec<Arc<AtomicU64>>,
    /// Bytes of all inputs; 0 where one of them does not know.
    total: u64,
    accepted: Arc<AtomicU64>,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    /// At the start.
    pub(super) fn new(look: Look, inputs: &[Input]) -> Progress {
        let known = inputs.iter().all(|input| input.length > 0);
        let total = if known { inputs.iter().map(|input| input.length).sum() } else { 0 };
        let bar = if look.quiet { ProgressBar::hidden() } else { bar(total) };
        let positions = inputs.iter().map(|input| Arc::clone(&input.position)).collect();
        let now = Instant::now();
        Progress { look, bar, positions, total, accepted: Arc::default(), began: now, last_line: now }
    }

    /// What Ctrl-C leaves on the screen.
    pub(super) fn last_words(&self) -> impl FnOnce() + Send + use<> {
        let (bar, accepted, quiet) = (self.bar.clone(), Arc::clone(&self.accepted), self.look.quiet);
        move || {
            bar.finish_and_clear();
            if !quiet {
                say(&format!("interrupted: {} accepted until then", events_text(accepted.load(Ordering::Relaxed))));
            }
        }
    }

    /// After a batch.
    pub(super) fn update(&mut self, totals: &Totals) {
        self.accepted.store(totals.accepted, Ordering::Relaxed);
        let read: u64 = self.positions.iter().map(|position| position.load(Ordering::Relaxed)).sum();
        self.bar.set_position(read);
        self.bar.set_message(self.amount(totals));
        if self.bar.is_hidden() && !self.look.quiet && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            say(&self.line(read, totals));
        }
    }

    /// A line that does not tear the bar apart.
    pub(super) fn warn(&self, text: &str) {
        if !self.look.quiet {
            self.bar.suspend(|| say(&self.look.paint_error(Paint::Yellow, text)));
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn amount(&self, totals: &Totals) -> String {
        let rate = totals.accepted as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let rejected =
            if totals.rejected > 0 { format!(", {} rejected", count_text(totals.rejected)) } else { String::new() };
        format!("{}, {}/s{rejected}", events_text(totals.accepted), count_text(rate as u64))
    }

    fn line(&self, read: u64, totals: &Totals) -> String {
        let amount = self.amount(totals);
        match left(read, self.total, self.began.elapsed()) {
            Some(left) => {
                let (read, total) = (size_round(read), size_round(self.total));
                format!("{read} of {total}, {amount}, about {} left", span_round(left))
            }
            None => format!("{}, {amount}", size_round(read)),
        }
    }
}

/// How much longer it takes if it goes on as before.
fn left(read: u64, total: u64, took: Duration) -> Option<Duration> {
    let known = total > 0 && read > 0;
    let factor = total.saturating_sub(read) as f64 / read.max(1) as f64;
    known.then(|| Duration::try_from_secs_f64(took.as_secs_f64() * factor).unwrap_or(Duration::MAX))
}

fn bar(total: u64) -> ProgressBar {
    let (bar, template) = match total {
        0 => (ProgressBar::new_spinner(), "{spinner} {decimal_bytes}  {msg}"),
        total => (
            ProgressBar::new(total),
            "{bar:24} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  {msg}  {eta} left",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template names what there is");
    bar.with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_goes_by_bytes() {
        let took = Duration::from_secs(10);
        assert_eq!(left(25, 100, took), Some(Duration::from_secs(30)));
        assert_eq!(left(0, 100, took), None);
        assert_eq!(left(50, 0, took), None);
        assert_eq!(left(120, 100, took), Some(Duration::ZERO));
    }
}
