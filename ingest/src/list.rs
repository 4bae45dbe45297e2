//! How the items of a JSON list are kept: values as values, objects as their JSON text.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use vigil_model::{List, Value};

use crate::fields::Fields;
use crate::json::check_depth;

/// An item of a list at `depth`, appended to `out` as an encoded value.
pub(crate) struct Item<'f> {
    pub(crate) fields: &'f mut Fields,
    pub(crate) depth: usize,
    pub(crate) out: &'f mut Vec<u8>,
}

impl Item<'_> {
    fn add<E>(self, value: Value<'_>) -> Result<(), E> {
        value.encode(self.out);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.add(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.add(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.add(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.add(Value::Int(value)),
            Err(_) => self.add(Value::Str(&value.to_string())),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.fields.note_float(value);
        self.add(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.add(Value::Str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let depth = self.depth + 1;
        check_depth(depth, self.fields)?;
        let mut items = self.fields.buffer();
        while list.next_element_seed(Item { fields: &mut *self.fields, depth, out: &mut items })?.is_some() {}
        Value::List(List::from_encoded(&items)).encode(self.out);
        self.fields.give_back(items);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let mut text = self.fields.buffer();
        Text { fields: &mut *self.fields, depth: self.depth, out: &mut text }.visit_map(map)?;
        Value::Str(std::str::from_utf8(&text).expect("serde_json writes utf-8")).encode(self.out);
        self.fields.give_back(text);
        Ok(())
    }
}

/// A value inside `depth` levels, appended to `out` as compact JSON, members in their order.
struct Text<'f> {
    fields: &'f mut Fields,
    depth: usize,
    out: &'f mut Vec<u8>,
}

impl Text<'_> {
    fn write<E: Error>(self, value: impl Serialize) -> Result<(), E> {
        serde_json::to_writer(self.out, &value).map_err(E::custom)
    }

    /// What stands one level deeper.
    fn inner(&mut self) -> Text<'_> {
        Text { fields: &mut *self.fields, depth: self.depth + 1, out: &mut *self.out }
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.write(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.fields.note_float(value);
        self.write(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.write(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        check_depth(self.depth + 1, self.fields)?;
        self.out.push(b'[');
        while list.next_element_seed(self.inner())?.is_some() {
            self.out.push(b',');
        }
        close(self.out, b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        check_depth(self.depth + 1, self.fields)?;
        self.out.push(b'{');
        while map.next_key_seed(self.inner())?.is_some() {
            self.out.push(b':');
            map.next_value_seed(self.inner())?;
            self.out.push(b',');
        }
        close(self.out, b'}');
        Ok(())
    }
}

/// The closing mark in place of the comma after the last member, if there was one.
fn close(out: &mut Vec<u8>, mark: u8) {
    match out.last_mut() {
        Some(last) if *last == b',' => *last = mark,
        _ => out.push(mark),
    }
}
