//! Does HTTP answer as described? Requests against a node in memory.

mod access;
mod client;
mod cluster;
mod copies;
mod fake;
mod ingest;
mod keyed;
mod misc;
mod query;
mod scope;
mod shape;
mod socket;
mod tail;
mod tls;
