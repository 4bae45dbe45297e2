//! Which lines belong to the event before them.

use regex::{Regex, RegexBuilder};
use vigil_model::limits::{MULTILINE_LINES_MAX, MULTILINE_LINES_USUAL, REGEX_BYTES_MAX};
use vigil_model::tree::{Content, Node};

use crate::options::Options;

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

impl Multiline {
    /// Reads `multiline:` of a source: `indent`, or keys beneath it: one of `start` and `continue` with a regular
    /// expression, none for `indent`, and `lines`. `None` where something is wrong, which is told.
    pub(crate) fn read(node: &Node, options: &mut Options<'_, '_>) -> Option<Multiline> {
        match &node.content {
            Content::Scalar(word) if word == "indent" => {
                Some(Multiline { rule: Rule::Indent, lines: MULTILINE_LINES_USUAL })
            }
            Content::Map(_) => Multiline::read_keys(node, options),
            _ => {
                options.fault(node.at, "`multiline` is `indent`, or has `start`, `continue` or `lines` beneath it");
                None
            }
        }
    }

    fn read_keys(node: &Node, options: &mut Options<'_, '_>) -> Option<Multiline> {
        let before = options.faults().len();
        let mut keys = Options::of(node, "multiline", options.faults());
        let start = keys.read("start", regex);
        let go_on = keys.read("continue", regex);
        let lines = keys.number("lines", 2, MULTILINE_LINES_MAX as u64);
        if start.is_some() && go_on.is_some() {
            keys.fault(node.at, "`start` and `continue` exclude each other");
        }
        keys.finish();
        let rule = start.map(Rule::Start).or(go_on.map(Rule::Continue)).unwrap_or(Rule::Indent);
        let lines = lines.map_or(MULTILINE_LINES_USUAL, |lines| lines as usize);
        (options.faults().len() == before).then_some(Multiline { rule, lines })
    }
}

fn regex(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).build();
    // The library draws the place of a fault over several lines; its last line says what it is.
    built.map_err(|error| {
        error.to_string().lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
    })
}
