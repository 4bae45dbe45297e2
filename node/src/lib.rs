//! The machine: every decision of a node, no IO.
//!
//! A shell feeds [`Input`]s to [`Node::handle`] with the time, and performs the [`Effect`]s that
//! come out. The daemon does so on tokio, RocksDB and Tantivy; the simulator under a virtual
//! clock and a failing disk. The machine moves numbers (positions, counts, hashes), the shell
//! moves bytes.

mod effect;
mod input;

pub use effect::{Effect, Effects, Receipt, Refusal};
pub use input::{Idempotent, Input, Submission, SubmissionId, Ticket, WriteFailure};
