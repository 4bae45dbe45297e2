//! The list of peers: one line each, and below it why one is not in step.

use std::io::Write;
use std::time::Duration;

use vigil_api::PeerStatus;
use vigil_model::Timestamp;

use super::{Context, since};
use crate::cli::output::{Look, Paint, print_json, stdout};
use crate::cli::table::{Cell, Table};
use crate::client::{Client, read_list};
use crate::config::units::count_text;
use crate::exit::{Exit, Failure};

/// Asks and shows.
pub(super) fn run(context: &Context, client: &Client) -> Result<Exit, Failure> {
    let bytes = client.fetch("/v1/peers", &[])?;
    if context.look.json {
        print_json(&bytes)?;
    } else {
        let peers = read_list(&bytes, "peers")?;
        let mut out = stdout();
        out.write_all(screen(&peers, since::now(), &context.look).as_bytes())?;
        out.flush()?;
    }
    Ok(Exit::Ok)
}

fn screen(peers: &[PeerStatus], now: Timestamp, look: &Look) -> String {
    let heads =
        ["NAME", "STATE", "WE LACK", "IT LACKS", "OLDEST MISSING", "LAST SEEN", "RTT", "ETA", "PATH", "VERSION"];
    let mut table = Table::new(heads);
    peers.iter().for_each(|peer| table.push(row(peer, now)));
    let mut out = table.render(look).0;
    // Who was removed needs nothing any more, unless it is the one that answers: the first.
    let concern = peers.iter().enumerate().filter(|(at, peer)| *at == 0 || peer.state != "removed");
    for (_, peer) in concern {
        if let Some(why) = explanation(peer) {
            out.push_str(&format!("{}\n", look.paint(Paint::Yellow, &super::super::output::one_line(&why))));
        }
    }
    out
}

fn row(peer: &PeerStatus, now: Timestamp) -> Vec<Cell> {
    let dash = |text: Option<String>| Cell::text(&text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".into()));
    let this = peer.state == "this node";
    let other = |text: Option<String>| dash(text.filter(|_| !this));
    vec![
        Cell::text(&peer.name).paint(Paint::Bold),
        Cell::text(&peer.state).paint(paint(&peer.state)),
        other(we_lack(peer)),
        other(it_lacks(peer)),
        other(peer.oldest_missing.as_deref().and_then(|time| since::age(time, now))),
        other(last_seen(peer, now)),
        other(peer.rtt_ms.map(rtt)),
        other(peer.eta_s.map(|s| since::span(Duration::from_secs(s)))),
        other(Some(peer.path.clone())),
        dash(Some(peer.version.clone())),
    ]
}

/// How a state looks.
pub(super) fn paint(state: &str) -> Paint {
    match state {
        "in step" | "this node" => Paint::Green,
        "removed" => Paint::Dim,
        "offline" => Paint::Red,
        _ => Paint::Yellow,
    }
}

/// What this node lacks of what the peer holds: counted, or an estimate.
pub(super) fn we_lack(peer: &PeerStatus) -> Option<String> {
    let mark = if peer.behind_exact { "" } else { "≈ " };
    amount(peer.behind_events, peer.behind_blocks, mark)
}

/// What the peer lacks of what this node holds. Of one that is away this is the least.
pub(super) fn it_lacks(peer: &PeerStatus) -> Option<String> {
    let away = matches!(peer.state.as_str(), "offline" | "connecting");
    amount(peer.ahead_events, peer.ahead_blocks, if away { "≥ " } else { "≈ " })
}

fn amount(events: Option<u64>, blocks: Option<u64>, mark: &str) -> Option<String> {
    match (events, blocks) {
        (Some(0), Some(0) | None) | (None, Some(0)) => Some("0".into()),
        (Some(events), _) if events > 0 => Some(format!("{mark}{} ev", count_text(events))),
        (_, Some(blocks)) => Some(format!("{} blocks", count_text(blocks))),
        (Some(events), None) => Some(format!("{mark}{} ev", count_text(events))),
        (None, None) => None,
    }
}

/// How long ago the peer was heard.
pub(super) fn last_seen(peer: &PeerStatus, now: Timestamp) -> Option<String> {
    let measured = peer.last_heard_ms.map(|ms| since::span(Duration::from_millis(ms)));
    measured.or_else(|| since::age(peer.last_heard.as_deref()?, now))
}

/// A round trip.
pub(super) fn rtt(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

/// Why it is not in step, and what a person may do about it.
fn explanation(peer: &PeerStatus) -> Option<String> {
    let reason = Some(peer.reason.as_str()).filter(|reason| !reason.is_empty());
    let text = match (peer.state.as_str(), reason) {
        ("this node" | "in step" | "removed", None) => return None,
        ("pending", _) => format!(
            "waits for approval: if it shows the words `{}` too, say `vigil peers approve {}`",
            peer.words, peer.name
        ),
        (_, Some(reason)) => reason.to_owned(),
        (state, None) => format!("{state}, and the node does not say why"),
    };
    Some(format!("{}: {text}", peer.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn peer(name: &str, state: &str) -> PeerStatus {
        let (name, state) = (name.into(), state.into());
        PeerStatus { name, state, node: "k3x".into(), version: "0.1.0".into(), ..PeerStatus::default() }
    }

    fn five() -> Vec<PeerStatus> {
        let in_step = PeerStatus {
            behind_events: Some(0),
            behind_blocks: Some(0),
            behind_exact: true,
            ahead_events: Some(0),
            last_heard_ms: Some(2_100),
            rtt_ms: Some(11.2),
            path: "quic 10.0.0.5:7701".into(),
            ..peer("site-b", "in step")
        };
        let catching_up = PeerStatus {
            behind_events: Some(18_204),
            behind_blocks: Some(19),
            ahead_events: Some(0),
            oldest_missing: Some("2026-03-01T11:56:50Z".into()),
            last_heard_ms: Some(900),
            rtt_ms: Some(0.42),
            eta_s: Some(12),
            reason: "receiving from site-b and site-c".into(),
            ..peer("site-c", "catching up")
        };
        let offline = PeerStatus {
            ahead_events: Some(88_120),
            last_heard: Some("2026-03-01T09:46:00Z".into()),
            reason: "10.0.0.7:7701: unreachable (connection refused)".into(),
            ..peer("site-d", "offline")
        };
        let pending = PeerStatus { words: "copper lantern orbit tidy".into(), ..peer("site-e", "pending") };
        vec![peer("site-a", "this node"), in_step, catching_up, offline, pending]
    }

    #[test]
    fn each_peer_that_is_not_in_step_has_a_reason() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        expect![[r#"
            NAME    STATE        WE LACK      IT LACKS     OLDEST MISSING  LAST SEEN  RTT     ETA   PATH                VERSION
            site-a  this node    -            -            -               -          -       -     -                   0.1.0
            site-b  in step      0            0            -               2 s        11 ms   -     quic 10.0.0.5:7701  0.1.0
            site-c  catching up  ≈ 18 204 ev  0            3 m 10 s        0 s        0.4 ms  12 s  -                   0.1.0
            site-d  offline      -            ≥ 88 120 ev  -               2 h 14 m   -       -     -                   0.1.0
            site-e  pending      -            -            -               -          -       -     -                   0.1.0
            site-c: receiving from site-b and site-c
            site-d: 10.0.0.7:7701: unreachable (connection refused)
            site-e: waits for approval: if it shows the words `copper lantern orbit tidy` too, say `vigil peers approve site-e`
        "#]].assert_eq(&screen(&five(), now, &Look::default()));
        let gone = PeerStatus { reason: "removed by site-a".into(), ..peer("site-f", "removed") };
        assert!(!screen(&[peer("site-a", "this node"), gone.clone()], now, &Look::default()).contains("by site-a"));
        assert!(screen(&[gone], now, &Look::default()).ends_with("site-f: removed by site-a\n"));
        let silent = screen(&[peer("x", "behind")], now, &Look::default());
        assert!(silent.ends_with("x: behind, and the node does not say why\n"), "{silent}");
    }

    #[test]
    fn a_narrow_terminal_keeps_name_state_and_reasons() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let text = screen(&five(), now, &Look { width: Some(60), ..Look::default() });
        assert!(text.contains("site-d: 10.0.0.7:7701: unreachable"), "{text}");
        assert!(text.lines().take(6).all(|line| super::super::super::output::width_of(line) <= 60), "{text}");
    }

    #[test]
    fn amounts() {
        assert_eq!(amount(Some(0), Some(0), "≈ ").as_deref(), Some("0"));
        assert_eq!(amount(Some(0), Some(3), "≈ ").as_deref(), Some("3 blocks"));
        assert_eq!(amount(None, Some(3), "≈ ").as_deref(), Some("3 blocks"));
        assert_eq!(amount(Some(1_204), Some(3), "≥ ").as_deref(), Some("≥ 1 204 ev"));
        assert_eq!(amount(None, None, ""), None);
    }
}
