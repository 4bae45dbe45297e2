//! Groups of equal values and what is computed over each.

use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::limits::{ANSWER_BYTES_MAX, GROUPS_MAX};
use vigil_query::{Function, Stat, Stats};

use crate::aggregate::Aggregate;
use crate::value::Cell;
use crate::{OwnedValue, Row};

/// Groups, and what did not fit.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    stats: Stats,
    groups: BTreeMap<Box<[u8]>, Vec<Aggregate>>,
    bytes: usize,
    /// Rows of groups beyond the limit.
    refused: u64,
    text: String,
    key_bytes: Vec<u8>,
}

/// Finds the value of a field.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<Cell<'a>>;

const MISSING: u8 = 0;
const THERE: u8 = 1;

impl Groups {
    pub(crate) fn new(stats: &Stats) -> Groups {
        let mut groups = Groups {
            stats: stats.clone(),
            groups: BTreeMap::new(),
            bytes: 0,
            refused: 0,
            text: String::new(),
            key_bytes: Vec::new(),
        };
        if stats.by.is_empty() {
            // One group of all is there even when nothing is in it.
            groups.groups.insert(Box::default(), aggregates(stats));
        }
        groups
    }

    /// Whether the number of rows is all that is asked for.
    pub(crate) fn only_counts(stats: &Stats) -> bool {
        stats.by.is_empty() && stats.functions.iter().all(is_plain_count)
    }

    /// As [`Groups::only_counts`], of these.
    pub(crate) fn counts_only(&self) -> bool {
        Groups::only_counts(&self.stats)
    }

    /// Adds rows of which only the number matters.
    pub(crate) fn add_count(&mut self, rows: u64) {
        let all = self.groups.get_mut(&[][..]).expect("the group of all is there from the start");
        all.iter_mut().for_each(|aggregate| aggregate.add_count(rows));
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, lookup: Lookup<'_>) {
        self.make_key(lookup);
        let functions = &self.stats.functions;
        if let Some(group) = self.groups.get_mut(&self.key_bytes[..]) {
            self.bytes = add_to(group, functions, lookup, self.bytes);
        } else if self.has_room() {
            let mut group = aggregates(&self.stats);
            self.bytes = add_to(&mut group, functions, lookup, self.bytes) + self.key_bytes.len();
            self.groups.insert(self.key_bytes.clone().into(), group);
        } else {
            self.refused += 1;
        }
    }

    fn has_room(&self) -> bool {
        self.groups.len() < GROUPS_MAX && self.bytes < ANSWER_BYTES_MAX
    }

    fn make_key(&mut self, lookup: Lookup<'_>) {
        self.key_bytes.clear();
        for key in &self.stats.by {
            match lookup(&key.field).filter(|cell| !cell.is_null()) {
                None => self.key_bytes.push(MISSING),
                Some(cell) => {
                    let text = cell.text(&mut self.text);
                    self.key_bytes.push(THERE);
                    self.key_bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
                    self.key_bytes.extend_from_slice(text.as_bytes());
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Groups) {
        self.refused += other.refused;
        for (key, aggregates) in other.groups {
            let has_room = self.has_room();
            match self.groups.get_mut(&key) {
                Some(group) => group.iter_mut().zip(aggregates).for_each(|(into, from)| into.merge(from)),
                None if has_room => {
                    self.bytes += key.len();
                    self.groups.insert(key, aggregates);
                }
                None => self.refused += 1,
            }
        }
    }

    /// Why the groups are not all there, if they are not.
    pub(crate) fn partial_reason(&self) -> Option<String> {
        (self.refused > 0).then(|| {
            format!(
                "more than {} groups, or {ANSWER_BYTES_MAX} bytes of them; the rest is not counted: narrow the filter or group by fewer fields",
                self.groups.len()
            )
        })
    }

    /// A row for each group, by the text of its key.
    pub(crate) fn into_rows(self) -> Vec<Row> {
        let by: Vec<Arc<str>> = self.stats.by.iter().map(|key| key.field.as_str().into()).collect();
        let names: Vec<Arc<str>> = self.stats.functions.iter().map(|stat| stat.name.as_str().into()).collect();
        let mut keyed: Vec<_> = self.groups.iter().map(|(key, group)| (read_key(key), group)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let row = |(key, group): (Vec<Option<String>>, &Vec<Aggregate>)| {
            let key = key.into_iter().map(|text| text.map_or(OwnedValue::Null, OwnedValue::Str));
            let values = group.iter().map(Aggregate::value);
            Row::new(by.iter().cloned().zip(key).chain(names.iter().cloned().zip(values)))
        };
        keyed.into_iter().map(row).collect()
    }
}

/// Adds a row to a group. Answers the bytes that all groups hold, from what they held before.
fn add_to(group: &mut [Aggregate], functions: &[Stat], lookup: Lookup<'_>, mut bytes: usize) -> usize {
    for (aggregate, stat) in group.iter_mut().zip(functions) {
        let (before, after) = aggregate.add(&stat.function, lookup);
        bytes = bytes + after - before;
    }
    bytes
}

fn is_plain_count(stat: &Stat) -> bool {
    stat.function.function == Function::Count && stat.function.fields.is_empty() && stat.only_if.is_none()
}

fn aggregates(stats: &Stats) -> Vec<Aggregate> {
    stats.functions.iter().map(|stat| Aggregate::new(&stat.function)).collect()
}

fn read_key(mut key: &[u8]) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    while let Some((there, after)) = key.split_first() {
        if *there == MISSING {
            texts.push(None);
            key = after;
            continue;
        }
        let (len, after) = after.split_first_chunk().expect("a length follows");
        let (text, after) = after.split_at(u32::from_le_bytes(*len) as usize);
        texts.push(Some(String::from_utf8_lossy(text).into_owned()));
        key = after;
    }
    texts
}
