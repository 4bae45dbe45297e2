//! Do secrets stay outside, and does everything else come in as it was?

mod bounded;
mod event;
mod harmless;

mod laws;
mod secrets;
mod settings;

use vigil_ingest::scrub::Scrubber;
use vigil_model::tree::{Content, Entry, Fault, Node, Place};

/// A single value in settings.
fn scalar(text: &str) -> Node {
    Node { at: Place::default(), content: Content::Scalar(text.to_owned()) }
}

/// Items in settings.
fn list(items: Vec<Node>) -> Node {
    Node { at: Place::default(), content: Content::List(items) }
}

/// Keys and values in settings.
fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let entry = |(key, value): (&str, Node)| Entry { key: key.to_owned(), at: Place::default(), value };
    Node { at: Place::default(), content: Content::Map(entries.into_iter().map(entry).collect()) }
}

fn read(node: &Node) -> (Option<Scrubber>, Vec<Fault>) {
    let mut faults = Vec::new();
    let scrubber = Scrubber::read(node, &mut faults);
    (scrubber, faults)
}

/// A scrubber by settings that are right.
fn by(node: &Node) -> Scrubber {
    let (scrubber, faults) = read(node);
    assert_eq!(faults, []);
    scrubber.expect("it is on")
}
