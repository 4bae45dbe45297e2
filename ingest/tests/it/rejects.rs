//! What is said of input that became no event?

use expect_test::expect;
use vigil_ingest::Format;
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, LINE_BYTES_MAX, NESTING_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};

use crate::{decode, recipe, show};

#[test]
fn bad_lines_are_named_and_the_good_ones_stay() {
    let mut body = b"{\"a\":1}\n\n{\"a\":}\n[1]\n7\n{\"a\":1} x\n{\"a\n".to_vec();
    body.extend_from_slice(b"{\"a\":\"\xff\"}\n{\"a\":\"\\ud800\"}\n{\"a\":1e999}\n{\"b\":2}");
    expect![[r#""#]].assert_eq(&show(&recipe(Format::Ndjson), body));
}

#[test]
fn limits_are_named() {
    let nested = |open: &str, close: &str, n| format!("{{\"a\":{}1{}}}", open.repeat(n), close.repeat(n));
    let fields: Vec<_> = (0..=RECORD_FIELDS_MAX).map(|n| format!("\"{n}\":0")).collect();
    let body = [
        nested("{\"a\":", "}", NESTING_MAX),
        nested("{\"a\":", "}", NESTING_MAX + 1),
        nested("[", "]", NESTING_MAX + 1),
        nested("[{\"a\":", "}]", NESTING_MAX),
        nested("[", "]", 500),
        format!("{{\"a\":{{\"{}\":1}}}}", "x".repeat(FIELD_NAME_BYTES_MAX)),
        format!("{{{}}}", fields.join(",")),
        format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX)),
        "x".repeat(LINE_BYTES_MAX + 1),
    ]
    .join("\n");
    let shown = show(&recipe(Format::Ndjson), body);
    let rejects: Vec<_> = shown.lines().skip(1).collect();
    expect![[r#""#]].assert_eq(&rejects.join("\n"));
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = nested(open, close, NESTING_MAX);
        assert_eq!(decode(&recipe(Format::Ndjson), &[body.as_bytes()]).accepted, 1, "{body}");
    }
}

#[test]
fn a_broken_array_keeps_what_came_before() {
    let shown: String = [
        "[{\"a\":1} {\"a\":2}]",
        "[{\"a\":1},]",
        "[{\"a\":1},,{\"a\":2}]",
        "[{\"a\":1}",
        "[{\"a\":1},{\"a\":\"]",
        "[{\"a\":1}] x",
        "[{\"a\":1},7,word,\"text\",[{}],{\"a\":2}]",
        "[{\"a\":1}}",
        "{\"a\":1}",
        "[",
        "[12",
    ]
    .iter()
    .map(|body| format!("{body}\n{}", show(&recipe(Format::JsonArray), body)))
    .collect();
    expect![[r#""#]].assert_eq(&shown);
}

#[test]
fn broken_objects_keep_what_came_before() {
    let body = "{\n\"a\":1\n}\n{\"a\":}\n{\"a\":2}\n]";
    expect![[r#""#]].assert_eq(&show(&recipe(Format::Json), body));
    expect![[r#""#]].assert_eq(&show(&recipe(Format::Json), "{\n\"a\":1\n"));
}
