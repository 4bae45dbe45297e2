//! What a process costs: CPU seconds and memory, from `/proc`.

use std::path::Path;

/// What a process used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// CPU seconds, user and system.
    pub cpu_s: f64,
    /// Resident memory now, MiB.
    pub rss_mib: f64,
    /// Resident memory at its highest, MiB.
    pub rss_peak_mib: f64,
}

/// Clock ticks a second: 100 on every Linux that Rust supports.
const TICKS: f64 = 100.0;

impl Usage {
    /// Of a running process; zero when it is gone.
    pub fn of(pid: u32) -> Usage {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Fields 14 and 15; the name before them may hold spaces, but ends with the last bracket.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = |n: usize| after_name.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        Usage {
            cpu_s: (ticks(11) + ticks(12)) / TICKS,
            rss_mib: kib(&status, "VmRSS:") / 1024.0,
            rss_peak_mib: kib(&status, "VmHWM:") / 1024.0,
        }
    }
}

fn kib(status: &str, name: &str) -> f64 {
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0.0)
}

/// Bytes of all files below `dir`.
pub fn dir_size(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => dir_size(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}
