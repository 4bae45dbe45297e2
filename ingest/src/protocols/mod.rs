//! Messages of protocols, taken apart into events. One file each; they do no IO: who speaks HTTP or holds a socket hands
//! the bytes in and says the answer.

pub mod gelf;
pub mod bulk;
pub mod datadog;
mod elements;
pub mod loki;
pub mod tally;
mod wire;

pub use wire::Malformed;
pub mod hec;
pub mod otlp;
pub mod forward;
mod msgpack;
