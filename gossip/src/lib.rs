//! Who has what, and what to send next: the replication machine, without IO.
//!
//! A shell or a machine around it feeds [`Event`]s to [`Gossip::handle`] with the time, and
//! performs the [`Deed`]s that come out. It moves positions, hashes and byte counts; blocks never
//! pass through here.

mod message;
mod types;

pub use message::{Message, WireError};
pub use types::{Bound, Deed, End, Event, Fault, Goodbye, Link, LogView, Part, Pull, PullId, ServeId};
