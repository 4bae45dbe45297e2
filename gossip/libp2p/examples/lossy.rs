//! What does a pull bring over a link of 50 ms and 0.1 % loss, each way? Prints JSON.
//!
//! `cargo run --release -p vigil-gossip-libp2p --example lossy [-- RTT_MS LOST_PER_MILLION MEGABYTES]`
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "../tests/it/proxy.rs"]
mod proxy;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use vigil_gossip::Link;
use vigil_gossip_libp2p::{Discovery, LaneChoice, Transport, TransportConfig, TransportEvent};
use vigil_model::ClusterId;

const FRAME: usize = 256 * 1024;

#[tokio::main]
async fn main() {
    let figures: Vec<u32> = std::env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let (round_trip, lost) = (figures.first().copied().unwrap_or(50), figures.get(1).copied().unwrap_or(1_000));
    let megabytes = figures.get(2).copied().unwrap_or(200) as usize;
    let badness = proxy::Badness { delay: Duration::from_millis(u64::from(round_trip)) / 2, lost_per_million: lost };
    for (name, lane, megabytes) in [
        ("streams", LaneChoice::Streams, megabytes / 10),
        ("bulk", LaneChoice::Bulk, megabytes),
        ("auto", LaneChoice::Auto, megabytes),
    ] {
        let rate = measure(lane, badness, megabytes).await;
        println!(
            "{{\"lane\":\"{name}\",\"rtt_ms\":{round_trip},\"lost_per_million\":{lost},\"megabytes\":{megabytes},\"mb_per_s\":{rate:.1}}}"
        );
    }
}

fn config(seed: u8, lane: LaneChoice) -> TransportConfig {
    TransportConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        cluster: ClusterId([1; 32]),
        secret: [seed; 32],
        discovery: Discovery::default(),
        lane,
        bandwidth: None,
        silence: Duration::from_secs(20),
    }
}

async fn measure(lane: LaneChoice, badness: proxy::Badness, megabytes: usize) -> f64 {
    // The node that serves always offers its bulk lane.
    let (server, mut served) = Transport::start(config(1, LaneChoice::Auto)).unwrap();
    let (client, mut told) = Transport::start(config(2, lane)).unwrap();
    let Some(TransportEvent::Listening { address, .. }) = served.recv().await else { panic!("it listens first") };
    let proxy = proxy::Proxy::start(address, badness);
    server.set_members(BTreeMap::from([(client.me(), vec![])]));
    client.set_members(BTreeMap::from([(server.me(), vec![proxy.address.to_string()])]));
    tokio::spawn(serve(served));
    let link = connected(&mut told).await;
    tokio::spawn(async move { while told.recv().await.is_some() {} });
    let start = Instant::now();
    let mut got = 0;
    // As the machine does: one pull after the other, each with a credit of eight megabytes.
    while got < megabytes * 1_000_000 {
        let mut reader = client.pull(link, &8_000_000u32.to_be_bytes()).await.unwrap();
        while let Some(frame) = reader.next().await.unwrap() {
            got += frame.len();
        }
    }
    let rate = got as f64 / start.elapsed().as_secs_f64() / 1e6;
    client.stop().await;
    server.stop().await;
    rate
}

async fn connected(told: &mut Receiver<TransportEvent>) -> Link {
    loop {
        match told.recv().await.unwrap() {
            TransportEvent::Connected(info) => return info.link,
            _ => continue,
        }
    }
}

async fn serve(mut served: Receiver<TransportEvent>) {
    while let Some(event) = served.recv().await {
        if let TransportEvent::Asked(mut serving) = event {
            tokio::spawn(async move {
                let credit = u32::from_be_bytes(serving.request().try_into().unwrap()) as usize;
                let frame = vec![7; FRAME];
                for _ in 0..credit.div_ceil(FRAME) {
                    serving.send(&frame).await.unwrap();
                }
                serving.finish().await.unwrap();
            });
        }
    }
}
