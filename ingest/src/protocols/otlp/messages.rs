//! The messages that are decoded whole, in protobuf and in JSON: a log record, a resource, a scope.
//!
//! Text is held as bytes: senders exist that put bytes there which are no UTF-8, and their records are not lost for it.

use prost::Message;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Encoding, json};
use crate::Refusal;

/// `opentelemetry.proto.logs.v1.LogRecord`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LogRecord {
    #[prost(fixed64, tag = "1")]
    #[serde(deserialize_with = "json::whole")]
    pub(super) time_unix_nano: u64,
    #[prost(int32, tag = "2")]
    #[serde(deserialize_with = "json::whole")]
    pub(super) severity_number: i32,
    #[prost(bytes = "vec", tag = "3")]
    #[serde(deserialize_with = "json::text")]
    pub(super) severity_text: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(super) body: Option<AnyValue>,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "json::list")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "7")]
    #[serde(deserialize_with = "json::whole")]
    pub(super) dropped_attributes_count: u32,
    #[prost(fixed32, tag = "8")]
    #[serde(deserialize_with = "json::whole")]
    pub(super) flags: u32,
    #[prost(bytes = "vec", tag = "9")]
    #[serde(deserialize_with = "json::hexadecimal")]
    pub(super) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "10")]
    #[serde(deserialize_with = "json::hexadecimal")]
    pub(super) span_id: Vec<u8>,
    #[prost(fixed64, tag = "11")]
    #[serde(deserialize_with = "json::whole")]
    pub(super) observed_time_unix_nano: u64,
    #[prost(bytes = "vec", tag = "12")]
    #[serde(deserialize_with = "json::text")]
    pub(super) event_name: Vec<u8>,
}

/// `opentelemetry.proto.resource.v1.Resource`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Resource {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::list")]
    pub(super) attributes: Vec<KeyValue>,
}

/// `opentelemetry.proto.common.v1.InstrumentationScope`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Scope {
    #[prost(bytes = "vec", tag = "1")]
    #[serde(deserialize_with = "json::text")]
    pub(super) name: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    #[serde(deserialize_with = "json::text")]
    pub(super) version: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    #[serde(deserialize_with = "json::list")]
    pub(super) attributes: Vec<KeyValue>,
}

/// `opentelemetry.proto.common.v1.KeyValue`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    #[serde(deserialize_with = "json::text")]
    pub(super) key: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
}

/// `opentelemetry.proto.common.v1.AnyValue`; without a value it is null.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(try_from = "json::AnyValue")]
pub(super) struct AnyValue {
    #[prost(oneof = "Any", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(super) value: Option<Any>,
}

/// What an [`AnyValue`] can be.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Any {
    #[prost(bytes = "vec", tag = "1")]
    Text(Vec<u8>),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    #[prost(message, tag = "6")]
    Map(KeyValueList),
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
}

/// `opentelemetry.proto.common.v1.ArrayValue`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub(super) struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::list")]
    pub(super) values: Vec<AnyValue>,
}

/// `opentelemetry.proto.common.v1.KeyValueList`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub(super) struct KeyValueList {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::list")]
    pub(super) values: Vec<KeyValue>,
}

/// A log record; null in JSON is an empty one.
pub(super) fn log_record(encoding: Encoding, bytes: &[u8]) -> Result<LogRecord, Refusal> {
    decode(encoding, bytes, "log record")
}

/// A resource.
pub(super) fn resource(encoding: Encoding, bytes: &[u8]) -> Result<Resource, Refusal> {
    decode(encoding, bytes, "resource")
}

/// A scope.
pub(super) fn scope(encoding: Encoding, bytes: &[u8]) -> Result<Scope, Refusal> {
    decode(encoding, bytes, "scope")
}

fn decode<T: Message + Default + DeserializeOwned>(
    encoding: Encoding,
    bytes: &[u8],
    what: &'static str,
) -> Result<T, Refusal> {
    let broken = |why: String| Refusal::Malformed { what, why };
    match encoding {
        Encoding::Protobuf => T::decode(bytes).map_err(|error| broken(error.to_string())),
        Encoding::Json if bytes.is_empty() || bytes == b"null" => Ok(T::default()),
        Encoding::Json => serde_json::from_slice(bytes).map_err(|error| broken(error.to_string())),
    }
}
