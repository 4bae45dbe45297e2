//! Three nodes, two tickets: what is written on one is read on all.

use vigil_tests::Cluster;

use crate::events;

#[test]
fn what_one_node_accepts_every_node_answers() {
    let cluster = Cluster::start(3);
    for (n, site) in cluster.sites.iter().enumerate() {
        let first = n as u64 * 1_000;
        site.client().ingest(&events(first..first + 500, &format!("host-{n}")));
    }
    cluster.wait_in_step();
    assert_eq!(cluster.same_rows("request | sort by n | fields n, host").len(), 1_500);
    assert_eq!(cluster.same_rows("* | stats count() as n by host | sort by host").len(), 3);
    for site in &cluster.sites {
        assert_eq!(site.client().count("host:host-2"), 500);
    }
}

#[test]
fn a_founder_of_one_takes_its_events_along() {
    let cluster = Cluster::apart(2, &[]);
    cluster.sites[0].client().ingest(&events(0..100, "old-a"));
    cluster.sites[1].client().ingest(&events(100..300, "old-b"));
    let ticket = cluster.sites[0].invite();
    cluster.sites[1].join_by(&ticket);
    cluster.sites[1].client().ingest(&events(300..400, "new-b"));
    cluster.wait_in_step();
    for site in &cluster.sites {
        assert_eq!(site.client().count("request"), 400);
        assert_eq!(site.client().count("host:old-b"), 200);
    }
    cluster.same_rows("* | sort by n | fields n, _id");
}

#[test]
fn a_node_without_a_ticket_waits_for_approval() {
    let cluster = Cluster::apart(2, &[]);
    let (a, b) = (&cluster.sites[0], &cluster.sites[1]);
    let (status, asked) = b.join(a.listen());
    assert_eq!((status, asked["state"].as_str()), (202, Some("pending")), "{asked}");
    let pending = a.peer("site-b").expect("it is listed");
    assert_eq!(pending["state"], "pending");
    assert_eq!(pending["words"], asked["words"], "both sides show the same four words");
    assert_eq!(asked["words"].as_str().expect("words").split(' ').count(), 4);
    let (status, approved) = a.post("/v1/peers/site-b/approve", "");
    assert_eq!(status, 200, "{approved}");
    b.join_by(a.listen());
    cluster.wait_in_step();
}
