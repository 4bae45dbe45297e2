//! A format that an operator writes down: grok, or a regular expression with named groups.

/// A format of one's own.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was written.
    text: String,
}

impl Pattern {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}
