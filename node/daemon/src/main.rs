//! The vigil program: the machine on tokio, RocksDB and Tantivy
fn main() {}
