//! Does HTTP answer as described? Requests against a node in memory.

mod access;
mod client;
mod cluster;
mod context;
mod copies;
mod discover;
mod fake;
mod ingest;
mod keyed;
mod loki;
mod misc;
mod query;
mod scope;
mod shape;
mod socket;
mod tail;
mod tls;
mod victoria;
mod victoria_stats;
