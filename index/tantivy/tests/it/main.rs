//! The shelves against the scan, and against crashes.

mod bench;
mod columns;
mod equal;
mod rebuild;
mod restart;
mod salvage;
mod support;
#[path = "../../../tests/it/world.rs"]
mod world;
