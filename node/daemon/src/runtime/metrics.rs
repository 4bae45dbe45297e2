//! The node's numbers in Prometheus text.

use std::fmt::{Display, Write};

use vigil_api::Status;

/// Writes every number of `status`, with help and type.
pub(super) fn render(status: &Status) -> String {
    let mut out = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: u64| put(&mut out, name, kind, help, value);
    put("vigil_up_seconds", "gauge", "Seconds since the process began.", status.uptime_s);
    put("vigil_ingest_events_total", "counter", "Events acknowledged since the process began.", status.ingest.accepted);
    put("vigil_ingest_refused_events_total", "counter", "Events refused: queue or disk full.", status.ingest.refused);
    put("vigil_ingest_pending_events", "gauge", "Events accepted and not yet durable.", status.ingest.pending);
    put("vigil_ingest_pending_bytes", "gauge", "Bytes accepted and not yet durable.", status.ingest.pending_bytes);
    put("vigil_log_events", "gauge", "Events held, of class logs.", status.storage.events);
    put("vigil_log_blocks", "gauge", "Blocks held.", status.storage.blocks);
    put("vigil_log_arrival", "gauge", "Last place in the order of arrival.", status.storage.arrival);
    put("vigil_disk_bytes", "gauge", "Bytes on disk, log and index.", status.storage.disk_bytes);
    put("vigil_index_arrival", "gauge", "The index holds everything up to this place.", status.index.arrival);
    put("vigil_index_lag_bytes", "gauge", "Durable bytes that are not in the index yet.", status.index.lag_bytes);
    put("vigil_index_shelves", "gauge", "Shelves of the index.", status.index.shelves);
    put("vigil_accepting", "gauge", "1 while events are accepted.", u64::from(status.mode == "ok"));
    out
}

/// Writes one number.
pub(super) fn put(out: &mut String, name: &str, kind: &str, help: &str, value: impl Display) {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}").expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_help_and_type() {
        let text = render(&Status { mode: "ok".to_owned(), ..Status::default() });
        let values = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(text.lines().filter(|line| line.starts_with("# HELP")).count(), values);
        assert_eq!(text.lines().filter(|line| line.starts_with("# TYPE")).count(), values);
        assert!(text.contains("\nvigil_log_blocks 0\n"));
        assert!(text.ends_with("vigil_accepting 1\n"));
    }
}
