//! Do several real nodes on loopback become one store, and stay it?

mod access;
mod away;
mod crash;
mod durable;
mod join;
mod partition;
mod refusals;
mod twin;

/// How long a test goes on: `usual` seconds, or what `cargo xtask soak` says.
fn soak(usual: u64) -> std::time::Duration {
    let asked = std::env::var("VIGIL_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    std::time::Duration::from_secs(asked.unwrap_or(usual))
}

/// Numbered events, one a line.
fn events(numbers: std::ops::Range<u64>, host: &str) -> String {
    let line = |n| format!("{{\"n\":{n},\"host\":\"{host}\",\"message\":\"request {n} took {} ms\"}}\n", n * 7 % 1_000);
    numbers.map(line).collect()
}
