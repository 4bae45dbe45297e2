//! What is answered for each action of a `_bulk`, byte by byte as clients look for it.
//!
//! Some of them search the text: the order is `took`, `errors`, `items`, and there are no spaces.

use std::io::Write;
use std::ops::Range;

use axum::http::StatusCode;
use serde::Serialize;
use vigil_ingest::protocols::bulk::{Item, Outcome};

use super::filter::Filter;
use super::words::kind;
use crate::doors::Delivered;

/// The index of an item for which nobody named one.
const NO_INDEX: &str = "logs";

/// How an action ended.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// The event is kept for good, or a stage of its source wanted it dropped.
    Created,
    /// It is no event, or the node did not take it.
    Refused { status: StatusCode, kind: &'static str, reason: String },
}

/// How every action ended: what its document was, and whether the node took it.
pub(super) fn ends(items: &[Item], delivered: &Delivered, refused: StatusCode) -> Vec<End> {
    let mut places = Places::new(&delivered.refused);
    let reason = || delivered.failure.as_ref().map_or_else(|| "not taken".to_owned(), ToString::to_string);
    let end = |item: &Item| match &item.outcome {
        Outcome::Kept if places.next_is_refused() => {
            End::Refused { status: refused, kind: kind(refused), reason: reason() }
        }
        Outcome::Kept | Outcome::Dropped => End::Created,
        Outcome::Refused(refusal) => End::Refused {
            status: StatusCode::BAD_REQUEST,
            kind: "document_parsing_exception",
            reason: refusal.to_string(),
        },
        Outcome::Unsupported => End::Refused {
            status: StatusCode::BAD_REQUEST,
            kind: "illegal_argument_exception",
            reason: format!("[{}] is not possible: what is logged stays as it is", item.verb.name()),
        },
    };
    items.iter().map(end).collect()
}

/// Walks through the places of a batch, which were refused in ranges.
struct Places {
    refused: Vec<Range<u64>>,
    place: u64,
    range: usize,
}

impl Places {
    fn new(refused: &[Range<u64>]) -> Places {
        let mut refused = refused.to_vec();
        refused.sort_by_key(|range| range.start);
        Places { refused, place: 0, range: 0 }
    }

    fn next_is_refused(&mut self) -> bool {
        let place = self.place;
        self.place += 1;
        while self.refused.get(self.range).is_some_and(|range| range.end <= place) {
            self.range += 1;
        }
        self.refused.get(self.range).is_some_and(|range| range.contains(&place))
    }
}

/// The whole answer; `took` are milliseconds.
pub(super) fn write(took: u128, items: &[Item], ends: &[End], filter: &Filter) -> Vec<u8> {
    assert_eq!(items.len(), ends.len(), "every action has one end");
    let errors = ends.iter().any(|end| *end != End::Created);
    let mut out = Object::new(b"{".to_vec());
    out.put(filter, &["took"], &u64::try_from(took).unwrap_or(u64::MAX));
    out.put(filter, &["errors"], &errors);
    let mut list = Vec::new();
    for (item, end) in items.iter().zip(ends) {
        write_item(item, end, filter, &mut list);
    }
    if !list.is_empty() {
        out.name("items");
        out.text.push(b'[');
        out.text.append(&mut list);
        out.text.push(b']');
    }
    out.text.extend_from_slice(b"}\n");
    out.text
}

/// `{"create":{…}}`, with a comma in front where it is not the first; nothing where nothing of it is wanted.
fn write_item(item: &Item, end: &End, filter: &Filter, list: &mut Vec<u8>) {
    let verb = item.verb.name();
    let at = |name| ["items", verb, name];
    let mut fields = Object::new(Vec::new());
    fields.put(filter, &at("_index"), item.index.as_deref().unwrap_or(NO_INDEX));
    fields.put(filter, &at("_id"), &item.id);
    match end {
        End::Created => {
            fields.put(filter, &at("_version"), &1);
            fields.put(filter, &at("result"), "created");
            fields.put(filter, &at("status"), &201);
        }
        End::Refused { status, kind, reason } => {
            fields.put(filter, &at("status"), &status.as_u16());
            let mut error = Object::new(Vec::new());
            error.put(filter, &["items", verb, "error", "type"], kind);
            error.put(filter, &["items", verb, "error", "reason"], reason);
            fields.nest("error", error);
        }
    }
    if fields.text.is_empty() {
        return;
    }
    if !list.is_empty() {
        list.push(b',');
    }
    write!(list, "{{\"{verb}\":{{").expect("memory takes everything");
    list.append(&mut fields.text);
    list.extend_from_slice(b"}}");
}

/// Members of an object, with commas between them.
struct Object {
    text: Vec<u8>,
    empty: bool,
}

impl Object {
    fn new(text: Vec<u8>) -> Object {
        Object { text, empty: true }
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.empty) {
            self.text.push(b',');
        }
        write!(self.text, "\"{name}\":").expect("memory takes everything");
    }

    /// A member, if its path is wanted; its name is the end of that.
    fn put(&mut self, filter: &Filter, path: &[&str], value: &(impl Serialize + ?Sized)) {
        if filter.keeps(path) {
            self.name(path.last().expect("a path has an end"));
            serde_json::to_writer(&mut self.text, value).expect("texts and numbers are written to memory");
        }
    }

    /// An object as a member, if it has any.
    fn nest(&mut self, name: &str, mut inner: Object) {
        if !inner.text.is_empty() {
            self.name(name);
            self.text.push(b'{');
            self.text.append(&mut inner.text);
            self.text.push(b'}');
        }
    }
}
