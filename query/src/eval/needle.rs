//! How the words of a phrase are found in a text, letter case ignored, at the speed of `memchr`.
//!
//! One part of the phrase, the *anchor*, is searched for in the bytes; around each hit the rest
//! is compared. The anchor is made of characters that have no hidden other case, so a search for
//! its bytes misses nothing.

use memchr::memmem::Finder;
use memchr::{memchr_iter, memchr2_iter};
use vigil_model::Value;

use super::text::with_text;
use crate::words::{fold, is_word};

/// Letters from rare to common in logs. `i` and `k` are missing: `İ` and the Kelvin sign fold to
/// them, so their two bytes are not all of their forms.
const ANCHOR_LETTERS: &str = "qzjxvywbghfpmucdlnrsoate";
/// A run of characters without case is the anchor from this length on.
const GOOD_RUN: usize = 3;

/// A phrase, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    folded: String,
    anchor: Anchor,
    /// Byte offset of the anchor in `folded`.
    anchor_at: usize,
    /// The phrase begins (ends) with a word that must not be cut.
    starts_word: bool,
    ends_word: bool,
    /// The phrase may be in the text of a value that is not text itself.
    beyond_text: bool,
}

#[derive(Clone, Debug)]
enum Anchor {
    /// A letter in both cases.
    Letter(u8, u8),
    /// A single byte without case.
    Byte(u8),
    /// Bytes without case.
    Run(Box<Finder<'static>>),
    /// No part will do: every place of the text is tried.
    None,
}

impl Needle {
    /// A needle for `phrase`, not empty; `prefix` lets its last word go on.
    pub(super) fn new(phrase: &str, prefix: bool) -> Needle {
        let needle = Needle::anywhere(phrase);
        let starts_word = needle.folded.chars().next().is_some_and(is_word);
        let ends_word = !prefix && needle.folded.chars().next_back().is_some_and(is_word);
        Needle { starts_word, ends_word, ..needle }
    }

    /// A needle for `text`, not empty, that may stand inside of words.
    pub(super) fn anywhere(text: &str) -> Needle {
        assert!(!text.is_empty(), "an empty text asks whether a field exists");
        let folded: String = text.chars().map(fold).collect();
        let (anchor, anchor_at) = choose_anchor(&folded);
        let beyond_text = may_be_in_other_text(&folded);
        Needle { folded, anchor, anchor_at, starts_word: false, ends_word: false, beyond_text }
    }

    /// Whether the phrase is in the text of `value`, which is no list.
    #[inline]
    pub(super) fn is_in(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Str(text) => self.is_in_text(text),
            _ => self.beyond_text && with_text(value, |text| self.is_in_text(text)),
        }
    }

    /// Whether the phrase may be in some text among `bytes`, such as a whole record. `true` may
    /// be wrong, `false` never is.
    #[inline]
    pub(super) fn may_be_among(&self, bytes: &[u8]) -> bool {
        if self.beyond_text || !self.folded.is_ascii() {
            return true;
        }
        let near = |at: usize| {
            let start = at.checked_sub(self.anchor_at);
            let window = start.and_then(|start| bytes.get(start..start + self.folded.len()));
            window.is_some_and(|window| window.eq_ignore_ascii_case(self.folded.as_bytes()) || !window.is_ascii())
        };
        match &self.anchor {
            Anchor::Letter(lower, upper) => memchr2_iter(*lower, *upper, bytes).any(near),
            Anchor::Byte(byte) => memchr_iter(*byte, bytes).any(near),
            Anchor::Run(finder) => occurrences(finder, bytes).any(near),
            Anchor::None => true,
        }
    }

    #[inline]
    fn is_in_text(&self, text: &str) -> bool {
        self.end_after(text, 0).is_some()
    }

    /// Where the first occurrence that begins at `from` or later ends.
    #[inline]
    pub(super) fn end_after(&self, text: &str, from: usize) -> Option<usize> {
        let bytes = &text.as_bytes()[from..];
        // The anchor lies inside of the phrase, so that it does not begin before it.
        let around = |at: usize| self.around(text, from + at).filter(|(start, _)| *start >= from).map(|(_, end)| end);
        match &self.anchor {
            Anchor::Letter(lower, upper) => memchr2_iter(*lower, *upper, bytes).find_map(around),
            Anchor::Byte(byte) => memchr_iter(*byte, bytes).find_map(around),
            Anchor::Run(finder) => occurrences(finder, bytes).find_map(around),
            Anchor::None => text[from..].char_indices().find_map(|(at, _)| around(at)),
        }
    }

    /// Where the phrase lies whose anchor is at `at`, if it lies there.
    #[inline]
    fn around(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        if !self.folded.is_ascii() {
            return self.around_slowly(text, at);
        }
        // Every character is at least a byte, so an ASCII phrase never lies in fewer bytes.
        let start = at.checked_sub(self.anchor_at)?;
        let end = start + self.folded.len();
        let window = text.as_bytes().get(start..end)?;
        if window.eq_ignore_ascii_case(self.folded.as_bytes()) {
            self.is_uncut(text, start, end).then_some((start, end))
        } else if window.is_ascii() {
            None
        } else {
            self.around_slowly(text, at)
        }
    }

    /// Compares character by character, to the left and to the right of the anchor's start.
    fn around_slowly(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        let (left, right) = self.folded.split_at(self.anchor_at);
        let (text_left, text_right) = text.split_at(at);
        let start = at - equal_len(left.chars().rev(), text_left.chars().rev())?;
        let end = at + equal_len(right.chars(), text_right.chars())?;
        self.is_uncut(text, start, end).then_some((start, end))
    }

    /// Whether the words at the ends of `start..end` are whole where they must be.
    #[inline]
    fn is_uncut(&self, text: &str, start: usize, end: usize) -> bool {
        let cut_at_start = self.starts_word && text[..start].chars().next_back().is_some_and(is_word);
        let cut_at_end = self.ends_word && text[end..].chars().next().is_some_and(is_word);
        !cut_at_start && !cut_at_end
    }
}

/// How many bytes of `text` fold to all of `folded`, if they do.
fn equal_len(folded: impl Iterator<Item = char>, mut text: impl Iterator<Item = char>) -> Option<usize> {
    let mut len = 0;
    for wanted in folded {
        let c = text.next().filter(|c| fold(*c) == wanted)?;
        len += c.len_utf8();
    }
    Some(len)
}

/// Every occurrence, those that overlap too.
pub(super) fn occurrences<'a>(finder: &'a Finder<'static>, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(bytes.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

fn choose_anchor(folded: &str) -> (Anchor, usize) {
    let (run_at, run) = longest_run(folded);
    if run.len() >= GOOD_RUN {
        return (Anchor::Run(Box::new(Finder::new(run.as_bytes()).into_owned())), run_at);
    }
    let rarest = ANCHOR_LETTERS.chars().find_map(|letter| Some((letter as u8, folded.find(letter)?)));
    match (rarest, run.as_bytes()) {
        (Some((letter, at)), _) => (Anchor::Letter(letter, letter.to_ascii_uppercase()), at),
        (None, []) => (Anchor::None, 0),
        (None, [byte]) => (Anchor::Byte(*byte), run_at),
        (None, run) => (Anchor::Run(Box::new(Finder::new(run).into_owned())), run_at),
    }
}

/// The longest run of characters without case, and where it begins.
fn longest_run(folded: &str) -> (usize, &str) {
    let mut longest = (0, "");
    let mut start = 0;
    for run in folded.split(|c| !is_caseless(c)) {
        if run.len() > longest.1.len() {
            longest = (start, run);
        }
        let separator = folded[start + run.len()..].chars().next().map_or(0, char::len_utf8);
        start += run.len() + separator;
    }
    longest
}

/// Whether no other character folds to `c`.
fn is_caseless(c: char) -> bool {
    c.to_uppercase().eq([c]) && c.to_lowercase().eq([c])
}

/// Whether a number, truth value, time or bytes in hexadecimal may contain the phrase.
pub(super) fn may_be_in_other_text(folded: &str) -> bool {
    let only = |chars: &str| folded.chars().all(|c| chars.contains(c));
    only("0123456789.-:tz")
        || only("0123456789abcdef")
        || ["true", "false", "-inf", "nan"].iter().any(|word| word.contains(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_folds_to_a_caseless_character_or_an_anchor_letter() {
        for c in '\0'..=char::MAX {
            let folded = fold(c);
            assert!(folded == c || !is_caseless(folded), "{c:?}");
            assert!(folded == c || c.is_ascii() || !ANCHOR_LETTERS.contains(folded), "{c:?}");
        }
    }

    #[test]
    fn anchors_are_rare() {
        let anchor = |phrase: &str| {
            let needle = Needle::new(phrase, false);
            let kind = match needle.anchor {
                Anchor::Letter(lower, _) => format!("letter {}", lower as char),
                Anchor::Byte(byte) => format!("byte {}", byte as char),
                Anchor::Run(finder) => format!("run {}", String::from_utf8_lossy(finder.needle())),
                Anchor::None => "none".to_owned(),
            };
            format!("{kind} at {}", needle.anchor_at)
        };
        assert_eq!(anchor("ERROR"), "letter r at 1");
        assert_eq!(anchor("blk_-3860"), "run _-3860 at 3");
        assert_eq!(anchor("größe"), "letter g at 0");
        assert_eq!(anchor("数据库"), "run 数据库 at 0");
        assert_eq!(anchor("7"), "byte 7 at 0");
        assert_eq!(anchor("ki"), "none at 0");
    }

    #[test]
    fn words_are_found_whole_and_in_any_case() {
        let found = |phrase: &str, text: &str| Needle::new(phrase, false).is_in(&Value::Str(text));
        assert!(found("error", "an ERROR, said Bob"));
        assert!(!found("error", "terror errors"));
        assert!(found("connection refused", "x: Connection Refused"));
        assert!(found("kernel", "the \u{212a}ernel"));
        assert!(found("ÄÖ", "äö"));
        assert!(found("istanbul", "İSTANBUL"));
        assert!(Needle::new("err", true).is_in(&Value::Str("no errors")));
        assert!(!Needle::new("rr", true).is_in(&Value::Str("no errors")));
        assert!(found("404", "404") && Needle::new("404", false).is_in(&Value::Int(404)));
    }

    #[test]
    fn a_run_that_overlaps_itself_is_found() {
        assert!(Needle::new("111", false).is_in(&Value::Str("1111 111")));
        assert!(Needle::new("-1-1-", false).is_in(&Value::Str("x-1-1-1-")));
        let needle = Needle::new("---x", false);
        assert!(needle.may_be_among(b"a----x") && needle.is_in(&Value::Str("a----x")));
    }

    #[test]
    fn the_text_of_other_values_is_searched_too() {
        let found = |phrase: &str, value: Value<'_>| Needle::new(phrase, false).is_in(&value);
        assert!(found("ABCD", Value::Bytes(&[0xab, 0xcd])));
        assert!(found("TRUE", Value::Bool(true)) && found("nan", Value::Float(f64::NAN)));
        assert!(found("-0.5", Value::Float(-0.5)) && found("inf", Value::Float(f64::INFINITY)));
        assert!(found("1970-01-01t00", Value::Time(vigil_model::Timestamp(0))));
    }
}
