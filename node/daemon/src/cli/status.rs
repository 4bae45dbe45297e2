//! `vigil status`: what a node is and how it fares, on one screen.

use std::io::Write;
use std::time::Duration;

use vigil_api::{ClusterStatus, SourceStatus, Status};

use super::Context;
use super::output::{Look, Paint, one_line, stdout};
use super::table::{Cell, Table};
use crate::client::read_json;
use crate::config::units::{count_text, events_text, size_round, span_round};
use crate::exit::{Exit, Failure};

/// Asks and shows.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let client = context.client()?;
    let bytes = client.fetch("/v1/status", &[])?;
    let mut out = stdout();
    if context.look.json {
        out.write_all(bytes.trim_ascii_end())?;
        out.write_all(b"\n")?;
    } else {
        // Who may see the status may not see the cluster, perhaps.
        let cluster = client.fetch_json("/v1/cluster", &[]).ok();
        out.write_all(screen(&parse(&bytes)?, cluster.as_ref(), &context.look).as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

/// Reads the answer of `GET /v1/status`.
pub(super) fn parse(bytes: &[u8]) -> Result<Status, Failure> {
    read_json(bytes)
}

fn screen(status: &Status, cluster: Option<&ClusterStatus>, look: &Look) -> String {
    let mode = if status.mode == "ok" { Paint::Green } else { Paint::Red };
    let mut table = Table::default();
    let mut line = |name: &str, text: String, paint: Paint| {
        table.push(vec![Cell::text(name).paint(Paint::Dim), Cell::text(&text).paint(paint)]);
    };
    line("node", format!("{} ({})", status.name, status.node), Paint::Bold);
    line("state", status.mode.clone(), mode);
    line(
        "version",
        format!("{}, up {}", status.version, span_round(Duration::from_secs(status.uptime_s))),
        Paint::Plain,
    );
    line("data", status.data_dir.clone(), Paint::Plain);
    line("events", events(status), Paint::Plain);
    line("disk", disk(status), Paint::Plain);
    line("sync", status.storage.sync.clone(), Paint::Plain);
    line("index", index(status), if lags(status) { Paint::Yellow } else { Paint::Plain });
    line("ingest", ingest(status), Paint::Plain);
    if let Some(cluster) = cluster {
        let (text, paint) = peers(cluster);
        line("peers", text, paint);
    }
    status.storage.cut.iter().for_each(|cut| line("cut", cut.clone(), Paint::Yellow));
    status.warnings.iter().for_each(|warning| line("warning", warning.clone(), Paint::Yellow));
    table.render(&look.uncut()).0 + &sources(&status.ingest.sources, look)
}

/// A line for each source, and what went wrong last.
fn sources(sources: &[SourceStatus], look: &Look) -> String {
    if sources.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["source", "door", "events", "bytes", "rejected", "unparsed", "dropped", "away", "lag"]);
    for source in sources {
        table.push(source_row(source));
    }
    let mut out = format!("\n{}", table.render(&look.uncut()).0);
    for source in sources.iter().filter(|source| !source.last_error.is_empty()) {
        let sample = if source.last_error_sample.is_empty() { "" } else { ": " };
        let text = format!("{} at {}: {}", source.name, source.last_error_at, one_line(&source.last_error));
        out += &look.paint(Paint::Yellow, &text);
        out += &format!("{sample}{}\n", one_line(&source.last_error_sample));
    }
    out
}

fn source_row(source: &SourceStatus) -> Vec<Cell> {
    let bad = |count: u64| Cell::text(&count_text(count)).paint(if count > 0 { Paint::Yellow } else { Paint::Plain });
    let closed = if source.enabled { String::new() } else { " (closed)".to_owned() };
    let lag = match source.last.is_empty() {
        true => "never".to_owned(),
        false => span_round(Duration::from_millis(source.lag_ms.unsigned_abs())),
    };
    vec![
        Cell::text(&source.name).paint(Paint::Cyan),
        Cell::text(&[vec![source.door.clone() + &closed], source.listen.clone()].concat().join(" ")),
        Cell::text(&count_text(source.events)),
        Cell::text(&size_round(source.bytes)),
        bad(source.rejected),
        bad(source.parse_errors),
        Cell::text(&count_text(source.dropped.values().sum())),
        bad(source.turned_away),
        Cell::text(&lag),
    ]
}

/// Who is there; a fork or a fence before everything else.
fn peers(cluster: &ClusterStatus) -> (String, Paint) {
    let others = cluster.members.saturating_sub(1);
    match (cluster.fenced.as_str(), cluster.forks.len()) {
        ("", 0) if others == 0 => ("none: alone in its cluster; `vigil invite` makes a ticket".into(), Paint::Plain),
        ("", 0) => (format!("{} of {others} connected; `vigil peers` tells more", cluster.connected), Paint::Plain),
        ("", forks) => (format!("{forks} forked; `vigil cluster` names them"), Paint::Red),
        (why, _) => (format!("this node writes no more: {why}"), Paint::Red),
    }
}

fn events(status: &Status) -> String {
    format!("{} in {} blocks", count_text(status.storage.events), count_text(status.storage.blocks))
}

fn disk(status: &Status) -> String {
    let used = size_round(status.storage.disk_bytes);
    match status.storage.max_disk {
        Some(max) => format!("{used} of {} allowed", size_round(max)),
        None => used,
    }
}

/// Whether the index is far enough behind that queries notice.
fn lags(status: &Status) -> bool {
    status.index.lag_bytes > vigil_model::limits::INDEX_LAG_BYTES_MAX as u64 / 4
}

fn index(status: &Status) -> String {
    let (shelves, lag) = (status.index.shelves, status.index.lag_bytes);
    let behind = if lag == 0 { "up to date".into() } else { format!("{} behind, scanned by queries", size_round(lag)) };
    format!("{shelves} {}, {behind}", if shelves == 1 { "shelf" } else { "shelves" })
}

fn ingest(status: &Status) -> String {
    let since = &status.ingest;
    let (accepted, refused) = (events_text(since.accepted), count_text(since.refused));
    let pending = size_round(since.pending_bytes);
    format!("{accepted} since start, {refused} refused, {pending} on the way to disk")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn one_screen() {
        let mut status = Status { name: "site-a".into(), node: "k3x".into(), mode: "ok".into(), ..Status::default() };
        status.version = "0.1.0".into();
        status.data_dir = "/var/lib/vigil".into();
        status.uptime_s = 8_040;
        status.storage.events = 1_204_000;
        status.storage.blocks = 1_300;
        status.storage.disk_bytes = 123_400_000;
        status.storage.sync = "always".into();
        status.warnings.push("the disk is nearly full".into());
        expect![[r#"
            node     site-a (k3x)
            state    ok
            version  0.1.0, up 2 h 14 m
            data     /var/lib/vigil
            events   1 204 000 in 1 300 blocks
            disk     123.4 MB
            sync     always
            index    0 shelves, up to date
            ingest   0 events since start, 0 refused, 0 B on the way to disk
            peers    1 of 2 connected; `vigil peers` tells more
            warning  the disk is nearly full
        "#]]
        .assert_eq(&screen(&status, Some(&three()), &Look::default()));
        assert!(!screen(&status, None, &Look::default()).contains("peers"));
    }

    #[test]
    fn sources_have_a_line_each_and_their_last_error() {
        let good = SourceStatus {
            name: "firewall".into(),
            door: "syslog".into(),
            enabled: true,
            listen: vec!["udp://0.0.0.0:514".into()],
            events: 12_000,
            bytes: 2_400_000,
            lag_ms: 1_200,
            last: "2026-08-01T12:00:00Z".into(),
            dropped: [("drop".to_owned(), 7)].into(),
            ..SourceStatus::default()
        };
        let bad = SourceStatus {
            name: "loki".into(),
            door: "loki".into(),
            parse_errors: 1,
            last_error: "logfmt: no `=`".into(),
            last_error_at: "2026-08-01T12:00:00Z".into(),
            last_error_sample: "oops".into(),
            ..SourceStatus::default()
        };
        expect![[r#"

            source    door                      events  bytes   rejected  unparsed  dropped  away  lag
            firewall  syslog udp://0.0.0.0:514  12 000  2.4 MB  0         0         7        0     1.2 s
            loki      loki (closed)             0       0 B     0         1         0        0     never
            loki at 2026-08-01T12:00:00Z: logfmt: no `=`: oops
        "#]]
        .assert_eq(&sources(&[good, bad], &Look::default()));
    }

    fn three() -> ClusterStatus {
        ClusterStatus { members: 3, connected: 1, ..ClusterStatus::default() }
    }

    #[test]
    fn what_is_worst_of_the_cluster_is_said() {
        let fork = vigil_api::ForkStatus::default();
        let forked = ClusterStatus { forks: vec![fork], ..three() };
        assert_eq!(peers(&forked), ("1 forked; `vigil cluster` names them".into(), Paint::Red));
        let fenced = ClusterStatus { fenced: "its key is alive elsewhere".into(), ..forked };
        assert_eq!(peers(&fenced), ("this node writes no more: its key is alive elsewhere".into(), Paint::Red));
        let alone = ClusterStatus { members: 1, ..ClusterStatus::default() };
        assert!(peers(&alone).0.starts_with("none"));
    }
}
