//! Real `vigil` processes on loopback: how tests and benches start, ask, kill and measure them.

mod client;
mod process;
mod usage;

pub use client::{Answer, Client};
pub use process::{Exit, NodeOptions, NodeProcess, run, vigil_bin};
pub use usage::{Usage, dir_size};
