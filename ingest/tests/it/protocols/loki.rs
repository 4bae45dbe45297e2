//! Loki's push, as Protocol Buffers and as JSON.

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;
use vigil_ingest::protocols::loki::{json, protobuf};

use super::{agree, decoded, shown};
use crate::{NOW, recipe};

/// A field of Protocol Buffers whose value has a length.
fn sized(number: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    varint(value.len() as u64, &mut out);
    out.extend_from_slice(value);
    out
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn entry(seconds: u64, line: &[u8], metadata: &[(&str, &str)]) -> Vec<u8> {
    let mut time = vec![1 << 3];
    varint(seconds, &mut time);
    let pairs = metadata
        .iter()
        .map(|(name, value)| sized(3, &[sized(1, name.as_bytes()), sized(2, value.as_bytes())].concat()));
    let fields = [vec![sized(1, &time), sized(2, line)], pairs.collect()].concat();
    sized(2, &fields.concat())
}

fn stream(labels: &str, entries: &[Vec<u8>]) -> Vec<u8> {
    sized(1, &[sized(1, labels.as_bytes()), entries.concat()].concat())
}

#[test]
fn streams_of_protocol_buffers() {
    let body = [
        stream(
            "{app=\"shop\", env=\"prod\"}",
            &[entry(1_700_000_000, b"level=warn slow", &[("trace_id", "t1")]), entry(1, b"{\"level\":\"error\"}", &[])],
        ),
        stream("{oops", &[entry(2, b"bad \xff text", &[("detected_level", "debug"), ("message", "m")])]),
        stream("{service_name=\"own\",app=\"x\"}", &[]),
        // A field that is not known yet.
        sized(9, b"later"),
    ];
    let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| protobuf(&body.concat(), writer, NOW, out));
    agree(&outcome, tally.expect("sound"));
    expect![[r#"
        2023-11-14T22:13:20Z {"app": Str("shop"), "detected_level": Str("warn"), "env": Str("prod"), "message": Str("level=warn slow"), "service_name": Str("shop"), "trace_id": Str("t1")}
        1970-01-01T00:00:01Z {"app": Str("shop"), "detected_level": Str("error"), "env": Str("prod"), "message": Str("{\"level\":\"error\"}"), "service_name": Str("shop")}
        1970-01-01T00:00:02Z {"detected_level": Str("debug"), "labels": Str("{oops"), "message": Str("bad � text"), "message_": Str("m"), "parse_error": Str("invalid utf-8")}
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn streams_of_json_new_and_old() {
    let body = r#"{"streams":[
        {"values":[["1700000000000000000","a",{"user":"bob"}],["1","b"],[2,"c"],["x","d"],["3"]],"stream":{"job":"cron"}},
        {"stream":{"a":1},"values":[["1","lost with its labels"]]},
        {"labels":"{app=\"old\"}","entries":[{"ts":"2026-01-31T12:00:00.5Z","line":"e"},{"ts":"never","line":"f"}]},
        7]}"#;
    let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| json(body.as_bytes(), writer, NOW, out));
    let tally = tally.expect("sound");
    agree(&outcome, tally);
    assert_eq!((tally.kept, tally.rejected), (3, 6));
    expect![[r#"
        2023-11-14T22:13:20Z {"job": Str("cron"), "message": Str("a"), "service_name": Str("cron"), "user": Str("bob")}
        1970-01-01T00:00:00.000000001Z {"job": Str("cron"), "message": Str("b"), "service_name": Str("cron")}
        2026-01-31T12:00:00.5Z {"app": Str("old"), "message": Str("e"), "service_name": Str("old")}
        item 3: not as Loki has it: invalid type: integer `2`, expected a string at line 1 column 2
        item 4: `x` is no time in nanoseconds
        item 5: not as Loki has it: invalid length 1, expected ["<nanoseconds>", "line"] at line 1 column 5
        item 6: not as Loki has it: invalid type: integer `1`, expected a string at line 1 column 6
        item 8: `never` is no time in nanoseconds
        item 9: not as Loki has it: invalid type: integer `7`, expected struct JsonStream at line 1 column 1
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn a_line_of_json_stays_text_unless_the_source_says_otherwise() {
    let line = "{\\\"user\\\":\\\"bob\\\"}";
    let body = format!("{{\"streams\":[{{\"stream\":{{}},\"values\":[[\"1\",\"{line}\"]]}}]}}");
    let (outcome, _) =
        decoded(recipe(Format::Json), |writer, out| json(body.as_bytes(), writer, NOW, out).expect("sound"));
    assert_eq!(outcome.accepted, 1);
    assert!(outcome.records()[0].get("message").is_some());
}

#[test]
fn what_is_no_push_makes_no_event() {
    for body in [&b"oops"[..], b"{\"streams\":{}}", b"[", b"\xff", b"{\"streams\":[{}]"] {
        let (outcome, answer) = decoded(recipe(Format::Detect), |writer, out| json(body, writer, NOW, out));
        assert!(answer.is_err() && outcome.accepted == 0 && outcome.rejects.count() == 0, "{body:?}");
    }
    let sound = stream("{a=\"b\"}", &[entry(1, b"x", &[])]);
    for body in [&b"\x0a\x05{}"[..], &[&sound[..], b"\x0a"].concat(), &sound[..sound.len() - 1]] {
        let (outcome, answer) = decoded(recipe(Format::Detect), |writer, out| protobuf(body, writer, NOW, out));
        assert!(answer.is_err() && outcome.accepted == 0, "{body:?}");
    }
}

proptest! {
    #[test]
    fn every_line_is_an_event_or_a_reject(
        lines in prop::collection::vec((0..1_u64 << 40, prop::collection::vec(any::<u8>(), 0..40), "[a-z_]{0,12}", "\\PC{0,12}"), 0..20),
        labels in "\\{?[a-z\"=,{}\\\\ ]{0,30}\\}?",
        format in prop::sample::select(vec![Format::Detect, Format::Logfmt, Format::Syslog, Format::Cef]),
    ) {
        let entries: Vec<_> =
            lines.iter().map(|(time, line, name, value)| entry(*time, line, &[(name, value)])).collect();
        let body = stream(&labels, &entries);
        let recipe = recipe(format);
        let (outcome, tally) = decoded(recipe, |writer, out| protobuf(&body, writer, NOW, out));
        let tally = tally.expect("sound");
        agree(&outcome, tally);
        prop_assert_eq!(tally.items(), lines.len() as u64);
    }

    #[test]
    fn no_bytes_break_it(mut body in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..400) {
        for protobuf_like in [false, true] {
            if protobuf_like {
                body = stream("{a=\"b\"}", &[entry(5, &body, &[("a", "b")]), entry(6, &body, &[])]);
                let at = cut % body.len();
                body[at] ^= 1 << (cut % 8);
            }
            let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| protobuf(&body, writer, NOW, out));
            tally.map_or_else(|_| assert_eq!(outcome.accepted, 0), |tally| agree(&outcome, tally));
            let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| json(&body, writer, NOW, out));
            tally.map_or_else(|_| assert_eq!(outcome.accepted, 0), |tally| agree(&outcome, tally));
        }
    }

    #[test]
    fn no_json_breaks_it(values in "[\\[\\]{}\",:a0-9 ]{0,60}") {
        let body = format!("{{\"streams\":[{{\"stream\":{{}},\"values\":[{values}]}}]}}");
        let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| json(body.as_bytes(), writer, NOW, out));
        tally.map_or_else(|_| assert_eq!(outcome.accepted, 0), |tally| agree(&outcome, tally));
    }
}
