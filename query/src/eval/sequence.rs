//! Whether phrases stand in a text one after another.

use vigil_model::Value;

use super::needle::Needle;
use super::text::with_text;

/// Phrases in their order, none of them empty.
#[derive(Clone, Debug)]
pub(super) struct Sequence(Vec<Needle>);

impl Sequence {
    pub(super) fn new(texts: &[String]) -> Sequence {
        Sequence(texts.iter().filter(|text| !text.is_empty()).map(|text| Needle::new(text, false)).collect())
    }

    /// Whether they are in the text of `value`, which is neither a list nor empty.
    pub(super) fn is_in(&self, value: &Value<'_>) -> bool {
        with_text(value, |text| {
            // Each where it stands first: that leaves the most room for those behind it.
            let mut from = 0;
            self.0.iter().all(|needle| match needle.end_after(text, from) {
                Some(end) => {
                    from = end;
                    true
                }
                None => false,
            })
        })
    }

    /// Whether they may be in some text among `bytes`.
    pub(super) fn may_be_among(&self, bytes: &[u8]) -> bool {
        self.0.iter().all(|needle| needle.may_be_among(bytes))
    }
}
