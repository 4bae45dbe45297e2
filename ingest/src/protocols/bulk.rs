//! Elasticsearch's `_bulk`: an action a line, and behind most of them a document. Every action has an answer of its own.
//!
//! `create` and `index` are the same here: a log keeps what it took, so an event with a known `_id` is a new event. The
//! `_id` that a client gives is kept as `event.id` (a stage that deduplicates can go by it), the index as `index`; what the
//! document says under these names comes first. `update` and `delete` are refused one by one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use vigil_model::limits::{BULK_ITEMS_MAX, LINE_BYTES_MAX};
use vigil_model::{Hash, Timestamp};

use crate::writer::{Fate, Writer};
use crate::{Batch, Refusal};

/// The field that keeps the index.
const INDEX: &str = "index";
/// The field that keeps the `_id` of a client.
const EVENT_ID: &str = "event.id";

/// What is asked to be done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Keep it, if there is none of its `_id`.
    Create,
    /// Keep it.
    Index,
    /// Change one.
    Update,
    /// Take one away.
    Delete,
}

impl Verb {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Index => "index",
            Verb::Update => "update",
            Verb::Delete => "delete",
        }
    }

    fn of_name(name: &str) -> Option<Verb> {
        [Verb::Create, Verb::Index, Verb::Update, Verb::Delete].into_iter().find(|verb| verb.name() == name)
    }
}

/// What became of the document of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the batch.
    Kept,
    /// A stage dropped it, as its source wants.
    Dropped,
    /// It is no event.
    Refused(Refusal),
    /// Such an action is not done here.
    Unsupported,
}

/// An action, in the order of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What was asked.
    pub verb: Verb,
    /// The index that it named, or else the path; `None` where nobody did.
    pub index: Option<Arc<str>>,
    /// The `_id` that the client gave, or else one made of the document.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a body is no `_bulk` at all. Then no event was made of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Where an action should stand there is something else.
    #[error("Malformed action/metadata line [{line}]: {why}")]
    Action {
        /// Line of the body, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// More actions than [`BULK_ITEMS_MAX`].
    #[error("a body with more than {BULK_ITEMS_MAX} actions; send them in several")]
    TooMany,
    /// There is no action.
    #[error("request body is required")]
    Empty,
}

/// Does every action of a body. `index` is the one of the path.
pub fn bulk(
    body: &[u8],
    index: Option<&str>,
    writer: &mut Writer,
    now: Timestamp,
    out: &mut Batch,
) -> Result<Vec<Item>, Malformed> {
    let actions = actions(body, index)?;
    writer.count_bytes(body.len());
    let mut items = Vec::with_capacity(actions.len());
    for action in actions {
        items.push(action.done(writer, now, out));
    }
    Ok(items)
}

/// One document that a path names: `/{index}/_doc/{id}`.
pub fn document(
    document: &[u8],
    index: &str,
    id: Option<&str>,
    writer: &mut Writer,
    now: Timestamp,
    out: &mut Batch,
) -> Item {
    writer.count_bytes(document.len());
    let (index, id) = (Some(Arc::from(index)), id.map(str::to_owned));
    Action { line: 1, verb: Verb::Create, index, id, document: Some(document) }.done(writer, now, out)
}

struct Action<'a> {
    line: u64,
    verb: Verb,
    index: Option<Arc<str>>,
    id: Option<String>,
    document: Option<&'a [u8]>,
}

impl Action<'_> {
    fn done(self, writer: &mut Writer, now: Timestamp, out: &mut Batch) -> Item {
        let outcome = match (self.verb, self.document) {
            (Verb::Update | Verb::Delete, _) => Outcome::Unsupported,
            (Verb::Create | Verb::Index, None) => {
                let refusal = Refusal::Item("the action has no document behind it".to_owned());
                writer.reject(self.line, refusal.clone(), b"", now, out);
                Outcome::Refused(refusal)
            }
            (Verb::Create | Verb::Index, Some(document)) => self.kept(document, writer, now, out),
        };
        let id =
            self.id.unwrap_or_else(|| made_id(self.index.as_deref(), self.line, self.document.unwrap_or_default()));
        Item { verb: self.verb, index: self.index, id, outcome }
    }

    fn kept(&self, document: &[u8], writer: &mut Writer, now: Timestamp, out: &mut Batch) -> Outcome {
        if document.len() > LINE_BYTES_MAX {
            writer.reject(self.line, Refusal::TooLong, &document[..LINE_BYTES_MAX], now, out);
            return Outcome::Refused(Refusal::TooLong);
        }
        let fate = writer.object(document, now, out, |draft| {
            let fields = [(INDEX, self.index.as_deref()), (EVENT_ID, self.id.as_deref())];
            for (name, value) in fields {
                if let Some(value) = value.filter(|_| !draft.has(name)) {
                    draft.text(name, value)?;
                }
            }
            Ok(())
        });
        match fate {
            Ok(Fate::Kept) => Outcome::Kept,
            Ok(Fate::Dropped) => Outcome::Dropped,
            Err(refusal) => {
                out.reject(self.line, &refusal);
                Outcome::Refused(refusal)
            }
        }
    }
}

/// Of equal documents at equal places the same, so that a body that is sent again is answered alike. Twenty letters, as
/// Elasticsearch makes them.
fn made_id(index: Option<&str>, line: u64, document: &[u8]) -> String {
    let front = format!("{}\n{line}\n", index.unwrap_or_default());
    let mut hex = Hash::of("vigil bulk id v1", &[front.as_bytes(), document].concat()).to_hex();
    hex.truncate(20);
    hex
}

/// Lines that are not blank, with their numbers.
fn lines(body: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).zip(1..);
    lines.filter(|(line, _)| !line.is_empty()).map(|(line, number)| (number, line))
}

fn actions<'a>(body: &'a [u8], index: Option<&str>) -> Result<Vec<Action<'a>>, Malformed> {
    let of_path: Option<Arc<str>> = index.map(Arc::from);
    let mut last: Option<Arc<str>> = None;
    let mut actions = Vec::new();
    let mut lines = lines(body);
    while let Some((line, text)) = lines.next() {
        if actions.len() == BULK_ITEMS_MAX {
            return Err(Malformed::TooMany);
        }
        let (verb, metadata) = action(text).map_err(|why| Malformed::Action { line, why })?;
        let index = metadata.index.map(|name| match &last {
            Some(same) if **same == *name => Arc::clone(same),
            _ => Arc::clone(last.insert(Arc::from(&*name))),
        });
        let document = if verb == Verb::Delete { None } else { lines.next().map(|(_, document)| document) };
        let index = index.or_else(|| of_path.clone());
        actions.push(Action { line, verb, index, id: metadata.id.map(|id| id.0), document });
    }
    if actions.is_empty() { Err(Malformed::Empty) } else { Ok(actions) }
}

/// What stands beside the verb; more is known to Elasticsearch and nothing to us.
#[derive(Default, Deserialize)]
struct Metadata<'a> {
    #[serde(rename = "_index", borrow, default)]
    index: Option<Cow<'a, str>>,
    #[serde(rename = "_id", default)]
    id: Option<Id>,
}

fn action(line: &[u8]) -> Result<(Verb, Metadata<'_>), String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Refusal::TooLong.to_string());
    }
    let object: BTreeMap<Cow<'_, str>, Option<Metadata<'_>>> =
        serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let mut members = object.into_iter();
    match (members.next(), members.next()) {
        (Some((name, metadata)), None) => {
            let verb = Verb::of_name(&name);
            let verb = verb.ok_or_else(|| format!("expected create, index, update or delete, found [{name}]"))?;
            Ok((verb, metadata.unwrap_or_default()))
        }
        _ => Err("expected one action".to_owned()),
    }
}

/// An `_id`: a text, though some send numbers.
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Id, D::Error> {
        json.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<Id, E> {
        Ok(Id(id.to_owned()))
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Id, E> {
        Ok(Id(id.to_string()))
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<Id, E> {
        Ok(Id(id.to_string()))
    }
}
