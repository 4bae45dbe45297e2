//! Who has what, and what to send next: the replication machine, without IO.
//!
//! A shell or a machine around it feeds [`Event`]s to [`Gossip::handle`] with the time, and
//! performs the [`Deed`]s that come out. It moves positions, hashes and byte counts; blocks never
//! pass through here.

mod announce;
mod audit;
mod bounds;
mod config;
mod entry;
mod greet;
mod hear;
#[cfg(test)]
mod hostile;
mod logs;
mod machine;
mod message;
mod names;
mod peer;
mod plan;
mod ranges;
mod rounds;
mod serve;
mod standing;
mod status;
mod tell;
mod types;
mod work;

pub use config::{Config, Interest};
pub use machine::Gossip;
pub use message::{Hello, Message, PROTOCOL, WireError};
pub use status::{Lag, PeerView, Progress};
pub use types::{Bound, Deed, End, Event, Fault, Goodbye, Link, LogView, Part, Pull, PullId, ServeId};
