//! On what the figures were measured.

use serde_json::{Value, json};

/// Processor, cores, memory and load of this machine.
pub(crate) fn describe() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory =
        memory.lines().next().unwrap_or_default().split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!({
        "cpu": model.unwrap_or("unknown"),
        "cores": std::thread::available_parallelism().map_or(0, |cores| cores.get()),
        "memory_gib": memory.map(|kib| kib / 1024 / 1024),
        "load_1m": load.split_whitespace().next(),
        "os": std::env::consts::OS,
    })
}
