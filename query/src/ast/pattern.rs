//! What a regular expression of a query is, and what is wrong with one that is none.

use std::ops::Range;

use regex_syntax::hir::Hir;
use vigil_model::limits::{QUERY_DEPTH_MAX, REGEX_BYTES_MAX};

/// A regular expression that was compiled, and so is good. Takes time in proportion to the text, whatever it says.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: regex::Regex,
}

/// Why a text is no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadPattern {
    /// What is wrong, in one line of lower case.
    pub message: String,
    /// Bytes of the expression at fault; all of it when no part is to blame.
    pub span: Range<usize>,
}

impl Pattern {
    /// Compiles the text; the error says in one line what is wrong. [`REGEX_BYTES_MAX`] bounds what a compiled one may
    /// take.
    pub fn new(text: &str) -> Result<Pattern, String> {
        Pattern::compile(text).map_err(|bad| bad.message)
    }

    /// As [`Pattern::new`], and the error says where.
    pub fn compile(text: &str) -> Result<Pattern, BadPattern> {
        parsed(text)?;
        let nest = QUERY_DEPTH_MAX as u32;
        let mut builder = regex::RegexBuilder::new(text);
        builder.size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).nest_limit(nest);
        match builder.build() {
            Ok(regex) => Ok(Pattern { text: text.to_owned(), regex }),
            Err(_) => Err(BadPattern {
                message: format!("a regular expression that needs more than {} KiB", REGEX_BYTES_MAX / 1024),
                span: 0..text.len(),
            }),
        }
    }

    /// One that finds nothing but whole texts: what `text` describes must be all of it.
    pub fn whole(text: &str) -> Result<Pattern, BadPattern> {
        Pattern::compile(text)?;
        // The expression is good alone, so no parenthesis of it can close the one around it; only a comment of `(?x)`
        // can swallow the closing one, and a line feed ends that.
        Pattern::compile(&format!("^(?:{text})$"))
            .or_else(|_| Pattern::compile(&format!("^(?:{text}\n)$")))
            .map_err(|bad| BadPattern { message: bad.message, span: 0..text.len() })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it is run.
    pub fn regex(&self) -> &regex::Regex {
        &self.regex
    }

    /// As a tree, cleared of syntax.
    pub(crate) fn tree(&self) -> Hir {
        parsed(&self.text).expect("a pattern was parsed before it was compiled")
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

fn parsed(text: &str) -> Result<Hir, BadPattern> {
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(QUERY_DEPTH_MAX as u32).build();
    parser.parse(text).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => bad(error.kind(), error.span()),
        regex_syntax::Error::Translate(error) => bad(error.kind(), error.span()),
        other => BadPattern { message: one_line(&other.to_string()), span: 0..text.len() },
    })
}

fn bad(what: &impl ToString, span: &regex_syntax::ast::Span) -> BadPattern {
    BadPattern { message: one_line(&what.to_string()), span: span.start.offset..span.end.offset }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_their_place_in_one_line() {
        let bad = |text: &str| {
            let error = Pattern::compile(text).expect_err("bad");
            assert!(!error.message.contains('\n'), "{error}");
            (error.message, error.span)
        };
        assert_eq!(bad("a(b"), ("unclosed group".to_owned(), 1..2));
        assert_eq!(bad("é[z-a]"), ("invalid character class range, the start must be <= the end".to_owned(), 3..6));
        assert_eq!(bad("*"), ("repetition operator missing expression".to_owned(), 0..0));
        assert!(bad(r"(\w{1000}){1000}").0.contains("1024 KiB"));
        assert!(bad(&"(".repeat(100)).0.contains("nest") || bad(&"(".repeat(100)).0.contains("unclosed"));
    }

    #[test]
    fn a_whole_pattern_finds_whole_texts_only() {
        let whole = |pattern: &str, text: &str| Pattern::whole(pattern).expect("good").regex().is_match(text);
        assert!(whole("a|bc", "bc") && !whole("a|bc", "abc") && !whole("(?m)a", "x\na"));
        assert!(whole("(?x) a # comment", "a") && !whole("(?x) a # comment", "a "));
        assert!(whole("(?i)a#b", "A#B") && Pattern::whole("a)|(b").is_err());
    }
}
