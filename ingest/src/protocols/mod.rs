//! Messages of protocols, taken apart into events. One file each; they do no IO: who speaks HTTP or holds a socket hands
//! the bytes in and says the answer.

pub mod bulk;
pub mod datadog;
mod elements;
pub mod forward;
pub mod gelf;
pub mod hec;
pub mod loki;
mod msgpack;
pub mod otlp;
pub mod tally;
mod wire;

pub use wire::Malformed;
