//! The nouns: what an event is, who a node is, what time it is.
//!
//! Everything above speaks in these types and none of them does anything by itself: no IO, no
//! clock, no randomness. The byte layouts are drawn in `docs/formats/`.

mod block;
mod body;
mod class_set;
mod codec;
mod hash;
mod header;
mod id;
mod record;
mod records;
mod time;
mod value;

pub mod limits;
pub mod roles;
pub mod ticket;
pub mod tree;
pub mod units;

pub use block::{BlockRef, FrameRef, LogNumber};
pub use body::{BodyDigest, SaltSeed};
pub use class_set::ClassSet;
pub use codec::{Reader, put_varint};
pub use hash::Hash;
pub use header::{Header, HeaderError, PreviousEpoch, SignedHeader};
pub use id::{Class, ClusterId, Epoch, EventId, IdError, LogId, NodeId};
pub use record::{Fields, RawField, RawFields, Record, RecordBuilder, RecordError};
pub use records::{Frame, Records, RecordsError};
pub use ticket::Ticket;
pub use time::{Hlc, TimeError, Timestamp};
pub use value::{List, Value};
