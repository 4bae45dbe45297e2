//! How one section of the settings is read: each key once, everything that is wrong told at its place.

use std::time::Duration;

use vigil_model::tree::{Content, Entry, Fault, Node, Place};
use vigil_model::units::parse_duration;

/// The keys of one section. What is asked for is taken; [`Options::finish`] refuses what nobody asked for.
pub(crate) struct Options<'t, 'f> {
    at: Place,
    /// What is being read, for messages: `source `firewall``.
    what: String,
    entries: Vec<&'t Entry>,
    /// Keys that were asked for.
    known: Vec<&'static str>,
    faults: &'f mut Vec<Fault>,
}

impl<'t, 'f> Options<'t, 'f> {
    /// The keys of a section; nothing written is an empty section.
    pub(crate) fn of(node: &'t Node, what: impl Into<String>, faults: &'f mut Vec<Fault>) -> Options<'t, 'f> {
        let what = what.into();
        let entries = match &node.content {
            Content::Map(entries) => entries.iter().collect(),
            Content::Nothing => Vec::new(),
            Content::Scalar(_) | Content::List(_) => {
                faults.push(Fault { at: node.at, message: format!("{what}: expected keys and values beneath it") });
                Vec::new()
            }
        };
        Options { at: node.at, what, entries, known: Vec::new(), faults }
    }

    /// Where the section begins.
    pub(crate) fn at(&self) -> Place {
        self.at
    }

    /// Notes something wrong.
    pub(crate) fn fault(&mut self, at: Place, message: impl std::fmt::Display) {
        self.faults.push(Fault { at, message: format!("{}: {message}", self.what) });
    }

    /// All faults, for a reader of a part.
    pub(crate) fn faults(&mut self) -> &mut Vec<Fault> {
        self.faults
    }

    /// The value of a key, whatever it is; `None` where it is not written, or empty.
    pub(crate) fn node(&mut self, key: &'static str) -> Option<&'t Node> {
        self.known.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(at);
        (entry.value.content != Content::Nothing).then_some(&entry.value)
    }

    /// Every entry that nobody asked for yet, and that now counts as asked for: sections whose keys are names.
    pub(crate) fn rest(&mut self) -> Vec<&'t Entry> {
        std::mem::take(&mut self.entries)
    }

    /// A text, with its place.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<(Place, &'t str)> {
        let node = self.node(key)?;
        match &node.content {
            Content::Scalar(text) => Some((node.at, text)),
            _ => {
                self.fault(node.at, format_args!("`{key}` is a single value"));
                None
            }
        }
    }

    /// A text read by `read`, whose error says what is wrong.
    pub(crate) fn read<T>(&mut self, key: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (at, text) = self.text(key)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.fault(at, format_args!("`{key}`: {why}"));
                None
            }
        }
    }

    /// As [`Options::read`], of a key that must be there.
    pub(crate) fn required(&mut self, key: &'static str) -> Option<(Place, &'t str)> {
        let missing = !self.entries.iter().any(|entry| entry.key == key);
        if missing {
            self.known.push(key);
            let at = self.at;
            self.fault(at, format_args!("`{key}` is missing"));
            return None;
        }
        self.text(key)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, usual: bool) -> bool {
        self.read(key, |text| text.parse().map_err(|_| format!("`{text}` is not true or false"))).unwrap_or(usual)
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, key: &'static str, least: u64, most: u64) -> Option<u64> {
        self.read(key, |text| {
            let number = text.replace('_', "").parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("`{text}` is not a whole number from {least} to {most}"))
        })
    }

    /// A duration such as `5s`.
    pub(crate) fn duration(&mut self, key: &'static str, most: Duration) -> Option<Duration> {
        self.read(key, |text| {
            let span = parse_duration(text)?;
            (span <= most).then_some(span).ok_or_else(|| format!("`{text}` is longer than {} s", most.as_secs()))
        })
    }

    /// Some texts: a list, or one alone.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<(Place, &'t str)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let items = match &node.content {
            Content::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match &item.content {
                Content::Scalar(text) => texts.push((item.at, text.as_str())),
                _ => self.fault(item.at, format_args!("`{key}` is a list of texts")),
            }
        }
        texts
    }

    /// Names and texts below a key.
    pub(crate) fn pairs(&mut self, key: &'static str) -> Vec<(&'t str, &'t str)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Content::Map(entries) = &node.content else {
            self.fault(node.at, format_args!("`{key}` has names and values beneath it"));
            return Vec::new();
        };
        let mut pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            match &entry.value.content {
                Content::Scalar(text) => pairs.push((entry.key.as_str(), text.as_str())),
                _ => self.fault(entry.value.at, format_args!("`{key}.{}` is a single value", entry.key)),
            }
        }
        pairs
    }

    /// Refuses every key that nobody asked for.
    pub(crate) fn finish(mut self) {
        for entry in std::mem::take(&mut self.entries) {
            let near = vigil_query::nearest(&entry.key, self.known.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if self.known.is_empty() => "nothing can be set here".to_owned(),
                None => format!("there are: {}", self.known.join(", ")),
            };
            self.fault(entry.at, format_args!("unknown key `{}`; {hint}", entry.key));
        }
    }
}
