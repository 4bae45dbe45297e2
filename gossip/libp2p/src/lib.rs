//! How it travels: links to members over QUIC, streams for ranges, a door for those who join.
//!
//! The transport moves bytes between proven keys. What the bytes mean, who is a member and what
//! is sent next is decided above.
//!
//! ```text
//! member link:  one sync stream (frames both ways) + one stream for each pull (request, frames, end)
//! stranger:     the join door only: one request, one answer, ten seconds, a small quota
//! ```

mod types;

pub use types::{DialFailure, Discovery, LaneChoice, LinkInfo, TransportConfig, TransportError, TransportEvent};
