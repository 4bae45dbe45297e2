//! How a JSON object becomes fields, without a tree in between.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use vigil_model::limits::NESTING_MAX;
use vigil_model::{List, Value};

use crate::fields::Fields;
use crate::list::Item;
use crate::{Refusal, numbers};

/// Reads one event into `fields`, which must be clear.
pub(crate) fn read(text: &str, fields: &mut Fields) -> Result<(), Refusal> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Event { fields: &mut *fields }).and_then(|()| json.end());
    read.map_err(|error| fields.refusal.take().unwrap_or_else(|| not_json(&error)))
}

/// As [`read`], whole numbers of any size kept digit for digit. `fields` are cleared first.
pub(crate) fn read_exact(text: &str, fields: &mut Fields) -> Result<(), Refusal> {
    fields.clear();
    read(text, fields)?;
    match fields.huge_number.then(|| numbers::quote_huge(text)).flatten() {
        None => Ok(()),
        Some(quoted) => {
            fields.clear();
            read(&quoted, fields)
        }
    }
}

/// As [`read`]; what each of the outermost names becomes, `rename` appends to the path of the fields, which is empty.
pub(crate) fn read_renamed(text: &str, fields: &mut Fields, rename: Rename) -> Result<(), Refusal> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Renamed { fields: &mut *fields, rename }).and_then(|()| json.end());
    read.map_err(|error| fields.refusal.take().unwrap_or_else(|| not_json(&error)))
}

/// Appends what a name becomes to the path.
pub(crate) type Rename = fn(&str, &mut Fields);

#[cold]
fn not_json(error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    let mut what = error.to_string();
    if let Some(end) = what.rfind(" at line ") {
        what.truncate(end);
    }
    Refusal::NotJson { what, line, column }
}

/// The refusal of what nests deeper than allowed; the event itself is level 0.
pub(crate) fn check_depth<E: Error>(depth: usize, fields: &mut Fields) -> Result<(), E> {
    if depth > NESTING_MAX { Err(fields.refuse(Refusal::TooDeep)) } else { Ok(()) }
}

/// The outermost object.
struct Event<'f> {
    fields: &'f mut Fields,
}

impl<'de> Visitor<'de> for Event<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        object(self.fields, 0, map).map(|_| ())
    }
}

/// The outermost object, or the name of one of its members.
struct Renamed<'f> {
    fields: &'f mut Fields,
    rename: Rename,
}

impl<'de> DeserializeSeed<'de> for Renamed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Renamed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        (self.rename)(name, self.fields);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Renamed { fields, rename } = self;
        fields.path.clear();
        while map.next_key_seed(Renamed { fields: &mut *fields, rename })?.is_some() {
            map.next_value_seed(Member { fields: &mut *fields, depth: 0 })?;
            fields.path.clear();
        }
        Ok(())
    }
}

/// Puts every member under its dotted name; answers how many there were.
fn object<'de, A: MapAccess<'de>>(fields: &mut Fields, depth: usize, mut map: A) -> Result<usize, A::Error> {
    let prefix = fields.path.len();
    let mut count = 0;
    while map.next_key_seed(Key { path: &mut fields.path, nested: depth > 0 })?.is_some() {
        map.next_value_seed(Member { fields: &mut *fields, depth })?;
        fields.path.truncate(prefix);
        count += 1;
    }
    Ok(count)
}

/// Appends a name to the path.
struct Key<'p> {
    path: &'p mut String,
    nested: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if self.nested {
            self.path.push('.');
        }
        self.path.push_str(name);
        Ok(())
    }
}

/// A value under the current path, in an object at `depth`.
struct Member<'f> {
    fields: &'f mut Fields,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.fields.put(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.fields.put(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.fields.put(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.fields.put(Value::Int(value)),
            Err(_) => self.fields.put(Value::Str(&value.to_string())),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.fields.note_float(value);
        self.fields.put(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.fields.put(Value::Str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let depth = self.depth + 1;
        check_depth(depth, self.fields)?;
        let mut items = self.fields.buffer();
        while list.next_element_seed(Item { fields: &mut *self.fields, depth, out: &mut items })?.is_some() {}
        self.fields.put(Value::List(List::from_encoded(&items)))?;
        self.fields.give_back(items);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        check_depth(self.depth + 1, self.fields)?;
        match object(self.fields, self.depth + 1, map)? {
            0 => self.fields.put(Value::Str("{}")),
            _ => Ok(()),
        }
    }
}
