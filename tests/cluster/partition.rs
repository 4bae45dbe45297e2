//! Nodes that do not reach each other go on, and agree when they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vigil_tests::{Client, Cluster, Proxy};

use crate::{events, soak};

/// Sends events until told to end; answers how many were acknowledged.
fn load(client: Client, host: String, ended: Arc<AtomicBool>, total: Arc<AtomicU64>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut first = 0;
        while !ended.load(Ordering::Relaxed) {
            total.fetch_add(
                client.ingest(&events(first..first + 100, &host))["accepted"].as_u64().unwrap_or(0),
                Ordering::Relaxed,
            );
            first += 100;
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

#[test]
fn a_partition_under_load_heals() {
    let mut cluster = Cluster::apart(3, &[]);
    let mut proxies = Vec::new();
    for site in &mut cluster.sites {
        let proxy = Proxy::start(site.listen().parse().expect("an address"));
        site.stop();
        site.advertise(&proxy.address.to_string());
        site.start();
        proxies.push(proxy);
    }
    for n in 1..3 {
        let ticket = cluster.sites[0].invite();
        cluster.sites[n].join_by(&ticket);
    }
    cluster.wait_in_step();
    let (ended, total) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> =
        (0..3).map(|n| load(cluster.sites[n].client(), format!("host-{n}"), ended.clone(), total.clone())).collect();
    std::thread::sleep(Duration::from_secs(2));
    proxies.iter().for_each(|proxy| proxy.cut(true));
    let cut = Instant::now();
    cluster.sites[0].wait("the others are seen to be gone", |site| {
        ["site-b", "site-c"].iter().all(|name| site.peer(name).is_some_and(|peer| peer["state"] == "offline"))
    });
    std::thread::sleep(soak(60).saturating_sub(cut.elapsed()));
    proxies.iter().for_each(|proxy| {
        proxy.lose(50);
        proxy.cut(false);
    });
    std::thread::sleep(Duration::from_secs(2));
    ended.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().expect("a writer ends"));
    cluster.wait_in_step();
    let total = total.load(Ordering::Relaxed);
    for site in &cluster.sites {
        assert_eq!(site.client().count("request"), total);
    }
    cluster.same_rows("* | stats count() as n by host | sort by host");
}
