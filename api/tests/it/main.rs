//! Does HTTP answer as described? Requests against a node in memory.

mod client;
mod fake;
mod ingest;
mod keyed;
mod misc;
mod query;
mod shape;
mod socket;
mod tail;
