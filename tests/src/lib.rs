//! Real `vigil` processes on loopback: how tests and benches start, ask, kill and measure them.

mod client;
mod cluster;
mod process;
mod proxy;
mod usage;

pub use client::{Answer, Client};
pub use cluster::{Cluster, Site};
pub use process::{Exit, NodeOptions, NodeProcess, free_peer_port, free_port, run, vigil_bin};
pub use proxy::Proxy;
pub use usage::{Usage, dir_size};
