//! Tokens are good on every node, and removal is for good.

use vigil_tests::Cluster;

#[test]
fn a_token_made_on_one_node_is_honoured_and_revoked_on_all() {
    let cluster = Cluster::start(2);
    let (a, b) = (&cluster.sites[0], &cluster.sites[1]);
    let (status, admin) = a.post("/v1/tokens", r#"{"name":"boss","role":"admin"}"#);
    assert_eq!(status, 200, "{admin}");
    let secret = format!("Bearer {}", admin["secret"].as_str().expect("shown once"));
    let with = [("content-type", "application/json"), ("authorization", secret.as_str())];
    let client = b.client();
    b.wait("the token has arrived", |_| client.post("/v1/sync", &with, b"").is_ok_and(|answer| answer.status == 200));
    let denied = client.get("/v1/query", &[("q", "*")]).expect("reachable");
    assert_eq!(denied.status, 401, "{}", denied.text);
    let made = client.post("/v1/tokens", &with, br#"{"name":"eyes","role":"reader"}"#).expect("reachable");
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(made.json()["secret"].as_str().is_some_and(|secret| secret.len() > 50));
}

#[test]
fn a_removed_node_is_told_and_its_later_events_count_nowhere() {
    let cluster = Cluster::start(3);
    let (a, b, c) = (&cluster.sites[0], &cluster.sites[1], &cluster.sites[2]);
    b.client().ingest("{\"message\":\"before\"}\n");
    cluster.wait_in_step();
    let answer = a.delete("/v1/peers/site-b");
    assert_eq!(answer.0, 200, "{}", answer.1);
    c.wait("everyone knows", |site| site.peer("site-b").is_some_and(|peer| peer["state"] == "removed"));
    b.wait("it is told", |site| site.cluster().is_some_and(|cluster| cluster["fenced"] != ""));
    for site in [a, c] {
        assert_eq!(site.client().count("before"), 1, "what it wrote before stays");
    }
}

#[test]
fn a_node_that_leaves_keeps_its_data_and_can_join_again_as_a_new_one() {
    let cluster = Cluster::start(2);
    let (a, b) = (&cluster.sites[0], &cluster.sites[1]);
    a.client().ingest("{\"message\":\"shared\"}\n");
    cluster.wait_in_step();
    let before = b.cluster().expect("reachable")["node"].clone();
    let (status, left) = b.post("/v1/leave", "");
    assert_eq!(status, 200, "{left}");
    b.wait("it is a node of its own", |site| {
        site.cluster().is_some_and(|it| it["members"] == 1 && it["node"] != before && it["fenced"] == "")
    });
    a.wait("the other has heard", |site| site.peer("site-b").is_some_and(|peer| peer["state"] == "removed"));
    assert_eq!(b.client().count("shared"), 1, "what it held it keeps");
    b.join_by(&a.invite());
    cluster.wait_in_step();
}
