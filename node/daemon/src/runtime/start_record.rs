//! What a node writes about its own start.

use vigil_api::{Backend, SubmitOptions};
use vigil_model::{Class, RecordBuilder, Records, Value};

use super::backend::LiveNode;
use super::clock;

/// Writes the first audit record of the epoch: that this node started.
pub(super) fn note_start(backend: &LiveNode) {
    let mut builder = RecordBuilder::new();
    builder.push("event.action", Value::Str("node.start"));
    builder.push("node.name", Value::Str(&backend.identity.name));
    builder.push("vigil.version", Value::Str(env!("CARGO_PKG_VERSION")));
    builder.push("blocks.cut", Value::Int(backend.recovered.cut.len() as i64));
    if !backend.lost_end.is_empty() {
        builder.push("log.lost_end", Value::Str(&backend.lost_end));
    }
    let mut records = Records::new();
    records.push(&mut builder, clock::now(), false).expect("a few short fields are within every limit");
    let options = SubmitOptions { class: Class::Audit, seal_now: false, idempotent: None };
    // Refused when the disk is full: the node serves reads all the same.
    drop(backend.submit(records, options));
}
