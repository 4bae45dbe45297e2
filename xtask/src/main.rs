//! The one door for developers: check, sim, bench, golden
fn main() {}
