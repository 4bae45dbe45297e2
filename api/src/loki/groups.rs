//! Events by the labels of their streams: how many there are of each, and how large.

use std::collections::BTreeMap;

use vigil_index::Row;
use vigil_query::{Function, GroupKey, Pipe, Query, Stat, StatFunction, Stats};

use super::args::{Args, Selection};
use super::envelope::LabelSet;
use super::fields;
use crate::discover;
use crate::failure::Failure;

/// The column that counts events; no field that matters here has this name.
const EVENTS: &str = "_events";
/// The column of the bytes of their lines.
const BYTES: &str = "_bytes";

/// Events and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Size {
    /// Of a row that [`counted`] makes.
    pub(super) fn of(row: &Row) -> Size {
        Size { events: discover::count(row, EVENTS), bytes: discover::count(row, BYTES) }
    }

    pub(super) fn add(&mut self, other: Size) {
        self.events += other.events;
        self.bytes += other.bytes;
    }
}

/// The pipe that counts events in groups, and `more` of them.
pub(super) fn counted(by: Vec<GroupKey>, more: impl IntoIterator<Item = Function>) -> Pipe {
    let stat =
        |function, name: &str| Stat { function: StatFunction::of(function, []), only_if: None, name: name.to_owned() };
    let mut functions = vec![stat(Function::Count, EVENTS)];
    functions.extend(more.into_iter().map(|function| stat(function, BYTES)));
    Pipe::Stats(Stats { functions, by })
}

/// The streams that events are of, each with its size.
pub(super) async fn streams(args: &Args, selection: &Selection) -> Result<BTreeMap<LabelSet, Size>, Failure> {
    let names = fields::stream_names();
    let by = fields::columns(&selection.labels, names.iter().map(String::as_str));
    let query: Query = selection.query([counted(by, [Function::SumLen])])?;
    let mut streams: BTreeMap<LabelSet, Size> = BTreeMap::new();
    for row in &args.whole(query).await?.rows {
        let size = Size::of(row);
        if size.events > 0 {
            streams.entry(stream(row, selection)).or_default().add(size);
        }
    }
    Ok(streams)
}

/// The labels of a group: the same that an event of it has.
fn stream(row: &Row, selection: &Selection) -> LabelSet {
    let labels = crate::labels::Labels::of(row).loki();
    let mut stream: LabelSet = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if let Some(service) = fields::value(&selection.labels, row, fields::SERVICE) {
        stream.entry(fields::SERVICE.to_owned()).or_insert(service);
    }
    stream
}
