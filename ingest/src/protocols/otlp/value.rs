//! How an `AnyValue` becomes fields: maps by dotted names, lists as lists, a map in a list as its JSON text.

use std::borrow::Cow;
use std::io::Write;

use data_encoding::BASE64;
use vigil_model::limits::NESTING_MAX;
use vigil_model::{List, Value};

use super::messages::{Any, AnyValue, KeyValue};
use crate::Refusal;

/// Text of a sender. Bytes that are no UTF-8 are replaced, and `wrong` says so.
pub(super) fn text<'a>(bytes: &'a [u8], wrong: &mut bool) -> Cow<'a, str> {
    let text = String::from_utf8_lossy(bytes);
    *wrong |= matches!(text, Cow::Owned(_));
    text
}

/// Takes values apart.
#[derive(Default)]
pub(super) struct Flattener {
    /// Name of the field that is being put.
    path: String,
    /// Some text was no UTF-8.
    pub(super) wrong_utf8: bool,
}

impl Flattener {
    /// Hands on every attribute, its name behind `prefix`.
    pub(super) fn all(
        &mut self,
        prefix: &str,
        attributes: &[KeyValue],
        put: &mut impl FnMut(&str, Value<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        for attribute in attributes {
            self.path.clear();
            self.path.push_str(prefix);
            self.path.push_str(&text(&attribute.key, &mut self.wrong_utf8));
            self.value(attribute.value.as_ref(), 0, put)?;
        }
        Ok(())
    }

    /// The value of the current path, inside of `depth` maps.
    fn value(
        &mut self,
        value: Option<&AnyValue>,
        depth: usize,
        put: &mut impl FnMut(&str, Value<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match value.and_then(|value| value.value.as_ref()) {
            None => put(&self.path, Value::Null),
            Some(Any::Text(bytes)) => put(&self.path, Value::Str(&text(bytes, &mut self.wrong_utf8))),
            Some(Any::Bool(value)) => put(&self.path, Value::Bool(*value)),
            Some(Any::Int(value)) => put(&self.path, Value::Int(*value)),
            Some(Any::Double(value)) => put(&self.path, Value::Float(*value)),
            Some(Any::Bytes(bytes)) => put(&self.path, Value::Bytes(bytes)),
            Some(Any::Map(map)) if map.values.is_empty() => put(&self.path, Value::Str("{}")),
            Some(Any::Map(map)) => self.map(&map.values, deeper(depth)?, put),
            Some(Any::Array(list)) => {
                let mut items = Vec::new();
                self.list(&list.values, deeper(depth)?, &mut items)?;
                put(&self.path, Value::List(List::from_encoded(&items)))
            }
        }
    }

    fn map(
        &mut self,
        members: &[KeyValue],
        depth: usize,
        put: &mut impl FnMut(&str, Value<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let outer = self.path.len();
        for member in members {
            self.path.push('.');
            self.path.push_str(&text(&member.key, &mut self.wrong_utf8));
            self.value(member.value.as_ref(), depth, put)?;
            self.path.truncate(outer);
        }
        Ok(())
    }

    /// Appends the items of a list, encoded.
    fn list(&mut self, items: &[AnyValue], depth: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
        for item in items {
            match &item.value {
                None => Value::Null.encode(out),
                Some(Any::Text(bytes)) => Value::Str(&text(bytes, &mut self.wrong_utf8)).encode(out),
                Some(Any::Bool(value)) => Value::Bool(*value).encode(out),
                Some(Any::Int(value)) => Value::Int(*value).encode(out),
                Some(Any::Double(value)) => Value::Float(*value).encode(out),
                Some(Any::Bytes(bytes)) => Value::Bytes(bytes).encode(out),
                Some(Any::Map(_)) => Value::Str(&self.json(item, depth)?).encode(out),
                Some(Any::Array(list)) => {
                    let mut inner = Vec::new();
                    self.list(&list.values, deeper(depth)?, &mut inner)?;
                    Value::List(List::from_encoded(&inner)).encode(out);
                }
            }
        }
        Ok(())
    }

    /// A value as text: text as it is, anything else as compact JSON.
    pub(super) fn plain<'a>(&mut self, value: &'a AnyValue) -> Result<Cow<'a, str>, Refusal> {
        match &value.value {
            Some(Any::Text(bytes)) => Ok(text(bytes, &mut self.wrong_utf8)),
            Some(Any::Bytes(bytes)) if let Ok(text) = std::str::from_utf8(bytes) => Ok(Cow::Borrowed(text)),
            Some(Any::Bytes(bytes)) => Ok(Cow::Owned(BASE64.encode(bytes))),
            Some(Any::Double(value)) if !value.is_finite() => Ok(Cow::Borrowed(no_number(*value))),
            _ => self.json(value, 0).map(Cow::Owned),
        }
    }

    fn json(&mut self, value: &AnyValue, depth: usize) -> Result<String, Refusal> {
        let mut out = Vec::new();
        self.write(value, depth, &mut out)?;
        Ok(String::from_utf8(out).expect("only JSON was written"))
    }

    fn write(&mut self, value: &AnyValue, depth: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match &value.value {
            None => out.extend_from_slice(b"null"),
            Some(Any::Text(bytes)) => quoted(out, &text(bytes, &mut self.wrong_utf8)),
            Some(Any::Bool(value)) => write_to(out, value),
            Some(Any::Int(value)) => write_to(out, value),
            Some(Any::Double(value)) if value.is_finite() => write_to(out, value),
            Some(Any::Double(value)) => quoted(out, no_number(*value)),
            Some(Any::Bytes(bytes)) => quoted(out, &BASE64.encode(bytes)),
            Some(Any::Array(list)) => self.write_list(&list.values, deeper(depth)?, out)?,
            Some(Any::Map(map)) => self.write_map(&map.values, deeper(depth)?, out)?,
        }
        Ok(())
    }

    fn write_list(&mut self, items: &[AnyValue], depth: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
        out.push(b'[');
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            self.write(item, depth, out)?;
        }
        out.push(b']');
        Ok(())
    }

    fn write_map(&mut self, members: &[KeyValue], depth: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
        out.push(b'{');
        for (n, member) in members.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            quoted(out, &text(&member.key, &mut self.wrong_utf8));
            out.push(b':');
            match &member.value {
                Some(value) => self.write(value, depth, out)?,
                None => out.extend_from_slice(b"null"),
            }
        }
        out.push(b'}');
        Ok(())
    }
}

/// One level further inside.
fn deeper(depth: usize) -> Result<usize, Refusal> {
    if depth < NESTING_MAX { Ok(depth + 1) } else { Err(Refusal::TooDeep) }
}

/// What JSON has no number for, in the words of OTLP.
fn no_number(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("memory takes every text");
}

fn write_to(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("memory takes everything");
}
