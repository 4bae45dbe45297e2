//! Which lines belong to the event before them.

use regex::Regex;

/// How lines are put together. A group ends where the next one begins, at its limit of lines or bytes, or at the end.
#[derive(Clone, Debug)]
pub struct Multiline {
    /// What says that a line belongs to the one before.
    pub rule: Rule,
    /// Lines of one event at most.
    pub lines: usize,
}

/// What says that a line belongs to the one before.
#[derive(Clone, Debug)]
pub enum Rule {
    /// It is indented, or begins as the lines below a thrown exception do (`Caused by:`, `at …`, `... 12 more`).
    Indent,
    /// It does not match this: events begin where it matches.
    Start(Regex),
    /// It matches this.
    Continue(Regex),
}
