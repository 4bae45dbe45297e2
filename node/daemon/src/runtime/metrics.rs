//! The node's numbers in Prometheus text.

use std::fmt::{Display, Write};

use vigil_api::{SourceStatus, Status};

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
    put_sources(&mut out, &status.ingest.sources);
    out
}

/// A number of one source.
type OfSource = fn(&SourceStatus) -> i64;
/// Name, type, help and value of every number that a source has.
const OF_SOURCES: [(&str, &str, &str, OfSource); 6] = [
    ("vigil_source_events_total", "counter", "Events kept.", |source| count(source.events)),
    ("vigil_source_bytes_total", "counter", "Bytes that came in, unpacked.", |source| count(source.bytes)),
    ("vigil_source_rejected_total", "counter", "Pieces of input that became no event.", |source| {
        count(source.rejected)
    }),
    ("vigil_source_parse_errors_total", "counter", "Events kept as plain text.", |source| count(source.parse_errors)),
    ("vigil_source_turned_away_total", "counter", "Datagrams and connections that could not be taken.", |source| {
        count(source.turned_away)
    }),
    ("vigil_source_lag_ms", "gauge", "Milliseconds by which the last event was late.", |source| source.lag_ms),
];

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn put_sources(out: &mut String, sources: &[SourceStatus]) {
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").expect("a string takes everything");
    for (name, kind, help, value) in OF_SOURCES {
        line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
        for source in sources {
            line(format_args!("{name}{{source=\"{}\",door=\"{}\"}} {}", source.name, source.door, value(source)));
        }
    }
    line(format_args!("# HELP vigil_source_dropped_total Events that a stage dropped."));
    line(format_args!("# TYPE vigil_source_dropped_total counter"));
    for source in sources {
        for (stage, dropped) in &source.dropped {
            let labels = format!("source=\"{}\",door=\"{}\",stage=\"{stage}\"", source.name, source.door);
            line(format_args!("vigil_source_dropped_total{{{labels}}} {dropped}"));
        }
    }
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
        let mut status = Status { mode: "ok".to_owned(), ..Status::default() };
        let source = SourceStatus { name: "firewall".into(), door: "syslog".into(), ..SourceStatus::default() };
        status.ingest.sources.push(SourceStatus { dropped: [("drop".to_owned(), 7)].into(), ..source });
        let text = render(&status);
        let values = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(text.lines().filter(|line| line.starts_with("# HELP")).count(), values);
        assert_eq!(text.lines().filter(|line| line.starts_with("# TYPE")).count(), values);
        assert!(text.contains("\nvigil_log_blocks 0\n") && text.contains("\nvigil_accepting 1\n"));
        let dropped = "vigil_source_dropped_total{source=\"firewall\",door=\"syslog\",stage=\"drop\"} 7\n";
        assert!(text.ends_with(dropped), "{text}");
    }
}
