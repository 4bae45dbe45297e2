//! One place in a tree of JSON: where it is, and what may stand there.

use serde_json::{Map, Value};
use vigil_model::Timestamp;
use vigil_model::limits::QUERY_DEPTH_MAX;

use super::JsonError;
use crate::error::shown;
use crate::parse::nearest::nearest;

pub(super) type Result<T> = std::result::Result<T, JsonError>;

/// Levels of a tree: one of a query may take an object, a list and an object in it, and a name each.
const LEVELS_MAX: usize = 4 * QUERY_DEPTH_MAX;

/// A value and the way to it.
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    /// As a JSON pointer.
    pub(super) path: String,
    pub(super) now: Timestamp,
    level: usize,
}

/// An object of which every name is known.
pub(super) struct Object<'a, 'n> {
    map: &'a Map<String, Value>,
    node: &'n Node<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, now: Timestamp) -> Node<'a> {
        Node { value, path: String::new(), now, level: 0 }
    }

    fn child(&self, key: &str, value: &'a Value) -> Node<'a> {
        let key = key.replace('~', "~0").replace('/', "~1");
        Node { value, path: format!("{}/{key}", self.path), now: self.now, level: self.level + 1 }
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>, hint: impl Into<String>) -> Result<T> {
        Err(JsonError { path: self.path.clone(), message: message.into(), hint: Some(hint.into()) })
    }

    /// An object with no other names than these.
    pub(super) fn object(&self, known: &[&str]) -> Result<Object<'a, '_>> {
        let Value::Object(map) = self.value else {
            return self.fail("an object is missing here", format!("write {{\"{}\": …}}", known.join("\": …, \"")));
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => self.unknown(key, known.iter().copied()),
            None => Ok(Object { map, node: self }),
        }
    }

    /// The name and the value of an object that has one of each.
    pub(super) fn only(&self, what: &str, example: &str) -> Result<(&'a str, Node<'a>)> {
        if self.level > LEVELS_MAX {
            return self.fail(format!("nested more than {LEVELS_MAX} levels deep"), "say it in fewer");
        }
        let hint = format!("write {example}");
        match self.value {
            Value::Object(map) if map.len() == 1 => {
                let (key, value) = map.iter().next().expect("one is there");
                Ok((key, self.child(key, value)))
            }
            Value::Object(_) => self.fail(format!("{what} is an object with exactly one name"), hint),
            _ => self.fail(format!("{what} is missing here"), hint),
        }
    }

    /// Fails because `key` is none of `known`.
    pub(super) fn unknown<'k, T>(&self, key: &str, known: impl Iterator<Item = &'k str> + Clone) -> Result<T> {
        let hint = match nearest(key, known.clone()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known are {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.fail(format!("unknown name `{}`", shown(key)), hint)
    }

    pub(super) fn list(&self) -> Result<Vec<Node<'a>>> {
        match self.value {
            Value::Array(items) => {
                Ok(items.iter().enumerate().map(|(n, item)| self.child(&n.to_string(), item)).collect())
            }
            _ => self.fail("a list is missing here", "put it between [ and ]"),
        }
    }

    pub(super) fn text(&self) -> Result<String> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            _ => self.fail("a text is missing here", "put it between quotes"),
        }
    }

    pub(super) fn texts(&self) -> Result<Vec<String>> {
        self.list()?.iter().map(Node::text).collect()
    }

    pub(super) fn count(&self) -> Result<u64> {
        self.value.as_u64().map_or_else(|| self.fail("a whole number is missing here", "write 10"), Ok)
    }

    pub(super) fn number(&self) -> Result<f64> {
        self.value.as_f64().map_or_else(|| self.fail("a number is missing here", "write 0.5"), Ok)
    }

    pub(super) fn flag(&self) -> Result<bool> {
        self.value.as_bool().map_or_else(|| self.fail("true or false is missing here", "write true"), Ok)
    }

    /// `"5m"`, or nanoseconds as a number.
    pub(super) fn duration(&self) -> Result<i64> {
        let nanos = match self.value {
            Value::String(text) => super::duration(text),
            value => value.as_i64(),
        };
        nanos.map_or_else(|| self.fail("a duration is missing here", "write \"5m\""), Ok)
    }
}

impl<'a> Object<'a, '_> {
    /// What stands under a name; null is nothing.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.map.get(key).filter(|value| !value.is_null()).map(|value| self.node.child(key, value))
    }

    pub(super) fn need(&self, key: &str) -> Result<Node<'a>> {
        match self.get(key) {
            Some(node) => Ok(node),
            None => self.node.fail(format!("`{key}` is missing here"), format!("add \"{key}\"")),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>> {
        self.get(key).map(|node| node.text()).transpose()
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>> {
        self.get(key).map_or(Ok(Vec::new()), |node| node.texts())
    }

    pub(super) fn count(&self, key: &str) -> Result<Option<u64>> {
        self.get(key).map(|node| node.count()).transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool> {
        self.get(key).map_or(Ok(false), |node| node.flag())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }
}
