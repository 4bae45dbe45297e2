//! How the answer is found fast: frames in Tantivy, one index for each UTC day of event time.
//!
//! [`Shelves`] takes in what is durable in the log and commits; [`ShelfSnapshot`] is a state of it
//! that any thread can ask for postings. The log is the truth: a shelf that is missing, foreign or
//! damaged is dropped, and comes back by replaying the log; [`Reach`] says what is lacking meanwhile.

pub mod bench;
mod cached;
mod columns;
mod error;
mod frames;
mod gather;
mod given;
mod lookup;
mod opening;
mod progress;
mod reach;
mod schema;
mod shelf;
mod shelves;
mod snapshot;
mod writer;

pub use error::IndexError;
pub use given::{Body, Salvaged, ShelfOptions, Verify};
pub use reach::{BodySpan, Reach};
pub use shelves::{ShelfReader, Shelves};
pub use snapshot::ShelfSnapshot;
