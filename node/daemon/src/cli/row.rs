//! What a row of an answer is on the client: columns in the node's order, values as the node wrote
//! them, so that no number changes on its way.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use vigil_model::roles;

/// Columns in order.
#[derive(Debug, Default)]
pub(crate) struct Row(Vec<(String, Box<RawValue>)>);

impl Row {
    /// The row of one line of NDJSON.
    pub(crate) fn parse(line: &[u8]) -> Result<Row, serde_json::Error> {
        serde_json::from_slice(line)
    }

    /// Names and values.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }

    /// A value as JSON.
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(column, _)| column == name).map(|(_, value)| &**value)
    }

    /// A value as text: without the quotes of JSON.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(plain)
    }

    /// Whether it is an event, rather than an aggregate or a choice of fields.
    pub(crate) fn is_event(&self) -> bool {
        self.get("_id").is_some()
    }

    /// Name of the field that is the message.
    pub(crate) fn message_field(&self) -> Option<&'static str> {
        self.first_of(&roles::MESSAGE)
    }

    /// Name of the field that says how bad it is.
    pub(crate) fn level_field(&self) -> Option<&'static str> {
        self.first_of(&roles::LEVEL)
    }

    /// Name of the field that says where it happened.
    pub(crate) fn host_field(&self) -> Option<&'static str> {
        self.first_of(&roles::HOST)
    }

    fn first_of(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.get(name).is_some_and(|value| value.get() != "null"))
    }
}

/// A value as text: that of a string, else its JSON.
pub(crate) fn plain(value: &RawValue) -> Cow<'_, str> {
    let raw = value.get();
    match raw.starts_with('"') {
        true => serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        false => Cow::Borrowed(raw),
    }
}

/// Whether a value is a number.
pub(crate) fn is_number(value: &RawValue) -> bool {
    value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Row, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row, which is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut row = Row::default();
                while let Some(column) = map.next_entry()? {
                    row.0.push(column);
                }
                Ok(row)
            }
        }
        deserializer.deserialize_map(Columns)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_order_and_every_digit() {
        let text = r#"{"z":1.10,"a":18446744073709551616,"m":"x\ny","_id":"i"}"#;
        let row = Row::parse(text.as_bytes()).expect("a row");
        assert_eq!(serde_json::to_string(&row).expect("writes"), text);
        assert_eq!(row.text("a").as_deref(), Some("18446744073709551616"));
        assert_eq!(row.text("m").as_deref(), Some("x\ny"));
        assert!(row.is_event());
    }

    #[test]
    fn roles_go_by_name_and_skip_null() {
        let row = Row::parse(br#"{"message":null,"msg":"hi","severity":"warn"}"#).expect("a row");
        assert_eq!(row.message_field(), Some("msg"));
        assert_eq!(row.level_field(), Some("severity"));
        assert_eq!(row.host_field(), None);
    }
}
