//! The shelves against the scan, and against crashes.

mod bench;
mod columns;
mod equal;
mod rebuild;
mod restart;
mod salvage;
mod support;
#[allow(dead_code, reason = "shared with the tests of vigil-index, which need more of it")]
#[path = "../../../tests/it/world.rs"]
mod world;
