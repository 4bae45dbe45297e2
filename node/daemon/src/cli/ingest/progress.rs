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
/// What is done sooner needs no bar, which would only flicker.
const BAR_AFTER: Duration = Duration::from_millis(500);

/// Tells how far it is.
pub(super) struct Progress {
    look: Look,
    bar: ProgressBar,
    /// Bytes on disk of all inputs; 0 where one of them does not know.
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
        let now = Instant::now();
        Progress { look, bar, total, accepted: Arc::default(), began: now, last_line: now }
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

    /// After a batch that ends `read` bytes into the inputs.
    pub(super) fn update(&mut self, read: u64, totals: &Totals) {
        self.accepted.store(totals.accepted, Ordering::Relaxed);
        if self.bar.is_hidden() {
            self.tell_now_and_then(read, totals);
        } else if self.began.elapsed() >= BAR_AFTER {
            self.bar.set_message(self.beside_bar(read, totals));
            self.bar.set_position(read);
        }
    }

    fn tell_now_and_then(&mut self, read: u64, totals: &Totals) {
        if !self.look.quiet && self.last_line.elapsed() >= LINE_EVERY {
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

    /// As [`Progress::warn`], where nothing is wrong.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| self.look.note(text));
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

    /// What matters most comes first: a narrow terminal cuts the end.
    fn beside_bar(&self, read: u64, totals: &Totals) -> String {
        match left(read, self.total, self.began.elapsed()) {
            Some(left) => format!("{} left, {}", seconds_text(left), self.amount(totals)),
            None => format!("{}, {}", size_round(totals.bytes), self.amount(totals)),
        }
    }

    fn line(&self, read: u64, totals: &Totals) -> String {
        let amount = self.amount(totals);
        match left(read, self.total, self.began.elapsed()) {
            Some(left) => {
                let (read, total) = (size_round(read), size_round(self.total));
                format!("{read} of {total}, {amount}, about {} left", seconds_text(left))
            }
            None => format!("{}, {amount}", size_round(totals.bytes)),
        }
    }
}

/// How much longer it takes if it goes on as before.
fn left(read: u64, total: u64, took: Duration) -> Option<Duration> {
    let known = total > 0 && read > 0;
    let factor = total.saturating_sub(read) as f64 / read.max(1) as f64;
    known.then(|| Duration::try_from_secs_f64(took.as_secs_f64() * factor).unwrap_or(Duration::MAX))
}

/// A guess has no tenths.
fn seconds_text(left: Duration) -> String {
    match left.as_secs() {
        0..60 => format!("{} s", left.as_secs_f64().ceil()),
        _ => span_round(left),
    }
}

fn bar(total: u64) -> ProgressBar {
    // A wide message is cut to the terminal; any other would wrap, and leave lines behind.
    let (bar, template) = match total {
        0 => (ProgressBar::new_spinner(), "{spinner} {wide_msg}"),
        total => (ProgressBar::new(total), "{bar:20} {percent:>3} %  {wide_msg}"),
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

    #[test]
    fn a_guess_is_in_whole_seconds() {
        let text = |ms| seconds_text(Duration::from_millis(ms));
        assert_eq!(
            [text(0), text(100), text(2_900), text(59_500), text(72_000)],
            ["0 s", "1 s", "3 s", "60 s", "1 m 12 s"]
        );
    }
}
