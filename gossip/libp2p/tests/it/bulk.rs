//! The bulk lane: the same bytes, another way.

use std::collections::BTreeMap;
use std::time::Duration;

use vigil_gossip_libp2p::{LaneChoice, TransportConfig, TransportEvent};

use crate::proxy::{Badness, Proxy};
use crate::support::{Node, config, pair_of, start};

const FRAME_BYTES: usize = 100_000;
const FRAMES: u8 = 30;

fn with(lane: LaneChoice, seed: u8) -> TransportConfig {
    TransportConfig { lane, ..config(seed) }
}

async fn answer_all(mut node: Node) {
    while let Some(event) = node.events.recv().await {
        if let TransportEvent::Asked(mut serving) = event {
            for number in 0..FRAMES {
                serving.send(&[number; FRAME_BYTES]).await.expect("it goes");
            }
            serving.finish().await.expect("it ends");
        }
    }
}

async fn pull_all(node: &Node, link: vigil_gossip::Link) {
    let mut reader = node.transport.pull(link, b"all").await.expect("a stream");
    for number in 0..FRAMES {
        assert_eq!(reader.next().await.expect("it comes"), Some(vec![number; FRAME_BYTES]));
    }
    assert_eq!(reader.next().await, Ok(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pulls_go_over_the_bulk_lane_both_ways() {
    let (a, from_a, b, from_b) = pair_of(with(LaneChoice::Bulk, 1), with(LaneChoice::Bulk, 2)).await;
    assert!(a.bulk && b.bulk, "both listen");
    let (puller, other) = (a.transport.clone(), b.transport.clone());
    let (back, forth) = (Node { transport: puller, ..a }, Node { transport: other, ..b });
    let (a, b) = (back.transport.clone(), forth.transport.clone());
    tokio::spawn(answer_all(back));
    tokio::spawn(answer_all(forth));
    for (transport, link) in [(&a, from_a), (&b, from_b)] {
        let mut reader = transport.pull(link, b"all").await.expect("a stream");
        let mut frames = 0;
        while let Some(frame) = reader.next().await.expect("it comes") {
            assert_eq!(frame, vec![frames; FRAME_BYTES]);
            frames += 1;
        }
        assert_eq!(frames, FRAMES);
        drop(reader);
        let stats = transport.stats(link).expect("it is open");
        assert!(stats.bulk_rate > 0 && stats.stream_rate == 0, "{stats:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_starved_link_finds_the_bulk_lane_by_itself() {
    let (server, mut client) = (start(with(LaneChoice::Auto, 1)).await, start(with(LaneChoice::Auto, 2)).await);
    let bad = Badness { delay: Duration::from_millis(25), lost_per_million: 2_000 };
    let proxy = Proxy::start(server.address, bad);
    server.transport.set_members(BTreeMap::from([(client.id(), vec![])]));
    client.transport.set_members(BTreeMap::from([(server.id(), vec![proxy.address.to_string()])]));
    tokio::spawn(answer_all(server));
    let link = client.connected().await.link;
    pull_all(&client, link).await;
    let slow = client.transport.stats(link).expect("open");
    assert!(slow.stream_rate > 0 && slow.bulk_rate == 0, "{slow:?}");
    pull_all(&client, link).await;
    assert!(client.transport.stats(link).expect("open").bulk_rate > 0, "streams that slow are not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bulk_lane_over_there_streams_carry_it() {
    let (a, from_a, b, _) = pair_of(with(LaneChoice::Bulk, 1), with(LaneChoice::Streams, 2)).await;
    assert!(a.bulk && !b.bulk);
    tokio::spawn(answer_all(b));
    pull_all(&a, from_a).await;
    let stats = a.transport.stats(from_a).expect("open");
    assert!(stats.stream_rate > 0 && stats.bulk_rate == 0, "{stats:?}");
}
