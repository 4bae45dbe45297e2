//! What peers do that they should not: garbage, floods, silence, and a shell that is slow.

use std::collections::BTreeMap;
use std::time::Duration;

use vigil_gossip::Goodbye;
use vigil_gossip_libp2p::{DialFailure, TransportEvent};
use vigil_model::limits::{LINK_QUEUE_BYTES_MAX, STRANGERS_MAX, STRANGERS_PER_ADDRESS_MAX, TRANSPORT_EVENTS_MAX};

use crate::proxy::{Badness, Proxy};
use crate::support::{PATIENCE, config, pair, pair_of, start};

const FRAME_BYTES: usize = 512 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_shell_is_slow_nothing_is_read_on_and_nothing_is_lost() {
    let (a, from_a, mut b, _) = pair().await;
    let total = 120u32;
    let mut sent = 0;
    let mut stuck = 0;
    // The shell of b takes nothing: at some point the link of a takes no more either.
    while sent < total && stuck < 20 {
        let waiting = a.transport.stats(from_a).map_or(0, |stats| stats.waiting) as usize;
        if waiting + FRAME_BYTES < LINK_QUEUE_BYTES_MAX / 2 {
            assert!(a.transport.send(from_a, 1, &frame(sent), 0));
            sent += 1;
            stuck = 0;
        } else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            stuck += 1;
        }
    }
    assert!((sent as usize) < total as usize, "somewhere it stops: {sent} frames of half a megabyte were taken");
    assert!(b.events.len() <= TRANSPORT_EVENTS_MAX);
    for number in 0..sent {
        assert_eq!(b.frame().await.2, frame(number), "frame {number}");
    }
}

fn frame(number: u32) -> Vec<u8> {
    // Such bytes do not compress.
    (0..FRAME_BYTES as u32 / 4).flat_map(|place| (place ^ number).wrapping_mul(0x9e37_79b1).to_be_bytes()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_takes_nothing_loses_the_link_at_the_limit() {
    let (mut a, from_a, _b, _) = pair().await;
    let mut sent = 0;
    while a.transport.send(from_a, 1, &vec![1; 1_000_000], 0) {
        sent += 1;
        assert!(sent < 1_000, "the queue has an end");
    }
    let (link, goodbye, why) = a.disconnected().await;
    assert_eq!((link, goodbye), (from_a, None));
    assert!(why.contains("does not take"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_mind_is_told_that_it_is_no_member() {
    let (a, mut b) = (start(config(1)).await, start(config(2)).await);
    b.knows(&[&a]);
    let failed = |event| if let TransportEvent::DialFailed { failures, .. } = event { Some(failures) } else { None };
    let failures = b.wait("refusal", failed).await;
    assert!(matches!(&failures[..], [DialFailure::Refused { goodbye: Goodbye::NotMember, .. }]), "{failures:?}");
    // It goes on dialling, so an admission on the other side is enough.
    a.knows(&[&b]);
    b.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_cluster_does_not_understand() {
    let (a, mut b) = (
        start(config(1)).await,
        start(vigil_gossip_libp2p::TransportConfig { cluster: vigil_model::ClusterId([9; 32]), ..config(2) }).await,
    );
    b.knows(&[&a]);
    let failed = |event| if let TransportEvent::DialFailed { failures, .. } = event { Some(failures) } else { None };
    let failures = b.wait("refusal", failed).await;
    assert!(
        matches!(&failures[..], [DialFailure::Protocol { protocol, .. }] if protocol.contains("/sync/1")),
        "{failures:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_is_told_and_hung_up_on() {
    let (mut a, _, mut b, _) = pair().await;
    a.knows(&[]);
    assert_eq!(b.disconnected().await.1, Some(Goodbye::Removed));
    a.disconnected().await;
    assert!(a.transport.links().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_dial_at_once_have_one_link() {
    for round in 0..4 {
        let (mut a, mut b) = (start(config(10 + round)).await, start(config(20 + round)).await);
        a.knows(&[&b]);
        b.knows(&[&a]);
        let (mut ours, mut theirs) = (a.connected().await.link, b.connected().await.link);
        // A link that was replaced at once is told as ended, then as open: frames tell which stays.
        let both = async {
            loop {
                a.transport.send(ours, 1, b"are you there", 0);
                b.transport.send(theirs, 1, b"are you there", 0);
                let (mut heard_a, mut heard_b) = (false, false);
                while !(heard_a && heard_b) {
                    tokio::select! {
                        Some(event) = a.events.recv() => match event {
                            TransportEvent::Frame { link, .. } => heard_a |= link == ours,
                            TransportEvent::Connected(info) => { ours = info.link; break }
                            _ => {}
                        },
                        Some(event) = b.events.recv() => match event {
                            TransportEvent::Frame { link, .. } => heard_b |= link == theirs,
                            TransportEvent::Connected(info) => { theirs = info.link; break }
                            _ => {}
                        },
                    }
                }
                if heard_a && heard_b {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, both).await.expect("they agree");
        assert_eq!((a.transport.links().len(), b.transport.links().len()), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_strangers_leaves_members_alone() {
    let (a, from_a, mut b, _) = pair().await;
    let there = a.address.to_string();
    let mut flood = Vec::new();
    for seed in 0..STRANGERS_PER_ADDRESS_MAX as u8 + 8 {
        let stranger = start(config(100 + seed)).await;
        let there = there.clone();
        flood.push(tokio::spawn(async move { stranger.transport.join(&[there], None, b"x").await }));
    }
    // The shell of a answers no knock; beyond the quota strangers are refused at once.
    let mut refused = 0;
    for knocking in flood {
        refused += usize::from(knocking.await.expect("no panic").is_err());
    }
    assert!(refused >= 8, "{refused} of {STRANGERS_MAX}");
    assert!(a.transport.send(from_a, 1, b"still here", 0));
    assert_eq!(b.frame().await.2, b"still here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_cut_ends_by_silence_and_comes_back() {
    let silence = Duration::from_millis(1_500);
    let quick = |seed| vigil_gossip_libp2p::TransportConfig { silence, ..config(seed) };
    let (mut a, mut b) = (start(quick(1)).await, start(quick(2)).await);
    let proxy = Proxy::start(a.address, Badness { delay: Duration::from_millis(5), lost_per_million: 20_000 });
    a.transport.set_members(BTreeMap::from([(b.id(), vec![])]));
    b.transport.set_members(BTreeMap::from([(a.id(), vec![proxy.address.to_string()])]));
    let link = b.connected().await.link;
    a.connected().await;
    proxy.cut(true);
    assert_eq!(b.disconnected().await.0, link);
    a.disconnected().await;
    proxy.cut(false);
    let link = b.connected().await.link;
    a.connected().await;
    assert!(b.transport.send(link, 1, b"back again", 0));
    assert_eq!(a.frame().await.2, b"back again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bandwidth_is_kept_to() {
    let limited = vigil_gossip_libp2p::TransportConfig { bandwidth: Some(2_000_000), ..config(1) };
    let (a, from_a, mut b, _) = pair_of(limited, config(2)).await;
    let start = std::time::Instant::now();
    for number in 0..4 {
        assert!(a.transport.send(from_a, 1, &frame(number), 0));
    }
    for _ in 0..4 {
        b.frame().await;
    }
    // Two megabytes at two a second, less the burst; how much slower is the machine's business.
    assert!(start.elapsed() > Duration::from_millis(400), "{:?}", start.elapsed());
}
