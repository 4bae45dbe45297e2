//! Which texts must stand in whatever a regular expression finds.
//!
//! The tree of the expression is read from left to right. As long as all that it can find is a few texts, they are kept
//! whole; where that ends, what was kept becomes one condition and a new one begins.

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};

use crate::Pattern;
use crate::words::fold;

/// Alternatives of one condition, at most; of more nothing is said.
const ALTERNATIVES_MAX: usize = 64;
/// Texts that are kept while they are put together.
const KEPT_MAX: usize = 32;
/// Bytes of a kept text, at most; then it becomes a condition.
const TEXT_BYTES_MAX: usize = 64;
/// Members of a class of characters that are looked at, at most.
const CLASS_CHARS_MAX: usize = 64;
/// Conditions of one expression, at most; further ones are not said.
const CONDITIONS_MAX: usize = 32;
/// Alternatives of a condition that a scan looks for.
const SCANNED_MAX: usize = 4;

/// Conditions that every match meets, each a list of texts of which one must stand in the folded text (each character
/// put through [`fold`]). None at all when nothing is known. No text is empty.
pub fn required_literals(pattern: &Pattern) -> Vec<Vec<String>> {
    let mut found = Found::of(&pattern.tree());
    if let Some(texts) = found.exact.take() {
        found.require(texts);
    }
    found.required
}

/// The condition that a scan looks for: few texts, and the longest; none if there is no such.
pub(super) fn best_literals(pattern: &Pattern) -> Vec<String> {
    let conditions = required_literals(pattern);
    let few = conditions.into_iter().filter(|texts| texts.len() <= SCANNED_MAX && shortest(texts) > 1);
    few.max_by_key(|texts| (shortest(texts), std::cmp::Reverse(texts.len()))).unwrap_or_default()
}

/// What is known of a part of an expression.
#[derive(Default)]
struct Found {
    /// All texts that the part can find, folded, if they are few: the whole match, nothing around it.
    exact: Option<Vec<String>>,
    /// Conditions that the part sets beside that.
    required: Vec<Vec<String>>,
}

impl Found {
    /// Expressions nest no deeper than the parser lets them.
    fn of(tree: &Hir) -> Found {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Found::exactly(vec![String::new()]),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) if text.len() <= TEXT_BYTES_MAX => Found::exactly(vec![folded(text)]),
                Ok(text) => Found { exact: None, required: vec![vec![folded(text)]] },
                Err(_) => Found::default(),
            },
            HirKind::Class(Class::Unicode(class)) => class_texts(class).map_or_else(Found::default, Found::exactly),
            HirKind::Class(Class::Bytes(_)) => Found::default(),
            HirKind::Repetition(repetition) => repeated(repetition),
            HirKind::Capture(capture) => Found::of(&capture.sub),
            HirKind::Concat(parts) => {
                let mut chain = Chain::new();
                parts.iter().for_each(|part| chain.add(Found::of(part)));
                chain.end()
            }
            HirKind::Alternation(parts) => alternated(parts),
        }
    }

    fn exactly(texts: Vec<String>) -> Found {
        Found { exact: Some(texts), required: Vec::new() }
    }

    /// One of `texts` must be there. An empty one is everywhere.
    fn require(&mut self, mut texts: Vec<String>) {
        texts.sort();
        texts.dedup();
        let says_something =
            !texts.is_empty() && texts.len() <= ALTERNATIVES_MAX && texts.iter().all(|text| !text.is_empty());
        if says_something && self.required.len() < CONDITIONS_MAX && !self.required.contains(&texts) {
            self.required.push(texts);
        }
    }
}

/// Parts that follow each other without a gap.
struct Chain {
    /// All texts that the last parts together can find.
    kept: Vec<String>,
    /// Whether they are all that was there from the start.
    whole: bool,
    found: Found,
}

impl Chain {
    fn new() -> Chain {
        Chain { kept: vec![String::new()], whole: true, found: Found::default() }
    }

    fn add(&mut self, part: Found) {
        for texts in part.required {
            self.found.require(texts);
        }
        let Some(texts) = part.exact else { return self.cut(vec![String::new()]) };
        match product(&self.kept, &texts) {
            Some(kept) => self.kept = kept,
            None => self.cut(texts),
        }
    }

    /// What was kept becomes a condition, and `kept` is kept from here on.
    fn cut(&mut self, kept: Vec<String>) {
        let done = std::mem::replace(&mut self.kept, kept);
        self.found.require(done);
        self.whole = false;
    }

    fn end(mut self) -> Found {
        if self.whole {
            self.found.exact = Some(self.kept);
        } else {
            self.cut(Vec::new());
        }
        self.found
    }
}

/// Every text of the one with every text of the other behind it, if these are few and short.
fn product(first: &[String], second: &[String]) -> Option<Vec<String>> {
    let longest = |texts: &[String]| texts.iter().map(String::len).max().unwrap_or(0);
    let small = first.len() * second.len() <= KEPT_MAX && longest(first) + longest(second) <= TEXT_BYTES_MAX;
    let mut texts: Vec<String> =
        small.then(|| first.iter().flat_map(|a| second.iter().map(move |b| format!("{a}{b}"))).collect())?;
    texts.sort();
    texts.dedup();
    Some(texts)
}

/// `x?`, `x{2}`, `x+`: so many times for certain, and then perhaps more.
fn repeated(repetition: &Repetition) -> Found {
    let one = Found::of(&repetition.sub);
    let Some(texts) = one.exact else {
        let required = if repetition.min > 0 { one.required } else { Vec::new() };
        return Found { exact: None, required };
    };
    if repetition.min == 0 {
        return match repetition.max {
            Some(1) => Found::exactly([texts, vec![String::new()]].concat()),
            Some(0) => Found::exactly(vec![String::new()]),
            _ => Found::default(),
        };
    }
    // So many copies as a kept text can hold say all that can be said.
    let copies = (repetition.min as usize).min(TEXT_BYTES_MAX);
    let mut chain = Chain::new();
    (0..copies).for_each(|_| chain.add(Found::exactly(texts.clone())));
    if repetition.max != Some(copies as u32) {
        // The last copy, which what follows stands behind, may be a later one.
        chain.cut(vec![String::new()]);
    }
    chain.end()
}

/// One of the parts: all that they can find together, or a condition of each.
fn alternated(parts: &[Hir]) -> Found {
    let mut exact: Option<Vec<String>> = Some(Vec::new());
    let mut best: Option<Vec<String>> = Some(Vec::new());
    for part in parts {
        let mut found = Found::of(part);
        let texts = found.exact.take();
        exact = joined(exact, texts.as_ref(), KEPT_MAX);
        if let Some(texts) = texts {
            found.require(texts);
        }
        let condition = found.required.into_iter().max_by_key(|texts| shortest(texts));
        best = joined(best, condition.as_ref(), ALTERNATIVES_MAX);
        if exact.is_none() && best.is_none() {
            return Found::default();
        }
    }
    match (exact, best) {
        (Some(texts), _) => Found::exactly(texts),
        (None, Some(texts)) => Found { exact: None, required: vec![texts] },
        (None, None) => Found::default(),
    }
}

fn joined(all: Option<Vec<String>>, more: Option<&Vec<String>>, max: usize) -> Option<Vec<String>> {
    let (mut all, more) = (all?, more?);
    all.extend(more.iter().cloned());
    all.sort();
    all.dedup();
    (all.len() <= max).then_some(all)
}

/// The folded members of a class, if it has few.
fn class_texts(class: &ClassUnicode) -> Option<Vec<String>> {
    let members: usize = class.ranges().iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
    if members > CLASS_CHARS_MAX {
        return None;
    }
    let chars = class.ranges().iter().flat_map(|range| range.start()..=range.end());
    let mut texts: Vec<String> = chars.map(|c| fold(c).to_string()).collect();
    texts.sort();
    texts.dedup();
    (!texts.is_empty() && texts.len() <= KEPT_MAX).then_some(texts)
}

fn shortest(texts: &[String]) -> usize {
    texts.iter().map(String::len).min().unwrap_or(0)
}

fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pattern: &str) -> String {
        let conditions = required_literals(&Pattern::new(pattern).expect("good"));
        conditions.iter().map(|texts| texts.join("|")).collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn what_must_be_there_is_said() {
        for (pattern, expected) in [
            ("error", "error"),
            ("ERROR code=\\d+", "error code="),
            ("(?i)Timeout", "timeout"),
            ("time(d )?out", "timed out|timeout"),
            ("^(GET|POST) /api/.*\\.json$", "get /api/|post /api/ & .json"),
            ("a.*b", "a & b"),
            ("x{3,}y", "xxx & y"),
            ("(ab){2}", "abab"),
            ("(foo|bar.*baz)", "baz|foo"),
            ("[aA][bB]c", "abc"),
            ("(?i)yes", "yes|yeſ"),
            (".*", ""),
            ("a?", ""),
            ("a*|b", ""),
            ("\\w+", ""),
        ] {
            assert_eq!(said(pattern), expected, "{pattern}");
        }
    }
}
