//! Does any text, however damaged, become a query or an error, and never a panic?

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vigil_model::limits::{LOGQL_PARTS_MAX, QUERY_BYTES_MAX, QUERY_DEPTH_MAX};
use vigil_query::ParseError;
use vigil_query::logql::{Expression, parse};

use super::corpus::queries;

const TOKENS: [&str; 60] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "[5m]",
    "a",
    "a=\"b\"",
    "=",
    "!=",
    "=~",
    "!~",
    ">",
    "<=",
    "==",
    ",",
    "|",
    "|=",
    "|~",
    "|>",
    "!>",
    "\"x\"",
    "`y.`",
    "\"",
    "`",
    " ",
    "json",
    "logfmt",
    "regexp",
    "pattern",
    "line_format",
    "label_format",
    "drop",
    "keep",
    "unwrap",
    "offset",
    "5m",
    "-5",
    "1e3",
    "20MB",
    "sum",
    "by",
    "without",
    "rate",
    "count_over_time",
    "topk",
    "or",
    "and",
    "unless",
    "on",
    "group_left",
    "bool",
    "vector",
    "ip(\"10.0.0.0/8\")",
    "{a=\"b\"}",
    "#",
    "\\",
    "<_>",
    "é",
];

fn sound(text: &str, result: &Result<Expression, ParseError>) -> Result<(), TestCaseError> {
    match result {
        Ok(query) => {
            let written = query.to_string();
            let again = parse(&written);
            prop_assert_eq!(again.as_ref(), Ok(query), "{:?} was written as {}", text, written);
        }
        Err(error) => {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
            prop_assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end));
            prop_assert!(!error.to_string().contains('\n') && !error.message.is_empty());
            error.render(text);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        sound(&text, &parse(&text))?;
    }

    #[test]
    fn any_heap_of_tokens_is_read_or_refused(tokens in vec(select(&TOKENS[..]), 0..14)) {
        let text = tokens.concat();
        sound(&text, &parse(&text))?;
    }

    #[test]
    fn any_damaged_query_is_read_or_refused(
        query in select(queries().collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(), len in 0_usize..4, token in select(&TOKENS[..])
    ) {
        let mut chars: Vec<char> = query.chars().collect();
        let at = at.index(chars.len());
        let end = (at + len).min(chars.len());
        chars.splice(at..end, token.chars());
        let text: String = chars.into_iter().collect();
        sound(&text, &parse(&text))?;
    }
}

#[test]
fn depth_and_size_are_limited_and_said() {
    for (open, inner, close) in
        [("(", "1", ")"), ("sum(", "1", ")"), ("1^", "1", ""), ("1+(", "1", ")"), ("sum by (a) (", "vector(1)", ")")]
    {
        let few = format!("{}{inner}{}", open.repeat(QUERY_DEPTH_MAX / 4), close.repeat(QUERY_DEPTH_MAX / 4));
        assert!(parse(&few).is_ok(), "{few}");
        let many = QUERY_BYTES_MAX / 16;
        let error = parse(&format!("{}{inner}{}", open.repeat(many), close.repeat(many))).expect_err("too deep");
        assert!(error.message.contains("nested more than"), "{error}");
    }
    let deep = format!("{{}} | {}a=\"b\"{}", "(".repeat(9_000), ")".repeat(9_000));
    assert!(parse(&deep).expect_err("too deep").message.contains("nested more than"));
    let deep = format!("rate({}{{}}{}[1m])", "(".repeat(9_000), ")".repeat(9_000));
    assert!(parse(&deep).expect_err("too deep").message.contains("nested more than"));
    for piece in ["+1", " + vector(1)"] {
        let error = parse(&format!("1{}", piece.repeat(LOGQL_PARTS_MAX))).expect_err("too many");
        assert!(error.message.contains("more than"), "{error}");
    }
    for piece in [" |= \"a\"", " | json", " | a=\"b\"", " | json a, b", " or \"a\"", " |~ \"a\"", " !> \"a\""] {
        let error = parse(&format!("{{}} |= \"x\"{}", piece.repeat(LOGQL_PARTS_MAX))).expect_err("too many");
        assert!(error.message.contains("more than"), "{error}");
    }
    let error = parse(&" ".repeat(QUERY_BYTES_MAX + 1)).expect_err("too large");
    assert!(error.message.contains("the limit is"), "{error}");
}
