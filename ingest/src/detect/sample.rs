//! The first lines of a body, and what they make of it.

use vigil_model::Timestamp;
use vigil_model::limits::{DETECT_BYTES_MAX, DETECT_LINES_MAX};

use super::{Decision, looks};
use crate::octets::Frames;
use crate::{Format, Recipe};

/// Gathers lines; holds at most [`DETECT_LINES_MAX`] of them, of [`DETECT_BYTES_MAX`] bytes.
pub(super) struct Sample {
    /// What it is when no format of lines is found: plain lines, or JSON objects one a line.
    otherwise: Format,
    /// NUL ends a line, too, as GELF has it.
    frames: Frames,
    /// Bytes taken so far.
    taken: usize,
    lines: Vec<String>,
}

impl Sample {
    /// Nothing yet. `octets`: lines may have their length in front.
    pub(super) fn new(otherwise: Format, octets: bool) -> Sample {
        Sample { otherwise, frames: Frames::new(octets), taken: 0, lines: Vec::new() }
    }

    /// Takes the next bytes, as many as still count.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(DETECT_BYTES_MAX - self.taken)];
        self.taken += bytes.len();
        let lines = &mut self.lines;
        self.frames.feed(bytes, |_, line| keep(lines, line.unwrap_or_default()));
    }

    /// The body is over: the last line needs no end.
    pub(super) fn finish(&mut self) {
        let lines = &mut self.lines;
        self.frames.finish(|_, line| keep(lines, line.unwrap_or_default()));
    }

    /// Whether further bytes change nothing.
    pub(super) fn is_full(&self) -> bool {
        self.taken == DETECT_BYTES_MAX || self.lines.len() == DETECT_LINES_MAX
    }

    /// Whether a line has ended.
    pub(super) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The decision by these lines; `head` are the first bytes of the body, all that came.
    pub(super) fn judge(&self, head: &[u8], recipe: &Recipe, now: Timestamp) -> Decision {
        looks::judge(head, &self.lines, self.otherwise, recipe, now)
    }
}

fn keep(lines: &mut Vec<String>, line: &[u8]) {
    if lines.len() < DETECT_LINES_MAX {
        lines.push(String::from_utf8_lossy(line).into_owned());
    }
}
