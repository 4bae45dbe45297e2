//! One node of three is killed again and again under load, and all are restarted in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vigil_tests::Cluster;

use crate::{events, soak};

#[test]
fn nothing_acknowledged_is_lost_when_one_node_is_killed_again_and_again() {
    let mut cluster = Cluster::start(3);
    let (ended, total) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (client, done, sum) = (cluster.sites[0].client(), ended.clone(), total.clone());
    let writer = std::thread::spawn(move || {
        let mut first = 0;
        while !done.load(Ordering::Relaxed) {
            let accepted = client.ingest(&events(first..first + 200, "host-a"));
            sum.fetch_add(accepted["accepted"].as_u64().expect("a number"), Ordering::Relaxed);
            first += 200;
        }
    });
    let mut promised = 0;
    let begun = Instant::now();
    let mut round = 0;
    while round < 4 || begun.elapsed() < soak(0) {
        let (first, last) = (round * 100, round * 100 + 100);
        let accepted = cluster.sites[1].client().ingest(&events(first..last, "host-b"));
        promised += accepted["accepted"].as_u64().expect("a number");
        std::thread::sleep(Duration::from_millis(100 + 170 * (round % 5)));
        cluster.sites[1].kill();
        std::thread::sleep(Duration::from_millis(200));
        cluster.sites[1].start();
        round += 1;
    }
    ended.store(true, Ordering::Relaxed);
    writer.join().expect("the writer ends");
    cluster.wait_in_step();
    for site in &cluster.sites {
        assert_eq!(site.client().count("host:host-b"), promised);
        assert_eq!(site.client().count("host:host-a"), total.load(Ordering::Relaxed));
    }
}

#[test]
fn a_rolling_restart_loses_nothing_and_makes_no_fork() {
    let mut cluster = Cluster::start(3);
    for n in 0..3u64 {
        let other = (n as usize + 1) % 3;
        cluster.sites[n as usize].stop();
        cluster.sites[other].client().ingest(&events(n * 100..n * 100 + 100, "host"));
        cluster.sites[n as usize].start();
    }
    cluster.wait_in_step();
    for site in &cluster.sites {
        assert_eq!(site.client().count("host:host"), 300);
        assert_eq!(site.cluster().expect("reachable")["forks"].as_array().map(Vec::len), Some(0));
    }
}
