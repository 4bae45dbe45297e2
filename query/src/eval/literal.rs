//! How a phrase is found in a text, letter case respected, at the speed of `memmem`.

use memchr::memmem::Finder;
use vigil_model::Value;

use super::needle::{may_be_in_other_text, occurrences};
use super::text::with_text;
use crate::words::{fold, is_word};

/// A text to be found as it is.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    finder: Box<Finder<'static>>,
    /// The text begins (ends) with a word that must not be cut.
    starts_word: bool,
    ends_word: bool,
    /// It may be in the text of a value that is not text itself.
    beyond_text: bool,
}

impl Literal {
    /// The words of `phrase`, not empty, whole; `prefix` lets the last one go on.
    pub(super) fn phrase(phrase: &str, prefix: bool) -> Literal {
        let starts_word = phrase.chars().next().is_some_and(is_word);
        let ends_word = !prefix && phrase.chars().next_back().is_some_and(is_word);
        Literal { starts_word, ends_word, ..Literal::anywhere(phrase) }
    }

    /// `text`, not empty, wherever it stands.
    pub(super) fn anywhere(text: &str) -> Literal {
        assert!(!text.is_empty(), "an empty text asks whether a field exists");
        let folded: String = text.chars().map(fold).collect();
        Literal {
            finder: Box::new(Finder::new(text.as_bytes()).into_owned()),
            starts_word: false,
            ends_word: false,
            beyond_text: may_be_in_other_text(&folded),
        }
    }

    /// Whether it is in the text of `value`, which is no list.
    #[inline]
    pub(super) fn is_in(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Str(text) => self.is_in_text(text),
            _ => self.beyond_text && with_text(value, |text| self.is_in_text(text)),
        }
    }

    /// Whether it may be in some text among `bytes`. `true` may be wrong, `false` never is.
    #[inline]
    pub(super) fn may_be_among(&self, bytes: &[u8]) -> bool {
        self.beyond_text || self.finder.find(bytes).is_some()
    }

    #[inline]
    fn is_in_text(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        if !(self.starts_word || self.ends_word) {
            return self.finder.find(bytes).is_some();
        }
        let len = self.finder.needle().len();
        occurrences(&self.finder, bytes).any(|at| {
            let cut_at_start = self.starts_word && text[..at].chars().next_back().is_some_and(is_word);
            let cut_at_end = self.ends_word && text[at + len..].chars().next().is_some_and(is_word);
            !cut_at_start && !cut_at_end
        })
    }
}
