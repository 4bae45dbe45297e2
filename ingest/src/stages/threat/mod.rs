//! Which values of an event are on lists of bad addresses, domains, hashes and URLs.
//!
//! Lists are text (one indicator a line, `#` for comments, or the first column of CSV), bundles of STIX 2.1, or JSON of
//! MISP. A network holds its addresses, a domain everything below it, and of a URL its host counts as well. What is on
//! a list of `allow` is never told. Validity times of STIX do not count: an indicator counts as long as its file has it.
//!
//! What is found is told in lists: `threat.indicator.matched` (the values as the event has them),
//! `threat.indicator.type` (as ECS names them), `threat.indicator.list`.

mod documents;
mod indicator;
mod lines;
mod settings;
mod table;
#[cfg(test)]
mod tests;

use vigil_model::limits::INDICATORS_MATCHED_MAX;
use vigil_model::tree::Node;
use vigil_model::{List, Value};

use self::indicator::Seen;
use self::table::{Lists, Table};
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "threat", make };

/// Fields that are looked at when settings name none.
const FIELDS: [&str; 18] = [
    "source.ip",
    "destination.ip",
    "client.ip",
    "server.ip",
    "source.domain",
    "destination.domain",
    "dns.question.name",
    "url.original",
    "url.full",
    "url.domain",
    "file.hash.md5",
    "file.hash.sha1",
    "file.hash.sha256",
    "process.hash.md5",
    "process.hash.sha1",
    "process.hash.sha256",
    "Hashes",
    "DestinationIp",
];
/// Items of a list, or hashes in one text, that are looked at.
const PARTS_MAX: usize = 256;

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let lists = options.node("lists");
    if lists.is_none() {
        let at = options.at();
        options.fault(at, "`lists` is missing: files of indicators, such as `[{name: bad, file: bad.txt}]`");
    }
    let allow = options.node("allow");
    let fields: Vec<String> = options.texts("fields").into_iter().map(|(_, name)| name.to_owned()).collect();
    options.finish();
    let fields = if fields.is_empty() { FIELDS.map(str::to_owned).to_vec() } else { fields };
    let (names, bad) = settings::lists(lists?, "lists", making);
    let (_, good) = allow.map(|allow| settings::lists(allow, "allow", making)).unwrap_or_default();
    (making.faults.len() == faults).then(|| Box::new(Threat { fields, names, bad, good }) as Box<dyn Stage>)
}

struct Threat {
    fields: Vec<String>,
    /// Of lists, by their numbers.
    names: Vec<String>,
    bad: Table,
    good: Table,
}

/// What was found in one event.
#[derive(Default)]
struct Found {
    /// Values and what they are.
    matched: Vec<(String, &'static str)>,
    lists: Lists,
}

impl Stage for Threat {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let mut found = Found::default();
        for value in self.fields.iter().filter_map(|name| event.fields.get(name)) {
            self.look(value, &mut found);
        }
        if !found.matched.is_empty() {
            self.tell(&found, event);
        }
        Verdict::Keep
    }
}

impl Threat {
    fn look(&self, value: Value<'_>, found: &mut Found) {
        match value {
            Value::Str(text) => self.look_text(text, found),
            Value::List(list) => list
                .iter()
                .take(PARTS_MAX)
                .filter_map(|item| item.as_str())
                .for_each(|text| self.look_text(text, found)),
            _ => {}
        }
    }

    fn look_text(&self, text: &str, found: &mut Found) {
        if let Some(seen) = Seen::read(text) {
            self.compare(text, &seen, found);
        } else if text.contains('=') {
            // Sysmon has several hashes in one text: `MD5=…,SHA256=…`.
            let hashes = text.split(',').take(PARTS_MAX).filter_map(|part| part.split_once('='));
            for (_, part) in hashes {
                if let Some(seen @ Seen::Hash(_)) = Seen::read(part) {
                    self.compare(part, &seen, found);
                }
            }
        }
    }

    fn compare(&self, text: &str, seen: &Seen, found: &mut Found) {
        let lists = self.bad.lists(seen);
        if lists == 0 || self.good.lists(seen) != 0 || found.matched.len() >= INDICATORS_MATCHED_MAX {
            return;
        }
        found.lists |= lists;
        if !found.matched.iter().any(|(known, _)| known == text) {
            found.matched.push((text.to_owned(), seen.name()));
        }
    }

    fn tell(&self, found: &Found, event: &mut Event<'_>) {
        let named = self.names.iter().enumerate().filter(|(number, _)| found.lists >> number & 1 == 1);
        let mut kinds: Vec<&str> = found.matched.iter().map(|(_, kind)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        put(event, "threat.indicator.matched", found.matched.iter().map(|(text, _)| text.as_str()));
        put(event, "threat.indicator.type", kinds.into_iter());
        put(event, "threat.indicator.list", named.map(|(_, name)| name.as_str()));
    }
}

fn put<'v>(event: &mut Event<'_>, name: &str, texts: impl Iterator<Item = &'v str>) {
    let mut items = Vec::new();
    texts.for_each(|text| Value::Str(text).encode(&mut items));
    event.put(name, Value::List(List::from_encoded(&items)));
}
