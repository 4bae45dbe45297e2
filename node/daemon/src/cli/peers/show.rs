//! All that is known of one peer.

use std::io::Write;
use std::time::Duration;

use vigil_api::PeerStatus;
use vigil_model::Timestamp;

use super::overview::{it_lacks, last_seen, paint, rtt, we_lack};
use super::{Context, fetch, find, since};
use crate::cli::output::{Look, Paint, stdout};
use crate::cli::table::{Cell, Table};
use crate::client::Client;
use crate::config::units::size_round;
use crate::exit::{Exit, Failure};

/// Asks and shows.
pub(super) fn run(context: &Context, client: &Client, wanted: &str) -> Result<Exit, Failure> {
    let peer = find(fetch(client)?, wanted)?;
    let mut out = stdout();
    if context.look.json {
        let json = serde_json::to_string(&peer).expect("plain fields have a JSON form");
        writeln!(out, "{json}")?;
    } else {
        out.write_all(screen(&peer, since::now(), &context.look).as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn screen(peer: &PeerStatus, now: Timestamp, look: &Look) -> String {
    let mut table = Table::default();
    let mut line = |name: &str, text: Option<String>, paint: Paint| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            table.push(vec![Cell::text(name).paint(Paint::Dim), Cell::text(&text).paint(paint)]);
        }
    };
    line("name", Some(peer.name.clone()), Paint::Bold);
    line("id", Some(peer.node.clone()), Paint::Plain);
    line("state", Some(peer.state.clone()), paint(&peer.state));
    line("because", Some(peer.reason.clone()), Paint::Yellow);
    line("words", Some(peer.words.clone()), Paint::Cyan);
    line("profile", Some(peer.profile.clone()), Paint::Plain);
    line("we lack", we_lack(peer), Paint::Plain);
    line("it lacks", it_lacks(peer), Paint::Plain);
    line("oldest", peer.oldest_missing.clone(), Paint::Plain);
    line("in step in", peer.eta_s.map(|s| since::span(Duration::from_secs(s))), Paint::Plain);
    line("last seen", last_seen(peer, now).map(|age| format!("{age} ago")), Paint::Plain);
    line("round trip", peer.rtt_ms.map(rtt), Paint::Plain);
    line("path", Some(peer.path.clone()), Paint::Plain);
    line("addresses", Some(peer.addresses.join(", ")), Paint::Plain);
    line("version", Some(peer.version.clone()), Paint::Plain);
    line("traffic", traffic(peer), Paint::Plain);
    line("since", peer.since.clone(), Paint::Plain);
    line("faults", Some(faults(peer)), Paint::Red);
    table.render(&look.uncut()).0
}

fn traffic(peer: &PeerStatus) -> Option<String> {
    let any = peer.received_bytes > 0 || peer.sent_bytes > 0;
    any.then(|| format!("{} in, {} out since start", size_round(peer.received_bytes), size_round(peer.sent_bytes)))
}

fn faults(peer: &PeerStatus) -> String {
    let counted: Vec<String> = peer.faults.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
    counted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_is_not_known_is_left_out() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let peer = PeerStatus {
            name: "site-c".into(),
            node: "k3xq".into(),
            state: "catching up".into(),
            reason: "limited by peers.bandwidth there".into(),
            profile: "full".into(),
            behind_events: Some(18_204),
            eta_s: Some(90),
            last_heard_ms: Some(1_000),
            addresses: vec!["10.0.0.7:7701".into(), "site-c.example:7701".into()],
            received_bytes: 9_100_000,
            faults: [("bad_root".to_owned(), 2)].into(),
            ..PeerStatus::default()
        };
        expect![[r#"
            name        site-c
            id          k3xq
            state       catching up
            because     limited by peers.bandwidth there
            profile     full
            we lack     ≈ 18 204 ev
            in step in  1 m 30 s
            last seen   1 s ago
            addresses   10.0.0.7:7701, site-c.example:7701
            traffic     9.1 MB in, 0 B out since start
            faults      bad_root: 2
        "#]]
        .assert_eq(&screen(&peer, now, &Look::default()));
    }
}
