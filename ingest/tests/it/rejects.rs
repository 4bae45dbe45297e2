//! What is said of input that became no event?

use expect_test::expect;
use vigil_ingest::Format;
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, LINE_BYTES_MAX, NESTING_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};

use crate::{decode, recipe, show};

#[test]
fn bad_lines_are_named_and_the_good_ones_stay() {
    let mut body = b"{\"a\":1}\n\n{\"a\":}\n[1]\n7\n{\"a\":1} x\n{\"a\n".to_vec();
    body.extend_from_slice(b"{\"a\":\"\xff\"}\n{\"a\":\"\\ud800\"}\n{\"a\":1e999}\n{\"b\":2}");
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        arrived 1970-01-01T00:00:01Z {"b": Int(2)}
        line 3: not a JSON object: expected value at line 1 column 6
        line 4: not a JSON object: invalid type: sequence, expected a JSON object at line 1 column 0
        line 5: not a JSON object: invalid type: integer `7`, expected a JSON object at line 1 column 1
        line 6: not a JSON object: trailing characters at line 1 column 9
        line 7: not a JSON object: EOF while parsing a string at line 1 column 3
        line 8: invalid utf-8 at byte 6; send the text as utf-8
        line 9: not a JSON object: unexpected end of hex escape at line 1 column 13
        line 10: not a JSON object: number out of range at line 1 column 10
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
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
    expect![[r#"
        line 2: objects and lists nest deeper than 32
        line 3: objects and lists nest deeper than 32
        line 4: objects and lists nest deeper than 32
        line 5: objects and lists nest deeper than 32
        line 6: field name of 514 bytes; the limit is 512
        line 7: event with 2001 fields; the limit is 2000
        line 8: event of 262161 bytes; the limit is 262144
        line 9: longer than 1048576 bytes; split the event or shorten it"#]]
    .assert_eq(&rejects.join("\n"));
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
    expect![[r#"
        [{"a":1} {"a":2}]
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: expected `,` or `]` at byte 9 of the body; nothing after it was read
        [{"a":1},]
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: expected a JSON object at byte 9 of the body; nothing after it was read
        [{"a":1},,{"a":2}]
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: expected a JSON object at byte 9 of the body; nothing after it was read
        [{"a":1}
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: the body ends at byte 8 before `]`; it may have been cut off
        [{"a":1},{"a":"]
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: the body ends at byte 16 before the element is closed; it may have been cut off
        [{"a":1}] x
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: expected nothing after the array at byte 10 of the body; nothing after it was read
        [{"a":1},7,word,"text",[{}],{"a":2}]
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        arrived 1970-01-01T00:00:01Z {"a": Int(2)}
        line 2: not a JSON object: invalid type: integer `7`, expected a JSON object at line 1 column 1
        line 3: not a JSON object: expected value at line 1 column 1
        line 4: not a JSON object: invalid type: string "text", expected a JSON object at line 1 column 6
        line 5: not a JSON object: invalid type: sequence, expected a JSON object at line 1 column 0
        [{"a":1}}
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        line 2: expected `,` or `]` at byte 8 of the body; nothing after it was read
        {"a":1}
        line 1: expected `[` at byte 0 of the body; nothing after it was read
        [
        line 1: the body ends at byte 1 before `]`; it may have been cut off
        [12
        line 1: not a JSON object: invalid type: integer `12`, expected a JSON object at line 1 column 2
        line 2: the body ends at byte 3 before `]`; it may have been cut off
    "#]]
    .assert_eq(&shown);
}

#[test]
fn broken_objects_keep_what_came_before() {
    let body = "{\n\"a\":1\n}\n{\"a\":}\n{\"a\":2}\n]";
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"a": Int(1)}
        arrived 1970-01-01T00:00:01Z {"a": Int(2)}
        line 2: not a JSON object: expected value at line 1 column 6
        line 4: expected a JSON object at byte 25 of the body; nothing after it was read
    "#]]
    .assert_eq(&show(&recipe(Format::Json), body));
    expect![[r#"
        line 1: the body ends at byte 8 before the element is closed; it may have been cut off
    "#]]
    .assert_eq(&show(&recipe(Format::Json), "{\n\"a\":1\n"));
}
