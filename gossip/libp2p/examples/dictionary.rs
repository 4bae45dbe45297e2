//! Writes the frames that the wire dictionary is trained on, one file each:
//!
//! ```text
//! cargo run --release -p vigil-gossip-libp2p --example dictionary -- /tmp/samples
//! zstd --train /tmp/samples/* --maxdict=16384 -o gossip/libp2p/dictionary/1.zdict
//! ```
//!
//! The dictionary is part of the sync protocol: a new one is a new version.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "../tests/it/samples.rs"]
mod samples;

fn main() {
    let folder = std::env::args().nth(1).expect("the folder to write to");
    std::fs::create_dir_all(&folder).unwrap();
    for (number, frame) in samples::frames(1, 6_000).enumerate() {
        std::fs::write(format!("{folder}/{number:05}"), frame).unwrap();
    }
    println!("6000 frames in {folder}");
}
