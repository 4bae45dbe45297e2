//! An event among its neighbours.

use serde_json::{Value, json};

use crate::client::{Node, lines};
use crate::fake::Script;
use crate::fake::cluster::site_d;

async fn ids(node: &Node) -> Vec<String> {
    let rows = node.get("/v1/query?q=*&limit=100").await.json()["rows"].take();
    let mut ids: Vec<(String, String)> = rows
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["message"].as_str().unwrap_or("").to_owned(), row["_id"].as_str().unwrap_or("").to_owned()))
        .collect();
    ids.sort();
    ids.into_iter().map(|(_, id)| id).collect()
}

fn messages(answer: &Value) -> Vec<(String, bool)> {
    let row = |row: &Value| (row["message"].as_str().unwrap_or("").to_owned(), row["_here"] == json!(true));
    answer["rows"].as_array().expect("rows").iter().map(row).collect()
}

#[tokio::test]
async fn neighbours_stand_in_the_order_of_the_log() {
    let node = Node::new(Script::default());
    assert_eq!(node.ingest(lines(9)).await.status, 200);
    let ids = ids(&node).await;
    let answer = node.get(&format!("/v1/events/{}/context?before=1&after=2", ids[4])).await.json();
    let expected = [("line 4", false), ("line 5", true), ("line 6", false), ("line 7", false)];
    assert_eq!(messages(&answer), expected.map(|(text, here)| (text.to_owned(), here)));
    assert_eq!((&answer["complete"], &answer["missing"]), (&json!(true), &json!([])));
    assert_eq!(answer["as_of"]["arrival"], 1);
    let all = node.get(&format!("/v1/events/{}/context", ids[0])).await.json();
    assert_eq!(messages(&all).len(), 9);
    node.fake.others(|others| others.missing = vec![site_d()]);
    let partial = node.get(&format!("/v1/events/{}/context", ids[0])).await.json();
    assert_eq!((&partial["complete"], &partial["missing"][0]["node"]), (&json!(false), &json!("site-d")));
}

#[tokio::test]
async fn what_is_not_there_has_no_neighbours() {
    let node = Node::new(Script::default());
    assert_eq!(node.ingest("x").await.status, 200);
    let id = ids(&node).await.remove(0);
    let nowhere = id.replace(".0.logs.", ".7.logs.");
    assert_eq!(node.get(&format!("/v1/events/{nowhere}/context")).await.code(), (404, "no_such_event".to_owned()));
    assert_eq!(node.get("/v1/events/x/context").await.code(), (400, "bad_event_id".to_owned()));
    for parameter in ["before=1001", "after=-1", "around=3"] {
        assert_eq!(node.get(&format!("/v1/events/{id}/context?{parameter}")).await.status, 400, "{parameter}");
    }
}
