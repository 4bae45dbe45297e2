//! What the rows of many frames say, field by field: so that groups are counted without reading rows.
//!
//! A [`Chunk`] covers some frames of one class. For each field that it keeps it has every different value exactly as
//! the records have it, and for each row the number of its value; so whatever a row would say of such a field, the
//! dictionary says. What columns cannot decide, rows do: no answer ever depends on a chunk being there.

mod chunk;
mod codec;
mod collect;
mod cover;
mod decide;
mod dictionary;
mod evaluate;
mod group;
mod head;
mod intern;
mod minutes;
mod pack;
mod plan;
mod rollup;
mod sink;

pub use chunk::{Chunk, ChunkError, ChunkSource, FieldHead, Head};
pub use codec::Encoded;
pub use collect::{ColumnCollector, FieldUses};
pub use cover::Covering;
pub(crate) use cover::cover;
pub use dictionary::Dictionary;
pub(crate) use evaluate::add_chunk;
pub(crate) use plan::ColumnPlan;
pub use rollup::RollUp;
