//! What an event is to clients of Loki: a line with a time, labels of its stream, metadata, and what was parsed.

use std::collections::BTreeMap;

use vigil_index::{OwnedValue, Row};
use vigil_model::roles;
use vigil_query::TIME_FIELD;
use vigil_query::logql::{self, Stage, label_of, level_of};

use super::envelope::LabelSet;
use super::fields::{LEVEL, SERVICE, UNKNOWN_SERVICE, text};
use super::shape::PARSED;
use crate::labels::Labels;

/// Columns that are about the event and none of its fields.
pub(super) const OWN: [&str; 3] = [TIME_FIELD, "_id", "_time_assumed"];

/// One line. No name is in two of its categories.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Nanoseconds since 1970.
    pub(super) time: i64,
    pub(super) line: String,
    /// Labels of the stream.
    pub(super) stream: LabelSet,
    /// The other fields of the event.
    pub(super) metadata: LabelSet,
    /// What stages of the query made.
    pub(super) parsed: LabelSet,
}

impl Entry {
    /// Of a row that is an event. `given` are the labels that it gets where it has them not.
    pub(super) fn of(row: &Row, given: &[&str]) -> Option<Entry> {
        let time = time(row)?;
        let message = roles::MESSAGE.into_iter().find(|field| text(row, field).is_some());
        let line = message.and_then(|field| text(row, field)).unwrap_or_else(|| json(row));
        let (own, parsed) = columns(row, message);
        let labels = Labels::of(&Row::new(own.iter().map(|(name, value)| ((*name).into(), (*value).clone())))).loki();
        let stream = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut entry = Entry { time, line, stream, metadata: LabelSet::new(), parsed: LabelSet::new() };
        own.iter().filter(|(name, _)| !roles::LABELS.contains(name)).for_each(|(name, value)| {
            entry.add(label_of(name), value, |entry| &mut entry.metadata);
        });
        parsed.iter().for_each(|(name, value)| entry.add(label_of(name), value, |entry| &mut entry.parsed));
        entry.give(row, given);
        Some(entry)
    }

    /// With what is left of a query done; `None` where it does not pass.
    pub(super) fn staged(self, stages: &[Stage]) -> Option<Entry> {
        let labels = self.all();
        let mut staged = logql::Entry { line: self.line, labels };
        if !staged.apply(stages) {
            return None;
        }
        let mut entry = Entry { time: self.time, line: staged.line, ..Entry::empty() };
        for (name, value) in staged.labels.into_iter().filter(|(_, value)| !value.is_empty()) {
            let category = match () {
                () if self.stream.get(&name) == Some(&value) => &mut entry.stream,
                () if self.metadata.get(&name) == Some(&value) => &mut entry.metadata,
                () => &mut entry.parsed,
            };
            category.insert(name, value);
        }
        Some(entry)
    }

    /// All labels, whatever their category.
    pub(super) fn all(&self) -> LabelSet {
        let all = [&self.stream, &self.metadata, &self.parsed].into_iter().flatten();
        all.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn empty() -> Entry {
        Entry {
            time: 0,
            line: String::new(),
            stream: BTreeMap::new(),
            metadata: BTreeMap::new(),
            parsed: BTreeMap::new(),
        }
    }

    fn has(&self, name: &str) -> bool {
        [&self.stream, &self.metadata, &self.parsed].iter().any(|labels| labels.contains_key(name))
    }

    /// The first of a name stays, and what is empty is not there.
    fn add(&mut self, name: String, value: &OwnedValue, category: impl Fn(&mut Entry) -> &mut LabelSet) {
        let text = value.to_string();
        if !text.is_empty() && !self.has(&name) {
            category(self).insert(name, text);
        }
    }

    fn give(&mut self, row: &Row, given: &[&str]) {
        if given.contains(&SERVICE) && !self.has(SERVICE) {
            let service = roles::SERVICE.iter().find_map(|field| text(row, field));
            self.stream.insert(SERVICE.to_owned(), service.unwrap_or_else(|| UNKNOWN_SERVICE.to_owned()));
        }
        if given.contains(&LEVEL) && !self.has(LEVEL) {
            let level = roles::LEVEL.iter().find_map(|field| text(row, field)).unwrap_or_default();
            self.metadata.insert(LEVEL.to_owned(), level_of(&level).to_owned());
        }
    }
}

type Columns<'a> = Vec<(&'a str, &'a OwnedValue)>;

/// The fields of the event but for its message, and what came out of the line.
fn columns<'a>(row: &'a Row, message: Option<&str>) -> (Columns<'a>, Columns<'a>) {
    let shown = row.columns().filter(|(name, _)| !OWN.contains(name) && Some(*name) != message);
    let mut own: Columns<'a> = shown.collect();
    let parsed = match own.iter().position(|(name, _)| *name == PARSED) {
        Some(at) => own.split_off(at).split_off(1),
        None => Vec::new(),
    };
    (own, parsed)
}

/// The time of an event.
pub(super) fn time(row: &Row) -> Option<i64> {
    match row.get(TIME_FIELD)? {
        OwnedValue::Time(time) => Some(time.0),
        _ => None,
    }
}

/// The fields of an event that has no message, as one line.
fn json(row: &Row) -> String {
    let fields = row.columns().filter(|(name, _)| !OWN.contains(name)).take_while(|(name, _)| *name != PARSED);
    let mut out = Vec::new();
    Row::new(fields.map(|(name, value)| (name.into(), value.clone()))).write_json(&mut out);
    String::from_utf8(out).expect("JSON is text")
}
