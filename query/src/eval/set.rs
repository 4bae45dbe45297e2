//! Whether the whole value is one of many texts.

use std::collections::BTreeSet;

use vigil_model::Value;

use super::text::with_text;

/// Texts to look up.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    texts: BTreeSet<Box<str>>,
    /// No text is longer; longer values are not looked up.
    longest: usize,
    /// The empty text was among them: an empty value passes.
    pub(super) has_empty: bool,
}

impl Texts {
    pub(super) fn new(values: &[String]) -> Texts {
        let texts: BTreeSet<Box<str>> =
            values.iter().filter(|text| !text.is_empty()).map(|text| text.as_str().into()).collect();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        Texts { texts, longest, has_empty: values.iter().any(String::is_empty) }
    }

    #[inline]
    pub(super) fn has(&self, value: &Value<'_>) -> bool {
        with_text(value, |text| text.len() <= self.longest && self.texts.contains(text))
    }
}
