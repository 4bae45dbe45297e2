//! What a template such as `<host>: <uc:level>` is made of.

use super::{Segment, TemplateError, segments, unescaped};

/// A template of literal text and `<names>`, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatTemplate {
    parts: Vec<FormatPart>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPart {
    /// This text, escapes already undone.
    Literal(String),
    /// The text of a field.
    Field {
        /// Which field; empty text stands where it is missing.
        name: String,
        /// How its text is written.
        style: Style,
    },
}

/// How the text of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is: `<name>`.
    Plain,
    /// As a string of JSON, with quotes: `<q:name>`.
    Quoted,
    /// In capitals: `<uc:name>`.
    Upper,
    /// In lower case: `<lc:name>`.
    Lower,
    /// Nanoseconds since 1970 as a time of RFC 3339: `<time:name>`.
    Time,
    /// Nanoseconds as a duration such as `1h30m`: `<duration:name>`.
    Duration,
}

/// Styles and what stands before a name to ask for them.
const STYLES: [(&str, Style); 5] = [
    ("q", Style::Quoted),
    ("uc", Style::Upper),
    ("lc", Style::Lower),
    ("time", Style::Time),
    ("duration", Style::Duration),
];

impl FormatTemplate {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<FormatTemplate, TemplateError> {
        let parts = segments(text)?.into_iter().map(|segment| match segment {
            Segment::Literal(text) => Ok(FormatPart::Literal(unescaped(text))),
            Segment::Tag(tag, at) => field(tag, at),
        });
        Ok(FormatTemplate { parts: parts.collect::<Result<_, _>>()? })
    }

    /// Its parts, in their order.
    pub fn parts(&self) -> &[FormatPart] {
        &self.parts
    }
}

fn field(tag: &str, at: std::ops::Range<usize>) -> Result<FormatPart, TemplateError> {
    let (style, name) = match tag.split_once(':') {
        None => (Style::Plain, tag),
        Some((word, name)) => match STYLES.iter().find(|(known, _)| *known == word) {
            Some((_, style)) => (*style, name),
            None => {
                let message = format!("a text cannot be written as `{}`", crate::error::shown(word));
                let hint = "before the name can stand q:, uc:, lc:, time: or duration:";
                return Err(TemplateError::new(at, message, hint));
            }
        },
    };
    if name.is_empty() {
        return Err(TemplateError::new(at, "a name is missing here", "write <name>, or &lt;&gt; for the signs"));
    }
    Ok(FormatPart::Field { name: name.to_owned(), style })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_fields_follow_each_other() {
        let template = FormatTemplate::parse("a &lt;<host>&gt;<q:my field>").expect("valid");
        let field = |name: &str, style| FormatPart::Field { name: name.to_owned(), style };
        let literal = |text: &str| FormatPart::Literal(text.to_owned());
        let parts = [literal("a <"), field("host", Style::Plain), literal(">"), field("my field", Style::Quoted)];
        assert_eq!(template.parts(), parts);
        assert_eq!(FormatTemplate::parse("").expect("valid").parts(), []);
    }

    #[test]
    fn every_style_has_a_word() {
        for (word, style) in STYLES {
            let template = FormatTemplate::parse(&format!("<{word}:a>")).expect("valid");
            assert_eq!(template.parts(), [FormatPart::Field { name: "a".to_owned(), style }]);
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (template, at) in [("a <b", 2..3), ("a<>", 1..3), ("<q:>", 0..4), ("x<hex:b>", 1..8)] {
            assert_eq!(FormatTemplate::parse(template).expect_err(template).at, at, "{template}");
        }
    }
}
