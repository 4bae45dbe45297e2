//! How the repeated messages of a request are found one after another, without decoding what is in them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Encoding, Malformed};
use crate::protocols::wire::{Message, Wire};
use crate::scan::Scanner;

/// Number of `resource_logs` in a request.
const RESOURCE_LOGS: u32 = 1;
/// Number of `resource` in `ResourceLogs`, and of `scope` in `ScopeLogs`.
const OWN: u32 = 1;
/// Number of `scope_logs` in `ResourceLogs`, and of `log_records` in `ScopeLogs`.
const INNER: u32 = 2;

/// Messages still to come.
pub(super) enum Items<'b> {
    /// Those fields of a message that have this number.
    Protobuf { rest: &'b [u8], number: u32 },
    /// The elements of an array, in a text that was found to be JSON.
    Json { rest: &'b [u8] },
}

/// A message that has something of its own and others inside.
pub(super) struct Walked<'b> {
    /// Its resource or scope; empty where it has none.
    pub(super) own: &'b [u8],
    pub(super) inner: Items<'b>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'b> {
    #[serde(borrow)]
    resource_logs: Option<&'b RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'b> {
    #[serde(borrow)]
    resource: Option<&'b RawValue>,
    #[serde(borrow)]
    scope_logs: Option<&'b RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'b> {
    #[serde(borrow)]
    scope: Option<&'b RawValue>,
    #[serde(borrow)]
    log_records: Option<&'b RawValue>,
}

/// The `ResourceLogs` of a body. No bytes at all are an empty request in either encoding.
pub(super) fn request(encoding: Encoding, body: &[u8]) -> Result<Items<'_>, Malformed> {
    match encoding {
        Encoding::Protobuf => Ok(Items::Protobuf { rest: body, number: RESOURCE_LOGS }),
        Encoding::Json if body.trim_ascii().is_empty() => Ok(Items::none()),
        Encoding::Json => {
            // This reads all of the body once: from here on it is JSON.
            let request: Request<'_> = serde_json::from_slice(body).map_err(not_json)?;
            array(request.resource_logs)
        }
    }
}

impl<'b> Items<'b> {
    /// No message.
    pub(super) fn none() -> Items<'b> {
        Items::Json { rest: &[] }
    }

    /// The bytes of the next message.
    pub(super) fn next(&mut self) -> Result<Option<&'b [u8]>, Malformed> {
        match self {
            Items::Protobuf { rest, number } => next_field(rest, *number),
            Items::Json { rest } => Ok(next_element(rest)),
        }
    }

    /// A `ResourceLogs`.
    pub(super) fn walk_resource(&self, bytes: &'b [u8]) -> Result<Walked<'b>, Malformed> {
        if matches!(self, Items::Protobuf { .. }) {
            return walk(bytes);
        }
        let logs: ResourceLogs<'_> = serde_json::from_slice(bytes).map_err(not_json)?;
        Ok(Walked { own: own(logs.resource), inner: array(logs.scope_logs)? })
    }

    /// A `ScopeLogs`.
    pub(super) fn walk_scope(&self, bytes: &'b [u8]) -> Result<Walked<'b>, Malformed> {
        if matches!(self, Items::Protobuf { .. }) {
            return walk(bytes);
        }
        let logs: ScopeLogs<'_> = serde_json::from_slice(bytes).map_err(not_json)?;
        Ok(Walked { own: own(logs.scope), inner: array(logs.log_records)? })
    }
}

fn not_json(error: serde_json::Error) -> Malformed {
    Malformed(format!("JSON: {error}"))
}

fn own(raw: Option<&RawValue>) -> &[u8] {
    raw.map_or(&[], |raw| raw.get().as_bytes())
}

/// Both have the same numbers. A message sent in parts is one: the last resource or scope counts.
fn walk(bytes: &[u8]) -> Result<Walked<'_>, Malformed> {
    let (mut rest, mut own) = (bytes, &bytes[..0]);
    while let Some(found) = next_field(&mut rest, OWN)? {
        own = found;
    }
    Ok(Walked { own, inner: Items::Protobuf { rest: bytes, number: INNER } })
}

/// The next message under this number; other fields are stepped over.
fn next_field<'b>(rest: &mut &'b [u8], number: u32) -> Result<Option<&'b [u8]>, Malformed> {
    let mut message = Message(rest);
    while let Some(field) = message.next() {
        match field.map_err(|error| Malformed(format!("protobuf: {error}")))? {
            (found, Wire::Bytes(bytes)) if found == number => {
                *rest = message.0;
                return Ok(Some(bytes));
            }
            (found, _) if found == number => {
                return Err("protobuf: a message is expected where something else stands".into());
            }
            _ => {}
        }
    }
    *rest = &[];
    Ok(None)
}

/// The elements of what should be an array; nothing and null are an empty one.
fn array(raw: Option<&RawValue>) -> Result<Items<'_>, Malformed> {
    let Some(raw) = raw else { return Ok(Items::none()) };
    match raw.get().as_bytes() {
        [b'[', rest @ ..] => Ok(Items::Json { rest }),
        _ => Err("JSON: an array is expected where something else stands".into()),
    }
}

/// The next element of an array whose text is known to be JSON.
fn next_element<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
    let start = rest.iter().position(|byte| !between(byte))?;
    let bytes = &rest[start..];
    let end = match bytes[0] {
        b']' => return None,
        b'{' | b'[' | b'"' => Scanner::default().advance(bytes)?,
        _ => bytes.iter().position(|byte| between(byte) || *byte == b']')?,
    };
    let (element, after) = bytes.split_at(end);
    *rest = after;
    Some(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_cut_at_their_ends() {
        let mut rest: &[u8] = b" {\"a\":[\"]\"]} ,5 , [1,[2]] ,\"]\",null ] after";
        let found: Vec<&[u8]> = std::iter::from_fn(|| next_element(&mut rest)).collect();
        let expected: [&[u8]; 5] = [b"{\"a\":[\"]\"]}", b"5", b"[1,[2]]", b"\"]\"", b"null"];
        assert_eq!(found, expected);
    }

    #[test]
    fn fields_of_other_numbers_are_stepped_over() {
        // 2: varint 5, 1: "ab", 1: "", 3: fixed32, 1: "c"
        let mut rest: &[u8] = b"\x10\x05\x0a\x02ab\x0a\x00\x1d\x01\x02\x03\x04\x0a\x01c";
        let mut found = Vec::new();
        while let Some(bytes) = next_field(&mut rest, 1).expect("sound") {
            found.push(bytes);
        }
        let expected: [&[u8]; 3] = [b"ab", b"", b"c"];
        assert_eq!(found, expected);
        for broken in [&b"\x0a\x05ab"[..], b"\x08\x01", b"\x0a", b"\xff", b"\x07"] {
            assert!(next_field(&mut { broken }, 1).is_err(), "{broken:?}");
        }
    }
}
