//! How a list in JSON is walked element by element, so that only one of them is held at once.

use std::fmt;

use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Hands every element on, as it is written. `Err` where the text is no list; what came before was handed on.
pub(crate) fn each<'t>(text: &'t str, element: impl FnMut(&'t str)) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_seq(List(element))?;
    json.end()
}

struct List<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for List<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<&'de RawValue>()? {
            (self.0)(element.get());
        }
        Ok(())
    }
}
