//! Byte streams on a chosen connection, and which of them a stranger may open.
//!
//! `libp2p-stream` picks any connection of a peer and drops inbound streams when its reader lags;
//! a link must know its connection and lose nothing, so this is our own.

mod behaviour;
mod handler;
mod quota;

pub(crate) use behaviour::{Inbound, Offered, Streams};
pub(crate) use handler::OpenRequest;
