//! The machine: every decision of a node, no IO.
//!
//! A shell feeds [`Input`]s to [`Node::handle`] with the time, and performs the [`Effect`]s that
//! come out. The daemon does so on tokio, RocksDB and Tantivy; the simulator under a virtual
//! clock and a failing disk. The machine moves numbers (positions, counts, hashes), the shell
//! moves bytes.

mod budget;
mod clock;
mod config;
mod effect;
mod fold;
mod forks;
mod frontier;
mod holdings;
mod idempotency;
mod inbox;
mod index_lag;
mod input;
mod ledger;
mod logs;
mod look;
mod node;
mod order;
mod pace;
mod receive;
mod restating;
mod seal;
mod space;
mod status;
mod stop;
mod submit;
#[cfg(test)]
mod tests;

pub use config::{Config, Identity, Limits, Sync};
pub use effect::{Effect, Effects, Receipt, Refusal};
pub use input::{Checked, Idempotent, Input, Now, Offer, OfferId, Submission, SubmissionId, Ticket, WriteFailure};
pub use node::Node;
pub use status::{Count, Mode, Received, Refused, Status};
