//! Do both encodings of a request become the same events, and the events that are described?

mod both;
mod said;

use expect_test::expect;
use prost::Message;
use serde_json::json;
use vigil_model::Record;

use super::messages::{Any, AnyValue, LogRecord, Resource, Scope};
use super::*;
use crate::{Format, Pipeline, Recipe};

const NOW: Timestamp = Timestamp(1_000_000_000);

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceLogs {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_logs: Vec<ScopeLogs>,
    #[prost(string, tag = "3")]
    schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeLogs {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    log_records: Vec<LogRecord>,
    #[prost(string, tag = "3")]
    schema_url: String,
}

/// Events one a line, then rejects.
fn decode(encoding: Encoding, body: &[u8]) -> Result<String, Malformed> {
    let recipe = Recipe { pipeline: Pipeline::none(), ..Recipe::default() };
    decode_by(recipe, encoding, body)
}

fn decode_by(recipe: Recipe, encoding: Encoding, body: &[u8]) -> Result<String, Malformed> {
    let mut export = Export::open(encoding, body)?;
    let (mut writer, mut batch) = (Writer::new(recipe), Batch::new());
    let mut fates = 0;
    while export.next(&mut writer, NOW, &mut batch).is_some() {
        fates += 1;
    }
    assert_eq!(export.total(), fates);
    assert_eq!(batch.accepted() + batch.rejects().count(), fates, "each is an event or a reject");
    let mut out = String::new();
    for records in batch.take_rest() {
        for record in records.iter().flatten() {
            Record::validate(record.bytes()).expect("canonical");
            let assumed = if record.time_assumed() { "arrived " } else { "" };
            out.push_str(&format!("{assumed}{record:?}\n"));
        }
    }
    for reject in batch.rejects().named() {
        out.push_str(&format!("record {}: {}\n", reject.line, reject.reason));
    }
    Ok(out)
}

fn of_json(body: &serde_json::Value) -> String {
    decode(Encoding::Json, body.to_string().as_bytes()).expect("a request")
}

fn one(record: &serde_json::Value) -> String {
    of_json(&json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] }))
}

const EVERYTHING: &str = r#"{
        "resourceLogs": [{
            "unknown": { "later": [1] },
            "scopeLogs": [{
                "logRecords": [{
                    "timeUnixNano": "1544712660300000000",
                    "observedTimeUnixNano": 1544712660400000000,
                    "severityNumber": 10,
                    "severityText": "Information",
                    "traceId": "5B8EFFF798038103D269B633813FC60C",
                    "spanId": "eee19b7ec3c1b174",
                    "flags": 1,
                    "eventName": "user.login",
                    "droppedAttributesCount": 3,
                    "body": { "stringValue": "Example log record" },
                    "attributes": [
                        { "key": "int", "value": { "intValue": "10" } },
                        { "key": "double", "value": { "doubleValue": 637.704 } },
                        { "key": "array", "value": { "arrayValue": { "values": [
                            { "stringValue": "many" },
                            { "kvlistValue": { "values": [{ "key": "a", "value": { "boolValue": true } }] } }
                        ] } } },
                        { "key": "map", "value": { "kvlistValue": { "values": [
                            { "key": "some", "value": { "kvlistValue": { "values": [
                                { "key": "key", "value": { "stringValue": "value" } }] } } }
                        ] } } },
                        { "key": "bytes", "value": { "bytesValue": "AQI=" } },
                        { "key": "nothing", "value": {} },
                        { "key": "host.name", "value": { "stringValue": "from the record" } },
                        { "key": "trace_id", "value": { "stringValue": "a second one" } },
                        { "key": "message", "value": { "stringValue": "another" } }
                    ]
                }],
                "scope": { "name": "my.library", "version": "1.0.0", "attributes": [
                    { "key": "x", "value": { "intValue": 1 } }] }
            }],
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "shop" } },
                { "key": "host.name", "value": { "stringValue": "from the resource" } }
            ] }
        }]
    }"#;

#[test]
fn everything_that_a_record_can_say() {
    let shown = decode(Encoding::Json, EVERYTHING.as_bytes()).expect("a request");
    expect![[r#"
        2018-12-13T14:51:00.3Z {"array": List([Str("many"), Str("{\"a\":true}")]), "bytes": Bytes([1, 2]), "double": Float(637.704), "dropped_attributes_count": Int(3), "event.name": Str("user.login"), "flags": Int(1), "host.name": Str("from the record"), "int": Int(10), "level": Str("info"), "map.some.key": Str("value"), "message": Str("Example log record"), "message_": Str("another"), "nothing": Null, "otel.scope.name": Str("my.library"), "otel.scope.version": Str("1.0.0"), "otel.scope.x": Int(1), "service.name": Str("shop"), "severity_number": Int(10), "severity_text": Str("Information"), "span_id": Str("eee19b7ec3c1b174"), "trace_id": Str("5b8efff798038103d269b633813fc60c"), "trace_id_": Str("a second one")}
    "#]]
    .assert_eq(&shown);
}

#[test]
fn bodies_of_every_kind() {
    let shown: String = [
        json!({ "kvlistValue": { "values": [
            { "key": "level", "value": { "stringValue": "error" } },
            { "key": "a", "value": { "kvlistValue": {} } }] } }),
        json!({ "intValue": "-7" }),
        json!({ "boolValue": false }),
        json!({ "doubleValue": "NaN" }),
        json!({ "arrayValue": { "values": [{ "intValue": 1 }, { "stringValue": "b" }] } }),
        json!({ "bytesValue": "aGk=" }),
        json!({ "bytesValue": "/w" }),
        json!({}),
        json!(null),
    ]
    .iter()
    .map(|body| one(&json!({ "body": body, "attributes": [{ "key": "level", "value": { "stringValue": "x" } }] })))
    .collect();
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"a": Str("{}"), "level": Str("error"), "level_": Str("x")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("-7")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("false")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("NaN")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("[1,\"b\"]")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("hi")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x"), "message": Str("/w==")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x")}
        arrived 1970-01-01T00:00:01Z {"level": Str("x")}
    "#]]
    .assert_eq(&shown);
}

#[test]
fn times_and_severities() {
    let shown: String = [
        json!({ "observedTimeUnixNano": "5" }),
        json!({ "timeUnixNano": 0, "observedTimeUnixNano": 0 }),
        json!({ "timeUnixNano": "18446744073709551615" }),
        json!({ "severityText": "WARN", "traceId": "", "spanId": "0000000000000000" }),
        json!({ "severityNumber": 24, "severityText": "debug" }),
        json!({ "severityNumber": 99 }),
    ]
    .iter()
    .map(one)
    .collect();
    expect![[r#"
        1970-01-01T00:00:00.000000005Z {}
        arrived 1970-01-01T00:00:01Z {}
        arrived 1970-01-01T00:00:01Z {"parse_error": Str("otlp: the time 18446744073709551615 is beyond the year 2262")}
        arrived 1970-01-01T00:00:01Z {"level": Str("warn"), "severity_text": Str("WARN")}
        arrived 1970-01-01T00:00:01Z {"level": Str("fatal"), "severity_number": Int(24), "severity_text": Str("debug")}
        arrived 1970-01-01T00:00:01Z {"severity_number": Int(99)}
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_bad_record_costs_itself_alone() {
    let good = LogRecord { body: text("good"), ..LogRecord::default() };
    // Field 3 of a record is text; a varint stands there.
    let scope = [&b"\x12\x02\x18\x01"[..], b"\x12\x00", &sized_field(2, &good.encode_to_vec())].concat();
    let body = sized_field(1, &sized_field(2, &scope));
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {}
        arrived 1970-01-01T00:00:01Z {"message": Str("good")}
        record 1: the log record cannot be read: failed to decode Protobuf message: LogRecord.severity_text: invalid wire type: Varint (expected LengthDelimited)
    "#]]
    .assert_eq(&decode(Encoding::Protobuf, &body).expect("a request"));
    let json = json!([{ "traceId": "xyz" }, { "severityNumber": 1.5 }, { "body": { "stringValue": "good" } }]);
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("good")}
        record 1: the log record cannot be read: the id `xyz` is not hexadecimal at line 1 column 17
        record 2: the log record cannot be read: 1.5 is no whole number at line 1 column 22
    "#]]
    .assert_eq(&of_json(&json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": json }] }] })));
}

#[test]
fn text_that_is_none_is_kept_and_said() {
    let bytes = AnyValue { value: Some(Any::Text(b"caf\xe9".to_vec())) };
    let record = LogRecord { body: Some(bytes), ..LogRecord::default() };
    let body = sized_field(1, &sized_field(2, &sized_field(2, &record.encode_to_vec())));
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("caf�"), "parse_error": Str("invalid utf-8")}
    "#]]
    .assert_eq(&decode(Encoding::Protobuf, &body).expect("a request"));
}

#[test]
fn what_is_no_request_is_refused_and_nothing_is_an_empty_one() {
    for body in ["", "{}", " ", r#"{"resourceLogs":null}"#, r#"{"resourceLogs":[]}"#, r#"{"resourceLogs":[{}]}"#] {
        assert_eq!(decode(Encoding::Json, body.as_bytes()), Ok(String::new()), "{body}");
    }
    assert_eq!(decode(Encoding::Protobuf, b""), Ok(String::new()));
    for body in ["{", "[]", "5", r#"{"resourceLogs":5}"#, r#"{"resourceLogs":[5]}"#, "\u{feff}{}", "{} {}"] {
        assert!(decode(Encoding::Json, body.as_bytes()).is_err(), "{body}");
    }
    for body in [&b"{}"[..], b"\x0a\x05", b"\xff\xff", b"\x0a\x02\x12\x09"] {
        assert!(decode(Encoding::Protobuf, body).is_err(), "{body:?}");
    }
}

#[test]
fn what_nests_too_deep_is_rejected() {
    let mut value = json!({ "stringValue": "x" });
    for _ in 0..40 {
        value = json!({ "arrayValue": { "values": [value] } });
    }
    let shown = one(&json!({ "attributes": [{ "key": "deep", "value": value }] }));
    assert_eq!(shown, "record 1: objects and lists nest deeper than 32\n");
}

#[test]
fn a_message_is_read_by_the_format_of_its_source() {
    let recipe = Recipe { format: Format::Logfmt, pipeline: Pipeline::none(), ..Recipe::default() };
    let record = LogRecord { body: text("a=1"), ..LogRecord::default() };
    let body = sized_field(1, &sized_field(2, &sized_field(2, &record.encode_to_vec())));
    let shown = decode_by(recipe, Encoding::Protobuf, &body).expect("a request");
    assert_eq!(shown, "arrived 1970-01-01T00:00:01Z {\"a\": Str(\"1\")}\n");
}

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Any::Text(text.as_bytes().to_vec())) })
}

/// A length-delimited field, shorter than 16 KiB.
fn sized_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}
