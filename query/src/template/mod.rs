//! How texts with `<names>` in them are read: patterns of `extract`, templates of `format`.
//!
//! Outside of the names, `&lt;`, `&gt;` and `&amp;` stand for `<`, `>` and `&`.

mod extract;
mod format;
mod unquote;

use std::ops::Range;

pub use extract::ExtractPattern;
pub use format::{FormatPart, FormatTemplate, Style};
pub use unquote::unquote_start;

/// A pattern or template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct TemplateError {
    /// Bytes of the text at fault.
    pub at: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, in one line.
    pub hint: String,
}

impl TemplateError {
    fn new(at: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> TemplateError {
        TemplateError { at, message: message.into(), hint: hint.into() }
    }
}

/// A part of a text as it was written.
enum Segment<'a> {
    /// Literal text, not empty, with `&lt;` and the like still in it.
    Literal(&'a str),
    /// What stands between `<` and `>`, and where, signs included.
    Tag(&'a str, Range<usize>),
}

/// Cuts a text into literals and tags.
fn segments(text: &str) -> Result<Vec<Segment<'_>>, TemplateError> {
    let mut segments = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        if open > at {
            segments.push(Segment::Literal(&text[at..open]));
        }
        let Some(close) = text[open..].find('>').map(|found| open + found) else {
            let message = "this `<` is never closed";
            return Err(TemplateError::new(
                open..open + 1,
                message,
                "end the name with `>`, or write &lt; for the sign",
            ));
        };
        segments.push(Segment::Tag(&text[open + 1..close], open..close + 1));
        at = close + 1;
    }
    if at < text.len() {
        segments.push(Segment::Literal(&text[at..]));
    }
    Ok(segments)
}

/// What a literal means.
fn unescaped(literal: &str) -> String {
    const ENTITIES: [(&str, char); 5] =
        [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&#39;", '\'')];
    let mut out = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, sign) = match ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
            Some((entity, sign)) => (entity.len(), *sign),
            None => (1, '&'),
        };
        out.push(sign);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}
