//! logcli: series, pages, and a query as it is usually written.

use expect_test::expect;

use super::{get, json, node, text};

#[tokio::test]
async fn series_are_streams() {
    let node = node().await;
    expect![[r#"{"data":[{"host":"web-1","service":"shop","service_name":"shop"},{"host":"web-2","service":"shop","service_name":"shop"}],"status":"success"}"#]].assert_eq(&text(&node, "series", &[("match", "{service=\"shop\"}")]).await);
    expect![[r#"{"data":[{"host":"web-2","service":"shop","service_name":"shop"},{"service_name":"cart"}],"status":"success"}"#]].assert_eq(
        &text(&node, "series", &[("match[]", "{host=\"web-2\"}"), ("match[]", "{service_name=\"cart\"}")]).await,
    );
    let all = json(&node, "series", &[]).await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(4), "{all}");
    assert_eq!(all, json(&node, "series", &[("match", "{}")]).await);
}

#[tokio::test]
async fn page_after_page_forward() {
    let node = node().await;
    let page = |start: String| {
        format!(
            "/loki/api/v1/query_range?query={{service_name=%22shop%22}}&start={start}&end=1769860800000000000&limit=2&direction=FORWARD"
        )
    };
    let (mut start, mut seen) = ("1769860740000000000".to_owned(), 0);
    loop {
        let answer = node.get(&page(start.clone())).await.json();
        let streams = answer["data"]["result"].as_array().expect("streams").iter();
        let times: Vec<u64> = streams
            .flat_map(|stream| stream["values"].as_array().expect("values"))
            .map(|value| value[0].as_str().and_then(|time| time.parse().ok()).expect("ns"))
            .collect();
        let Some(last) = times.iter().max() else { break };
        seen += times.len();
        start = (last + 1).to_string();
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn a_query_is_formatted() {
    let node = node().await;
    let untidy = "sum( rate( {app=\"a\"}|=\"x\"[5m] ) )by(host)";
    expect![[r#"{"data":"sum by (host) (rate({app=\"a\"} |= \"x\" [5m]))","status":"success"}"#]]
        .assert_eq(&text(&node, "format_query", &[("query", untidy)]).await);
    let wrong = get(&node, "format_query", &[("query", "{app=")]).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["status"].clone()), (400, "invalid-query".into()));
    assert!(wrong.json()["error"].as_str().is_some_and(|error| error.contains('^')));
}
