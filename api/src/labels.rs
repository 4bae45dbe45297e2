//! Which stream an event is of, for surfaces that think in streams: its labels, their text and their name.

use std::collections::BTreeMap;
use std::fmt;

use vigil_index::{OwnedValue, Row};
use vigil_model::{Hash, roles};
use vigil_query::logql::label_of;

const STREAM_DOMAIN: &str = "vigil stream v1";
/// Bytes of the name of a stream.
const STREAM_ID_BYTES: usize = 12;

/// Labels by name; none of them is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Those of an event: what it has of [`roles::LABELS`], under the names of the fields. Of a row of groups by those
    /// fields, the labels that all its events have.
    pub(crate) fn of(row: &Row) -> Labels {
        let text = |value: &OwnedValue| Some(value.to_string()).filter(|text| !text.is_empty());
        let label = |name: &&str| Some(((*name).to_owned(), row.get(name).and_then(text)?));
        Labels(roles::LABELS.iter().filter_map(label).collect())
    }

    /// Names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Under names that Prometheus and Loki take. Of two fields that get one name, that which has it already stays.
    #[allow(dead_code, reason = "for the endpoints of Loki")]
    pub(crate) fn loki(&self) -> Labels {
        let mut named = BTreeMap::new();
        for (name, value) in &self.0 {
            let safe = label_of(name);
            if safe == *name || !self.0.contains_key(&safe) {
                named.entry(safe).or_insert_with(|| value.clone());
            }
        }
        Labels(named)
    }

    /// A short name for these labels: 24 hexadecimal digits, the same on every node.
    pub(crate) fn id(&self) -> String {
        let hash = Hash::of(STREAM_DOMAIN, self.to_string().as_bytes());
        data_encoding::HEXLOWER.encode(&hash.0[..STREAM_ID_BYTES])
    }
}

/// `{app="shop",host="web-1"}`
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (n, (name, value)) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            // JSON escapes are escapes of Go, too, which is what clients read this with.
            let quoted = serde_json::to_string(value).expect("a text is JSON");
            write!(f, "{comma}{name}={quoted}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: &[(&str, &str)]) -> Row {
        Row::new(columns.iter().map(|(name, value)| ((*name).into(), OwnedValue::Str((*value).to_owned()))))
    }

    #[test]
    fn only_labels_that_say_something_are_labels() {
        let labels = Labels::of(&row(&[("host", "web-1"), ("message", "x"), ("app", "a\"b\nc"), ("env", "")]));
        assert_eq!(labels.to_string(), "{app=\"a\\\"b\\nc\",host=\"web-1\"}");
        assert_eq!(labels.id().len(), 24);
        assert_ne!(labels.id(), Labels::of(&row(&[("host", "web-1")])).id());
        assert_eq!(Labels::default().to_string(), "{}");
    }

    #[test]
    fn loki_gets_names_that_it_can_read() {
        let both = Labels::of(&row(&[("service.name", "dotted"), ("service_name", "own"), ("host.name", "h")])).loki();
        assert_eq!(both.to_string(), "{host_name=\"h\",service_name=\"own\"}");
    }

    #[test]
    fn the_names_are_in_order_and_none_is_there_twice() {
        assert!(roles::LABELS.is_sorted_by(|a, b| a < b));
    }
}
