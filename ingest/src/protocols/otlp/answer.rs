//! What the sender of a request is answered: what of it was not taken, or why nothing was.

use prost::Message;
use serde::Serialize;

use super::Encoding;

/// `google.rpc.Code`, as far as it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The data are bad: the same request will never be taken.
    InvalidArgument = 3,
    /// There is nothing of this name.
    NotFound = 5,
    /// Not with these rights.
    PermissionDenied = 7,
    /// It is too large.
    ResourceExhausted = 8,
    /// There is no such thing here.
    Unimplemented = 12,
    /// Not now: the same request may be taken later.
    Unavailable = 14,
    /// Not without saying who asks.
    Unauthenticated = 16,
}

/// `ExportLogsServiceResponse`.
#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportLogsResponse {
    #[prost(message, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    #[serde(serialize_with = "as_text")]
    rejected_log_records: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

/// 64-bit numbers are texts in this form of JSON.
fn as_text<S: serde::Serializer>(number: &i64, json: S) -> Result<S::Ok, S::Error> {
    json.collect_str(number)
}

/// An `ExportLogsServiceResponse`: how many records were rejected, and why. Without any it is full success, and empty.
pub fn export_answer(encoding: Encoding, rejected: u64, why: &str) -> Vec<u8> {
    let partial = PartialSuccess {
        rejected_log_records: i64::try_from(rejected).unwrap_or(i64::MAX),
        error_message: why.to_owned(),
    };
    let answer = ExportLogsResponse { partial_success: (rejected > 0).then_some(partial) };
    match encoding {
        Encoding::Protobuf => answer.encode_to_vec(),
        Encoding::Json => serde_json::to_vec(&answer).expect("texts are JSON"),
    }
}

/// `google.rpc.Status`: why a request was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which kind of failure.
    pub code: Code,
    /// What is wrong, for people.
    pub message: String,
    /// Seconds after which the same request may be taken.
    pub retry_after: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct StatusMessage {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

impl Status {
    /// The message in an encoding.
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Protobuf => self.message().encode_to_vec(),
            Encoding::Json => self.json().to_string().into_bytes(),
        }
    }

    fn message(&self) -> StatusMessage {
        let details = self.retry_after.map(|seconds| {
            let delay = Delay { seconds: i64::try_from(seconds).unwrap_or(i64::MAX) };
            let value = RetryInfo { retry_delay: Some(delay) }.encode_to_vec();
            Detail { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value }
        });
        StatusMessage { code: self.code as i32, message: self.message.clone(), details: details.into_iter().collect() }
    }

    fn json(&self) -> serde_json::Value {
        let mut status = serde_json::json!({ "code": self.code as i32, "message": self.message });
        if let Some(seconds) = self.retry_after {
            status["details"] = serde_json::json!([{
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": format!("{seconds}s"),
            }]);
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_success_is_empty() {
        assert_eq!(export_answer(Encoding::Protobuf, 0, ""), b"");
        assert_eq!(export_answer(Encoding::Json, 0, ""), b"{}");
    }

    #[test]
    fn what_was_rejected_is_counted() {
        assert_eq!(export_answer(Encoding::Protobuf, 2, "no"), b"\x0a\x06\x08\x02\x12\x02no");
        let json = br#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"}}"#;
        assert_eq!(export_answer(Encoding::Json, 2, "no"), json);
    }

    #[test]
    fn a_status_says_when_to_come_again() {
        let status = Status { code: Code::Unavailable, message: "busy".to_owned(), retry_after: Some(3) };
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let head = b"\x08\x0e\x12\x04busy\x1a\x30\x0a\x28";
        let expected = [&head[..], url, b"\x12\x04\x0a\x02\x08\x03"].concat();
        assert_eq!(status.encode(Encoding::Protobuf), expected);
        let json = r#"{"code":14,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}],"message":"busy"}"#;
        assert_eq!(status.encode(Encoding::Json), json.as_bytes());
    }
}
