//! The vigil program: the machine on tokio, RocksDB and Tantivy, and the commands that talk to it.

mod cli;
mod client;
mod config;
mod exit;
mod runtime;
mod settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main().code().into()
}
