//! `exact(text)`, `prefix(text)`, `re("…")`, `seq("a", "b")`: functions of texts.

use super::{Call, Syntax};
use crate::parse::cursor::is_quote;
use crate::parse::value::{about, exact_test};
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter};

pub(super) const EXACT: Syntax =
    Syntax { names: &["exact"], opens: "(", example: "field:exact(\"a text\")", read: exact };

pub(super) const PREFIX: Syntax =
    Syntax { names: &["prefix"], opens: "(", example: "field:prefix(text)", read: prefix };

pub(super) const REGEX: Syntax =
    Syntax { names: &["re", "regexp"], opens: "(", example: "re(\"time(d )?out\")", read: regex };

pub(super) const SEQUENCE: Syntax =
    Syntax { names: &["seq"], opens: "(", example: "seq(\"first\", \"then\")", read: sequence };

/// The whole value, or its beginning when a star follows.
fn exact(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let open = parser.here();
    parser.at = open.end;
    parser.skip_space();
    let start = parser.at;
    let text = parser.text_or_quoted()?;
    let prefix = parser.text_end(&text, start)?;
    parser.skip_space();
    match parser.eat(")") {
        true => Ok(about(call.field(), exact_test(text, prefix))),
        false => parser.stray(call, open),
    }
}

fn prefix(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let (text, _) = parser.one_argument(call)?;
    let test = parser.text_test(text, true);
    Ok(about(call.field(), test))
}

fn regex(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let open = parser.here();
    parser.at = open.end;
    parser.skip_space();
    if !parser.peek().is_some_and(is_quote) {
        return call.fail(parser.here(), "a regular expression stands between quotes here");
    }
    let pattern = parser.read_pattern()?;
    parser.skip_space();
    match parser.eat(")") {
        true => Ok(about(call.field(), FieldTest::Regex(pattern))),
        false => parser.stray(call, open),
    }
}

fn sequence(parser: &mut Parser<'_>, call: &Call<'_>) -> Result<Filter> {
    let texts: Vec<String> = parser.filter_arguments(call)?.into_iter().map(|(text, _)| text).collect();
    if texts.is_empty() {
        return call.fail(parser.since(call.start), "`seq` takes the texts that follow each other");
    }
    Ok(about(call.field(), FieldTest::Sequence(texts)))
}
