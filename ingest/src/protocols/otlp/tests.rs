//! Do both encodings of a request become the same events, and the events that are described?

use expect_test::expect;
use proptest::prelude::*;
use prost::Message;
use serde_json::json;
use vigil_model::Record;

use super::messages::{Any, AnyValue, ArrayValue, KeyValue, KeyValueList, LogRecord, Resource, Scope};
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
    assert!(shown.contains('1'), "{shown}");
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

/// The JSON form, written a second time from its description.
mod said {
    use data_encoding::{BASE64, HEXUPPER};
    use serde_json::Value;

    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).expect("only text is made")
    }

    fn value(value: &AnyValue) -> Value {
        match &value.value {
            None => json!({}),
            Some(Any::Text(bytes)) => json!({ "stringValue": text(bytes) }),
            Some(Any::Bool(value)) => json!({ "boolValue": value }),
            Some(Any::Int(value)) => json!({ "intValue": value.to_string() }),
            Some(Any::Double(value)) => json!({ "doubleValue": value }),
            Some(Any::Bytes(bytes)) => json!({ "bytesValue": BASE64.encode(bytes) }),
            Some(Any::Array(list)) => {
                json!({ "arrayValue": { "values": list.values.iter().map(self::value).collect::<Vec<_>>() } })
            }
            Some(Any::Map(map)) => json!({ "kvlistValue": { "values": pairs(&map.values) } }),
        }
    }

    fn pairs(pairs: &[KeyValue]) -> Value {
        let pair = |pair: &KeyValue| match &pair.value {
            Some(value) => json!({ "key": text(&pair.key), "value": self::value(value) }),
            None => json!({ "key": text(&pair.key) }),
        };
        pairs.iter().map(pair).collect()
    }

    fn record(record: &LogRecord) -> Value {
        json!({
            "timeUnixNano": record.time_unix_nano.to_string(),
            "observedTimeUnixNano": record.observed_time_unix_nano,
            "severityNumber": record.severity_number,
            "severityText": text(&record.severity_text),
            "body": record.body.as_ref().map(value),
            "attributes": pairs(&record.attributes),
            "droppedAttributesCount": record.dropped_attributes_count,
            "flags": record.flags,
            "traceId": HEXUPPER.encode(&record.trace_id),
            "spanId": HEXUPPER.encode(&record.span_id),
            "eventName": text(&record.event_name),
        })
    }

    fn scope_logs(logs: &ScopeLogs) -> Value {
        let scope = logs.scope.as_ref().map(|scope| {
            json!({
                "name": text(&scope.name),
                "version": text(&scope.version),
                "attributes": pairs(&scope.attributes),
            })
        });
        json!({ "logRecords": logs.log_records.iter().map(record).collect::<Vec<_>>(), "scope": scope })
    }

    pub(super) fn request(request: &Request) -> Value {
        let logs = |logs: &ResourceLogs| {
            let resource = logs.resource.as_ref().map(|resource| json!({ "attributes": pairs(&resource.attributes) }));
            json!({
                "scopeLogs": logs.scope_logs.iter().map(scope_logs).collect::<Vec<_>>(),
                "resource": resource,
                "schemaUrl": logs.schema_url,
            })
        };
        json!({ "resourceLogs": request.resource_logs.iter().map(logs).collect::<Vec<_>>() })
    }
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(&["", "a", "a.b", "message", "level", "trace_id", "time", "source", "é"][..])
        .prop_map(|name| name.as_bytes().to_vec())
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| Some(Any::Text(text.into_bytes()))),
        any::<bool>().prop_map(|value| Some(Any::Bool(value))),
        any::<i64>().prop_map(|value| Some(Any::Int(value))),
        prop::num::f64::NORMAL.prop_map(|value| Some(Any::Double(value))),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(|bytes| Some(Any::Bytes(bytes))),
        Just(None),
    ];
    let leaf = leaf.prop_map(|value| AnyValue { value });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3).prop_map(|values| Any::Array(ArrayValue { values }));
        let map = pairs(inner).prop_map(|values| Any::Map(KeyValueList { values }));
        prop_oneof![list, map].prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn pairs(value: impl Strategy<Value = AnyValue>) -> impl Strategy<Value = Vec<KeyValue>> {
    let pair = (name(), prop::option::of(value)).prop_map(|(key, value)| KeyValue { key, value });
    prop::collection::vec(pair, 0..4)
}

prop_compose! {
    fn log_record()(
        times in (0_u64..4, prop_oneof![Just(0), any::<u64>()]),
        severity in (-1..30_i32, prop::sample::select(&["", "Error", "purple"][..])),
        body in prop::option::of(any_value()),
        attributes in pairs(any_value()),
        counts in (0_u32..2, any::<u32>()),
        ids in (prop::collection::vec(0_u8..3, 0..17), prop::collection::vec(any::<u8>(), 8)),
        event_name in name(),
    ) -> LogRecord {
        LogRecord {
            time_unix_nano: times.0,
            observed_time_unix_nano: times.1,
            severity_number: severity.0,
            severity_text: severity.1.as_bytes().to_vec(),
            body,
            attributes,
            dropped_attributes_count: counts.0,
            flags: counts.1,
            trace_id: ids.0,
            span_id: ids.1,
            event_name,
        }
    }
}

fn request() -> impl Strategy<Value = Request> {
    let scope = (name(), name(), pairs(any_value())).prop_map(|(name, version, attributes)| Scope {
        name,
        version,
        attributes,
    });
    let scope_logs = (prop::option::of(scope), prop::collection::vec(log_record(), 0..4))
        .prop_map(|(scope, log_records)| ScopeLogs { scope, log_records, schema_url: "s".to_owned() });
    let resource = pairs(any_value()).prop_map(|attributes| Resource { attributes });
    let resource_logs = (prop::option::of(resource), prop::collection::vec(scope_logs, 0..3))
        .prop_map(|(resource, scope_logs)| ResourceLogs { resource, scope_logs, schema_url: String::new() });
    prop::collection::vec(resource_logs, 0..3).prop_map(|resource_logs| Request { resource_logs })
}

proptest! {
    #[test]
    fn both_encodings_say_the_same(request in request()) {
        let protobuf = decode(Encoding::Protobuf, &request.encode_to_vec()).expect("a request");
        let json = decode(Encoding::Json, said::request(&request).to_string().as_bytes()).expect("a request");
        prop_assert_eq!(protobuf, json);
    }

    #[test]
    fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(Encoding::Protobuf, &body);
        let _ = decode(Encoding::Json, &body);
    }

    #[test]
    fn no_damage_is_a_panic(request in request(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let json = said::request(&request).to_string().into_bytes();
        for (encoding, mut body) in [(Encoding::Protobuf, request.encode_to_vec()), (Encoding::Json, json)] {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
                let _ = decode(encoding, &body);
                let _ = decode(encoding, &body[..cut.index(body.len())]);
            }
        }
    }
}
