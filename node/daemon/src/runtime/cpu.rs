//! What this thread costs, and how it stands behind others.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time of the processor that this thread has used.
pub(crate) fn of_this_thread() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or(0), u32::try_from(used.tv_nsec).unwrap_or(0))
}

/// Lets other threads of the process go first. Where the system gives priorities to whole processes
/// only, nothing is done.
pub(super) fn be_nice(by: i32) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), by) {
        tracing::debug!(%error, "threads of queries have the priority of others");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = by;
}
