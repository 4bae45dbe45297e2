//! Do protobuf and JSON say the same, whatever is said? And is nothing that is sent a panic?

use proptest::prelude::*;
use prost::Message;

use super::super::Encoding;
use super::super::messages::{Any, AnyValue, ArrayValue, KeyValue, KeyValueList, LogRecord, Resource, Scope};
use super::{Request, ResourceLogs, ScopeLogs, decode, said};

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
