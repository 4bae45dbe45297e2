//! What `detected_level` is: one of eight words, however the level of an event is written.

use super::test::{exists, first_of};
use crate::logql::ast::TextTest;
use crate::{FieldTest, Filter, Pattern};

/// Each level and how it is written, letter case ignored.
const LEVELS: [(&str, &[&str]); 7] = [
    ("trace", &["trace", "trc"]),
    ("debug", &["debug", "dbg"]),
    ("info", &["info", "inf", "information", "notice"]),
    ("warn", &["warn", "warning", "wrn"]),
    ("error", &["error", "err"]),
    ("critical", &["critical", "crit", "alert"]),
    ("fatal", &["fatal", "panic", "emerg", "emergency"]),
];

const UNKNOWN: &str = "unknown";

/// The level that a text means: `trace`, `debug`, `info`, `warn`, `error`, `critical`, `fatal` or `unknown`.
pub fn level_of(text: &str) -> &'static str {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    LEVELS.iter().find(|(_, words)| is(words)).map_or(UNKNOWN, |(level, _)| level)
}

/// Events whose level, as [`level_of`] says, passes the test.
pub(super) fn filter(test: &TextTest, fields: &[String]) -> Filter {
    let passing: Vec<&str> =
        LEVELS.iter().filter(|(level, _)| test.holds(level)).flat_map(|(_, words)| *words).copied().collect();
    if !test.holds(UNKNOWN) {
        return first_of(fields, &|field| written(field, &passing), None);
    }
    let failing: Vec<&str> =
        LEVELS.iter().filter(|(level, _)| !test.holds(level)).flat_map(|(_, words)| *words).copied().collect();
    if failing.is_empty() {
        return Filter::All;
    }
    let other = |field: &str| exists(field).and(written(field, &failing).negated());
    first_of(fields, &other, Some(Filter::All))
}

fn written(field: &str, words: &[&str]) -> Filter {
    if words.is_empty() {
        return Filter::All.negated();
    }
    Filter::field(field, FieldTest::Regex(pattern(words)))
}

fn pattern(words: &[&str]) -> Pattern {
    Pattern::new(&format!("(?i)^(?:{})$", words.join("|"))).expect("levels are plain words")
}

/// Each level with a pattern of the other ways to write it.
pub(super) fn rewrites() -> impl Iterator<Item = (Pattern, &'static str)> {
    LEVELS.iter().map(|(level, words)| (pattern(words), *level))
}
