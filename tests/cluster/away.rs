//! A node that was away comes back, and a node that is new: both end with everything.

use std::time::Duration;

use vigil_tests::Cluster;

use crate::events;

/// Events in one request.
const BATCH: u64 = 10_000;

fn ingest(cluster: &Cluster, site: usize, numbers: std::ops::Range<u64>, host: &str) {
    let client = cluster.sites[site].client();
    let mut first = numbers.start;
    while first < numbers.end {
        let last = (first + BATCH).min(numbers.end);
        client.ingest(&events(first..last, host));
        first = last;
    }
}

#[test]
fn a_node_away_during_many_events_returns() {
    let mut cluster = Cluster::start(3);
    cluster.wait_in_step();
    cluster.sites[1].stop();
    cluster.sites[0].wait("it is seen to be gone", |site| {
        site.peer("site-b").is_some_and(|peer| peer["state"] == "offline" && peer["reason"] != "")
    });
    ingest(&cluster, 0, 0..250_000, "host-a");
    ingest(&cluster, 2, 250_000..500_000, "host-c");
    let answer = cluster.sites[0].client().get("/v1/query", &[("q", "*"), ("limit", "1")]).expect("reachable").json();
    assert_eq!(answer["complete"], false, "site-b may hold what nobody knows: {answer}");
    // site-c may be on the list as well, while its events are on their way.
    let missing = answer["missing"].as_array().expect("a list");
    assert!(missing.iter().any(|one| one["node"] == "site-b"), "{answer}");
    cluster.sites[1].start();
    cluster.wait_in_step();
    for site in &cluster.sites {
        assert_eq!(site.client().count("request"), 500_000);
    }
    cluster.same_rows("* | stats count() as n by host | sort by host");
    cluster.same_rows("n:>499000 | sort by n | fields n, _id, _time, message");
    for name in ["site-a", "site-c"] {
        cluster.sites[1].wait("in step", |site| site.peer(name).is_some_and(|peer| peer["state"] == "in step"));
    }
}

#[test]
fn a_node_joins_a_cluster_of_a_million_events_through_a_port_that_loses_packets() {
    let mut cluster = Cluster::apart(1, &[]);
    ingest(&cluster, 0, 0..1_000_000, "host-a");
    let listen = cluster.sites[0].listen().parse().expect("an address");
    let proxy = vigil_tests::Proxy::start(listen);
    proxy.lose(10);
    cluster.sites[0].stop();
    cluster.sites[0].advertise(&proxy.address.to_string());
    cluster.sites[0].start();
    cluster.add("site-b", &[]).start();
    let ticket = cluster.sites[0].invite();
    cluster.sites[1].join_by(&ticket);
    cluster.sites[1].wait("the first events are there", |site| site.client().count("request") > 0);
    cluster.wait_in_step();
    assert_eq!(cluster.sites[1].client().count("request"), 1_000_000);
    assert!(proxy.passed() > 1_000, "the events came through the port");
    std::thread::sleep(Duration::from_millis(10));
    cluster.same_rows("n:>999000 | sort by n | fields n, _id, _time, message");
}
