//! What is replicated, and why it always merges.
//!
//! The log of a node is a chain of signed blocks ([`chain`]), each body a salted Merkle tree
//! ([`merkle`], [`body`]). What a node knows of all logs is a [`replica`]: a join-semilattice.
//! Where it rests is a [`LogStore`]; [`memory`] is the model that every engine must equal.

mod error;
mod keyed;
mod missing;
mod plan;
mod recovery;
mod rows;
mod store;

pub mod body;
pub mod chain;
pub mod control;
pub mod engine;
pub mod frames;
pub mod memory;
pub mod merkle;
pub mod replica;
pub mod suite;
pub mod testing;
pub mod transfer;

pub use error::BlockError;
pub use keyed::KeyedStore;
pub use missing::Missing;
pub use store::{
    BlockEntry, Commit, CommitBlock, CommitError, CommitFill, EncodedBody, IdempotencyKey, IdempotencyRow, LogHead,
    LogStore, PlacedBlock, Recovered, STORE_FORMAT, StoreError, StoreStats,
};
