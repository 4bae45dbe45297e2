//! Peers that nobody named, peers behind others, and announcements that spread.

use std::collections::BTreeMap;

use vigil_gossip_libp2p::{Discovery, TransportConfig, TransportEvent};

use crate::support::{Node, config, start};

async fn node(seed: u8, discovery: Discovery) -> Node {
    start(TransportConfig { discovery, ..config(seed) }).await
}

/// a and c know each other's keys but not addresses; b knows nobody's address but is known to both.
async fn strung(discovery: Discovery) -> (Node, Node, Node) {
    let (a, b, c) = (node(1, discovery).await, node(2, discovery).await, node(3, discovery).await);
    let there = vec![b.address.to_string()];
    b.transport.set_members(BTreeMap::from([(a.id(), vec![]), (c.id(), vec![])]));
    a.transport.set_members(BTreeMap::from([(b.id(), there.clone()), (c.id(), vec![])]));
    c.transport.set_members(BTreeMap::from([(b.id(), there), (a.id(), vec![])]));
    (a, b, c)
}

async fn linked_to(node: &mut Node, peer: vigil_model::NodeId) -> String {
    let wanted = |event| match event {
        TransportEvent::Connected(info) if info.peer == peer => Some(info.path),
        _ => None,
    };
    node.wait("link", wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kademlia_finds_a_member_through_another() {
    let (mut a, _b, c) = strung(Discovery { kademlia: true, ..Discovery::default() }).await;
    let path = linked_to(&mut a, c.id()).await;
    assert!(!path.contains("relayed"), "{path}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_reached_through_a_relay() {
    let (mut a, _b, c) = strung(Discovery { relay: true, ..Discovery::default() }).await;
    let path = linked_to(&mut a, c.id()).await;
    // Through the relay, or directly when the hole was punched first.
    assert!(path.starts_with("/p2p/") || path.contains("relayed") || path.contains("127.0.0.1"), "{path}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_spread_when_they_are_good() {
    let discovery = Discovery { gossipsub: true, ..Discovery::default() };
    let (mut a, mut b, mut c) = strung(discovery).await;
    linked_to(&mut a, b.id()).await;
    linked_to(&mut c, b.id()).await;
    // The mesh takes a moment to form; announcements are hints, so they are said again.
    let hub = b.transport.clone();
    let judging = tokio::spawn(async move {
        while let Some(event) = b.events.recv().await {
            if let TransportEvent::Announcement { bytes, verdict, .. } = event {
                if bytes.starts_with(b"good") { verdict.good() } else { verdict.bad() }
            }
        }
    });
    let mut number = 0u32;
    let heard = async {
        loop {
            number += 1;
            a.transport.publish(format!("bad {number}").into_bytes());
            a.transport.publish(format!("good {number}").into_bytes());
            let soon = tokio::time::sleep(std::time::Duration::from_millis(100));
            tokio::select! {
                () = soon => {}
                Some(event) = c.events.recv() => {
                    if let TransportEvent::Announcement { bytes, verdict, .. } = event {
                        verdict.good();
                        return bytes;
                    }
                }
            }
        }
    };
    let first = tokio::time::timeout(crate::support::PATIENCE, heard).await.expect("it spreads");
    assert!(first.starts_with(b"good"), "what the node between refused has not come through");
    assert!(!hub.publish(vec![0; 10_000]), "too long for a hint");
    judging.abort();
}
