//! Does HTTP answer as described? Requests against a node in memory.

mod access;
mod client;
mod cluster;
mod context;
mod copies;
mod datadog;
mod discover;
mod doors;
mod elastic;
mod fake;
mod ingest;
mod jsonline;
mod keyed;
mod loki;
mod loki_push;
mod misc;
mod query;
mod scope;
mod shape;
mod socket;
mod tail;
mod tls;
mod victoria;
mod victoria_stats;
