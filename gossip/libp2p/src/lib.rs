//! How it travels: links to members over QUIC, streams for ranges, a door for those who join.
//!
//! The transport moves bytes between proven keys. What the bytes mean, who is a member and what
//! is sent next is decided above.
//!
//! ```text
//! member link:  one sync stream (frames both ways) + one stream for each pull (request, frames, end)
//! stranger:     the join door only: one request, one answer, ten seconds, a small quota
//! ```

mod accept;
mod address;
mod announcement;
mod bulk;
mod coder;
mod command;
mod dialler;
mod discovery;
mod driver;
mod frames;
mod greeting;
mod join;
mod lane;
mod limiter;
mod link;
mod lock;
mod members;
mod members_only;
mod network;
mod queue;
mod range;
mod registry;
mod shared;
mod streams;
mod transport;
mod types;

pub use announcement::Verdict;
pub use range::{RangeReader, Serving};
pub use transport::Transport;
pub use types::{
    DialFailure, Discovery, LaneChoice, LinkInfo, LinkStats, StreamError, TransportConfig, TransportError,
    TransportEvent,
};
