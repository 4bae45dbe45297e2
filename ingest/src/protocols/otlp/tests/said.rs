//! The JSON form of a request, written a second time from its description.

use data_encoding::{BASE64, HEXUPPER};
use serde_json::{Value, json};

use super::super::messages::{Any, AnyValue, KeyValue, LogRecord};
use super::{Request, ResourceLogs, ScopeLogs};

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
