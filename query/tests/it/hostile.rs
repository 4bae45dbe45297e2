//! Does a test of a value stay small and answer soon, whatever it was made for?

use vigil_model::Record;
use vigil_model::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX, QUERY_REGEXES_MAX};
use vigil_query::{FieldTest, Filter, Matcher, parse, required_literals};

use crate::support::{NOW, Owned, encode};

#[test]
fn a_set_may_fill_the_query() {
    for (open, close) in
        [("f:in(", ")"), ("f:IN [", "]"), ("contains_any(", ")"), ("contains_all(", ")"), ("seq(", ")")]
    {
        let room = QUERY_BYTES_MAX - open.len() - close.len();
        let text = format!("{open}{}{close}", "a,".repeat(room / 2).trim_end_matches(','));
        let query = parse(&text, NOW).expect("it fits");
        assert!(query.filter.to_string().len() <= 2 * text.len(), "{open}");
    }
}

#[test]
fn subqueries_are_as_deep_as_parentheses() {
    let nested = |depth: usize| format!("{}a{}", "f:in(".repeat(depth), " | fields f)".repeat(depth));
    let fits = nested(QUERY_DEPTH_MAX);
    assert!(parse(&fits, NOW).is_ok(), "{fits}");
    let error = parse(&nested(QUERY_BYTES_MAX / 32), NOW).expect_err("too deep");
    assert!(error.message.contains("nested more than"), "{error}");
}

#[test]
fn a_pattern_is_bounded_whatever_it_repeats() {
    for text in ["(\\w{500}){500}", "((((a{100}){100}){100}){100}){100}", "(?i)[^a]{60000}", "(a|b|c){900000}"] {
        let error = parse(&format!("~\"{text}\""), NOW).expect_err("too large");
        assert!(error.message.contains("regular expression"), "{error}");
    }
    let deep = format!("~\"{}a{}\"", "(".repeat(QUERY_DEPTH_MAX + 1), ")".repeat(QUERY_DEPTH_MAX + 1));
    assert!(parse(&deep, NOW).is_err());
    let many = "~\"a\" ".repeat(QUERY_REGEXES_MAX);
    assert!(parse(&many, NOW).is_ok());
    let error = parse(&format!("{many}~\"a\""), NOW).expect_err("one too many");
    assert_eq!(error.message, "more than 128 regular expressions in one query");
}

/// Expressions on which a matcher that tries and goes back takes exponential time, and what is said of them is small.
#[test]
fn patterns_that_are_slow_elsewhere_are_answered() {
    let branches = (0..5_000).map(|n| format!("w{n}")).collect::<Vec<_>>().join("|");
    for text in ["(a*)*b", "(a|aa)+$", "(a|a?)+b", "([a-z]+)*!", branches.as_str(), "((a{0,5}){0,5}){0,5}[b]"] {
        let query = parse(&format!("~\"{text}\""), NOW).expect("valid");
        let Filter::Field { test: FieldTest::Regex(pattern), .. } = &query.filter else {
            panic!("a regular expression")
        };
        let conditions = required_literals(pattern);
        assert!(conditions.iter().map(Vec::len).sum::<usize>() <= 32 * 64, "{text}");
        let bytes = encode(NOW, &[("f".to_owned(), Owned::Str("a".repeat(30_000)))]);
        let record = Record::validate(&bytes).expect("canonical");
        assert_eq!(Matcher::for_query(&query).matches(&record), text == "(a|aa)+$", "{text}");
    }
}

#[test]
fn lists_that_compare_with_each_other_are_read_once() {
    let list = || Owned::List(vec![Owned::Int(7); 20_000]);
    let bytes = encode(NOW, &[("a".to_owned(), list()), ("b".to_owned(), list())]);
    let record = Record::validate(&bytes).expect("canonical");
    let matches = |query: &str| Matcher::for_query(&parse(query, NOW).expect("valid")).matches(&record);
    assert!(matches("a:eq_field(b)") && matches("a:le_field(b)") && !matches("a:lt_field(b)"));
}
