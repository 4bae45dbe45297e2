//! Bytes between two nodes, counted on the way: of a join, and of a link on which nothing happens.
//!
//! `received_bytes` of `/v1/peers` is shown beside them. The ports in between lead to the peer ports
//! only, so everything takes the streams and nothing the bulk lane.

use std::time::Duration;

use serde_json::{Value, json};
use vigil_tests::{Cluster, Proxy, Site};

use super::{end, progress};
use crate::ingest::{made, round, send};
use crate::load::line_of_300;

const EVENTS: u64 = 100_000;
/// After a join, until everything about it has been said.
const SETTLE: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_secs(10);

/// Two nodes with a counting port in front of each: whoever dials, one of them counts the link.
struct Pair {
    cluster: Cluster,
    proxies: Vec<Proxy>,
}

/// What had passed at a moment.
#[derive(Clone, Copy)]
struct Passed {
    bytes: u64,
    packets: u64,
    /// `received_bytes` of both.
    said: u64,
    cpu_s: f64,
}

/// The join and the idle link after it.
pub(super) fn all() -> anyhow::Result<(Value, Value)> {
    progress(&format!("{EVENTS} events over a counted link, then {} idle seconds", IDLE.as_secs()));
    let pair = Pair::start();
    let body = made(0..EVENTS, line_of_300);
    send(&pair.cluster.sites[0].client(), &body)?;
    let before = pair.passed();
    let ticket = pair.cluster.sites[0].invite();
    pair.cluster.sites[1].join_by(&ticket);
    pair.cluster.wait_in_step();
    let found = pair.cluster.sites[1].client().count("*");
    anyhow::ensure!(found == EVENTS, "{found} of {EVENTS} events are found on the new node");
    let wire = join_report(before, pair.passed(), body.len() as u64);
    pair.cluster.sites.iter().for_each(|site| site.node().wait_indexed());
    std::thread::sleep(SETTLE);
    let before = pair.passed();
    std::thread::sleep(IDLE);
    let idle = idle_report(before, pair.passed());
    end(pair.cluster);
    Ok((wire, idle))
}

impl Pair {
    fn start() -> Pair {
        let (mut cluster, mut proxies) = (Cluster::apart(0, &[]), Vec::new());
        for name in ["site-a", "site-b"] {
            let site = cluster.add(name, &[]);
            let proxy = Proxy::start(site.listen().parse().expect("a site listens at an address"));
            site.advertise(&proxy.address.to_string());
            site.start();
            proxies.push(proxy);
        }
        Pair { cluster, proxies }
    }

    fn passed(&self) -> Passed {
        let sites = &self.cluster.sites;
        Passed {
            bytes: self.proxies.iter().map(Proxy::bytes).sum(),
            packets: self.proxies.iter().map(Proxy::passed).sum(),
            said: received(&sites[0], "site-b") + received(&sites[1], "site-a"),
            cpu_s: sites.iter().map(|site| site.node().usage().cpu_s).sum(),
        }
    }
}

fn received(site: &Site, from: &str) -> u64 {
    site.peer(from).and_then(|peer| peer["received_bytes"].as_u64()).unwrap_or(0)
}

fn join_report(before: Passed, after: Passed, raw_bytes: u64) -> Value {
    let bytes = after.bytes - before.bytes;
    json!({
        "events": EVENTS,
        "raw_bytes": raw_bytes,
        "udp_bytes": bytes,
        "udp_packets": after.packets - before.packets,
        "udp_bytes_per_raw_byte": round(bytes as f64 / raw_bytes as f64),
        "peers_received_bytes": after.said - before.said,
    })
}

fn idle_report(before: Passed, after: Passed) -> Value {
    let seconds = IDLE.as_secs_f64();
    let each = |count: u64| round(count as f64 / seconds);
    json!({
        "seconds": seconds,
        "udp_bytes_per_s": each(after.bytes - before.bytes),
        "udp_packets_per_s": each(after.packets - before.packets),
        "peers_received_bytes_per_s": each(after.said - before.said),
        "cpu_s_of_both": round(after.cpu_s - before.cpu_s),
    })
}
