//! A ticket that is used, expired, of someone else or mistyped: four different answers.

use vigil_tests::{Cluster, Site};

fn refusal(site: &Site, target: &str) -> (u16, String, String) {
    let (status, body) = site.join(target);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let error = if body["error"].is_object() { &body["error"] } else { &body };
    (status, text(&error["code"]), text(&error["message"]))
}

#[test]
fn every_bad_ticket_has_an_answer_of_its_own() {
    let mut cluster = Cluster::apart(3, &[]);
    let used = cluster.sites[0].invite();
    cluster.sites[1].join_by(&used);
    let (status, code, message) = refusal(&cluster.sites[2], &used);
    assert_eq!((status, code.as_str()), (409, "ticket_used"), "{message}");
    assert!(message.contains("site-b"), "{message}");

    let (_, short) = cluster.sites[0].post("/v1/invites", r#"{"for_s":1,"profile":"full","name":""}"#);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let (_, code, message) = refusal(&cluster.sites[2], short["ticket"].as_str().expect("a ticket"));
    assert_eq!(code, "ticket_expired", "{message}");

    let fresh = cluster.sites[0].invite();
    let mut mistyped = fresh.clone().into_bytes();
    let middle = mistyped.len() / 2;
    mistyped[middle] = if mistyped[middle] == b'a' { b'b' } else { b'a' };
    let (status, code, message) = refusal(&cluster.sites[2], &String::from_utf8(mistyped).expect("letters"));
    assert_eq!((status, code.as_str()), (400, "ticket_mistyped"), "{message}");

    let (_, code, message) = refusal(&cluster.sites[2], "vigil-is-no-ticket");
    assert_eq!(code, "not_a_ticket", "{message}");
    let (_, code, message) = refusal(&cluster.sites[0], &fresh);
    assert_eq!(code, "already_in_cluster", "{message}");
    let own = cluster.sites[2].invite();
    let (_, code, message) = refusal(&cluster.sites[2], &own);
    assert_eq!(code, "own_ticket", "{message}");

    // Of another node now: someone else listens where the ticket leads.
    let foreign = cluster.sites[0].invite();
    let listen = cluster.sites[0].listen().to_owned();
    cluster.sites[0].stop();
    let impostor = cluster.add("impostor", &[]);
    impostor.listen_at(&listen);
    impostor.start();
    let (_, code, message) = refusal(&cluster.sites[2], &foreign);
    assert_eq!(code, "wrong_key", "{message}");
    cluster.sites[3].stop();
    let (_, code, message) = refusal(&cluster.sites[2], &foreign);
    assert_eq!(code, "unreachable", "{message}");
    assert!(cluster.sites[2].client().ingest("{\"still\":\"writing\"}\n")["accepted"] == 1);
}
