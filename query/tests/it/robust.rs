//! Does any text, however broken, end in a query or a clear refusal?

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use vigil_model::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX};
use vigil_query::{ParseError, Query, parse};

use crate::pipes::pipe;
use crate::support::{NOW, filter};

const TOKENS: [&str; 129] = [
    "a",
    "f",
    "f:",
    ":",
    "=",
    ":=",
    "!=",
    "!",
    "-",
    ">",
    "<",
    ">=",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "\\",
    "*",
    "|",
    "||",
    ",",
    " ",
    " ",
    " ",
    "\n",
    "#",
    "AND",
    "OR",
    "NOT",
    " or ",
    " TO ",
    "TO",
    "_time:",
    "5m",
    "now-5m",
    "2026-08",
    "5",
    "10KiB",
    "1e9",
    "~",
    "\"x\"",
    "stats",
    "| stats ",
    "count()",
    "sum(",
    "by ",
    " as ",
    "sort",
    "| sort by ",
    "desc",
    "limit",
    "| limit 5",
    "fields",
    "offset",
    "é",
    "\u{0}",
    "::",
    "where ",
    "| top ",
    "| uniq by ",
    "with ",
    "hits",
    "| first ",
    "last ",
    "| extract ",
    "\"<a>-<b>\"",
    "<",
    "from ",
    "if (",
    "| format ",
    "| replace (",
    "| math ",
    "+",
    "^",
    "/",
    "default",
    "round(",
    "| len(",
    "| union (",
    "| join by ",
    "inner ",
    "prefix ",
    "| facets ",
    "p95(",
    "by (_time:",
    "offset ",
    "| windows ",
    "| unpack_json ",
    "keep_original_fields",
    "i(",
    "c(",
    "c\"",
    "in(",
    "IN [",
    "contains_all(",
    "contains_any(",
    "seq(",
    "string_range(",
    "len_range(",
    "range(",
    "ipv4_range(",
    "10.0.0.0/8",
    "ip_range(",
    "fe80::1",
    "eq_field(",
    "value_type(",
    "int",
    "day_range[",
    "08:00",
    "week_range[",
    "Mon",
    "offset",
    "1h",
    "{",
    "app=",
    "=~",
    "!~",
    "/",
    "/a/",
    "/i",
    "~\"a|b\"",
    "re(",
    "exact(",
    "inf",
];

fn sound(text: &str, result: &Result<Query, ParseError>) -> Result<(), TestCaseError> {
    match result {
        Ok(query) => {
            let again = parse(&query.to_string(), NOW);
            prop_assert_eq!(again.as_ref(), Ok(query), "{:?} was written as {}", text, query);
        }
        Err(error) => {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
            prop_assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end));
            prop_assert!(!error.to_string().contains('\n') && !error.message.is_empty());
            let lines = 3 + usize::from(error.hint.is_some());
            prop_assert_eq!(error.render(text).lines().count(), lines);
            error.render("another text");
        }
    }
    Ok(())
}

/// `text` with `token` in place of some of its characters.
fn damaged(text: &str, at: Index, len: usize, token: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = at.index(chars.len());
    let end = (at + len).min(chars.len());
    chars.splice(at..end, token.chars());
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        sound(&text, &parse(&text, NOW))?;
    }

    #[test]
    fn any_heap_of_tokens_is_read_or_refused(tokens in vec(select(&TOKENS[..]), 0..14)) {
        let text = tokens.concat();
        sound(&text, &parse(&text, NOW))?;
    }

    #[test]
    fn any_damaged_pipe_is_read_or_refused(
        pipe in pipe(), at in any::<Index>(), len in 0_usize..3, token in select(&TOKENS[..])
    ) {
        let text = damaged(&format!("* | {pipe}"), at, len, token);
        sound(&text, &parse(&text, NOW))?;
    }

    #[test]
    fn any_damaged_query_is_read_or_refused(
        filter in filter(), at in any::<Index>(), len in 0_usize..3, token in select(&TOKENS[..])
    ) {
        let text = damaged(&format!("{filter} | stats count() as n by a | sort by n desc"), at, len, token);
        sound(&text, &parse(&text, NOW))?;
    }
}

#[test]
fn depth_is_limited_and_said() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}a{}", open.repeat(depth), close.repeat(depth));
    for (before, open, close) in [("", "(", ")"), ("", "NOT ", ""), ("", "!", ""), ("f:", "(", ")"), ("f:", "!", "")] {
        let fits = format!("{before}{}", nested(open, close, QUERY_DEPTH_MAX));
        assert!(parse(&fits, NOW).is_ok(), "{fits}");
        let deep = format!("{before}{}", nested(open, close, QUERY_BYTES_MAX / 8));
        let error = parse(&deep, NOW).expect_err("too deep");
        assert!(error.message.contains("nested more than"), "{error}");
    }
}

#[test]
fn queries_in_queries_are_limited_too() {
    let nested = |depth: usize| format!("a{}{}", " | union (b".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(QUERY_DEPTH_MAX), NOW).is_ok());
    let error = parse(&nested(QUERY_DEPTH_MAX + 1), NOW).expect_err("too deep");
    assert!(error.message.contains("nested more than"), "{error}");
}

#[test]
fn the_largest_query_is_read_and_a_larger_one_refused() {
    for piece in [
        "a ",
        "(a)",
        "f:(a OR \"b\") ",
        "-a ",
        "# \n",
        "f:[1 TO 5] ",
        "'a' ",
        "f:( a ) ",
        "/a ",
        "f:in(a) ",
        "{a=b} ",
        "*a* ",
        "c\"a\" ",
        "f:len_range(1,2) ",
    ] {
        let text = piece.repeat(QUERY_BYTES_MAX / piece.len());
        assert!(parse(&text, NOW).is_ok(), "{piece}");
    }
    let error = parse(&"a".repeat(QUERY_BYTES_MAX + 1), NOW).expect_err("too large");
    assert_eq!(error.to_string(), "query of 65537 bytes; the limit is 65536 (at byte 0)");
}
