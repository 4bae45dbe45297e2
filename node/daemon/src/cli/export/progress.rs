//! How many rows came so far: a spinner on a terminal, a line every ten seconds elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::{Look, say};
use crate::config::units::count_text;

/// Time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Tells how far it is.
pub(super) struct Progress {
    spinner: ProgressBar,
    quiet: bool,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    /// At the start.
    pub(super) fn new(look: &Look) -> Progress {
        let spinner = if look.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template names what there is");
        let now = Instant::now();
        Progress { spinner: spinner.with_style(style), quiet: look.quiet, began: now, last_line: now }
    }

    /// After a page.
    pub(super) fn at(&mut self, rows: u64) {
        let rate = rows as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let text = format!("{} rows, {}/s", count_text(rows), count_text(rate as u64));
        if !self.spinner.is_hidden() {
            self.spinner.set_message(text);
            self.spinner.tick();
        } else if !self.quiet && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            say(&text);
        }
    }

    /// Takes the spinner away.
    pub(super) fn end(&self) {
        self.spinner.finish_and_clear();
    }
}
