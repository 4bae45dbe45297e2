//! How lines become one event, each line being told whether it goes on with the ones before.
//!
//! Order is kept, and nothing is left out: what is beyond a limit begins an event of its own. Empty lines inside of an
//! event are kept, where the numbers of its lines show that there were some.

use vigil_model::limits::JOINED_BYTES_MAX;

use crate::multiline::{Multiline, Rule};
use crate::traces::Traces;

/// Gathers the lines of one event; holds at most [`JOINED_BYTES_MAX`] bytes, or one line where that is longer.
pub(crate) struct Joiner {
    multiline: Multiline,
    traces: Traces,
    /// The event so far; meaningless where there are no lines.
    text: Vec<u8>,
    lines: usize,
    /// Number of the first line, and of the last.
    first: u64,
    last: u64,
}

impl Joiner {
    /// By these settings.
    pub(crate) fn new(multiline: Multiline) -> Joiner {
        Joiner { multiline, traces: Traces::default(), text: Vec::new(), lines: 0, first: 0, last: 0 }
    }

    /// Takes the next line. Where it begins an event, the one before goes to `each`, with the number of its first line.
    pub(crate) fn line(&mut self, number: u64, line: &[u8], each: impl FnMut(u64, &[u8])) {
        if self.goes_on(number, line) {
            self.text.extend(std::iter::repeat_n(b'\n', self.gap(number)));
        } else {
            self.flush(each);
            self.begin(number, line);
        }
        self.text.extend_from_slice(line);
        self.lines += 1;
        self.last = number;
    }

    /// No further line belongs to the event that is being gathered.
    pub(crate) fn flush(&mut self, mut each: impl FnMut(u64, &[u8])) {
        if self.lines > 0 {
            each(self.first, &self.text);
        }
        self.lines = 0;
        self.text.clear();
    }

    /// Whether no event is being gathered.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines == 0
    }

    fn goes_on(&mut self, number: u64, line: &[u8]) -> bool {
        let fits = self.lines < self.multiline.lines
            && self.text.len().saturating_add(self.gap(number)).saturating_add(line.len()) <= JOINED_BYTES_MAX;
        self.lines > 0 && fits && self.matches(line)
    }

    fn matches(&mut self, line: &[u8]) -> bool {
        let line = &String::from_utf8_lossy(line);
        match &self.multiline.rule {
            Rule::Indent => self.traces.goes_on(line),
            Rule::Start(start) => !start.is_match(line),
            Rule::Continue(go_on) => go_on.is_match(line),
        }
    }

    /// Ends of line between the last line and this one.
    fn gap(&self, number: u64) -> usize {
        usize::try_from(number.saturating_sub(self.last)).unwrap_or(usize::MAX).max(1)
    }

    fn begin(&mut self, number: u64, line: &[u8]) {
        self.first = number;
        self.traces.begin(&String::from_utf8_lossy(line));
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn join(multiline: Multiline, lines: &[(u64, &str)]) -> Vec<(u64, String)> {
        let mut joiner = Joiner::new(multiline);
        let mut out = Vec::new();
        let mut each = |number, text: &[u8]| out.push((number, String::from_utf8_lossy(text).into_owned()));
        lines.iter().for_each(|(number, line)| joiner.line(*number, line.as_bytes(), &mut each));
        joiner.flush(&mut each);
        out
    }

    fn by(rule: Rule) -> Multiline {
        Multiline { rule, lines: 4 }
    }

    fn event(number: u64, text: &str) -> (u64, String) {
        (number, text.to_owned())
    }

    #[test]
    fn by_start_and_by_continuation() {
        let start = Rule::Start(Regex::new("^[0-9]").expect("a pattern"));
        let lines = [(1, "lead"), (2, "1 a"), (3, "b"), (6, "c"), (7, "2 d")];
        assert_eq!(join(by(start), &lines), [event(1, "lead"), event(2, "1 a\nb\n\n\nc"), event(7, "2 d")]);
        let go_on = Rule::Continue(Regex::new("^\\+").expect("a pattern"));
        assert_eq!(join(by(go_on), &[(1, "+a"), (2, "+b"), (3, "c")]), [event(1, "+a\n+b"), event(3, "c")]);
    }

    #[test]
    fn beyond_a_limit_an_event_begins() {
        let five = [(1, "a"), (2, " b"), (3, " c"), (4, " d"), (5, " e")];
        assert_eq!(join(by(Rule::Indent), &five), [event(1, "a\n b\n c\n d"), event(5, " e")]);
        let long = format!(" {}", "x".repeat(JOINED_BYTES_MAX - 3));
        assert_eq!(join(by(Rule::Indent), &[(1, "a"), (2, &long)]).len(), 1);
        assert_eq!(join(by(Rule::Indent), &[(1, "ab"), (2, &long)]).len(), 2);
        assert_eq!(join(by(Rule::Indent), &[(1, "a"), (u64::MAX, " b")]).len(), 2);
    }
}
