//! Elasticsearch's `_bulk`: one outcome for each action.

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;
use vigil_ingest::protocols::bulk::{Item, Malformed, Outcome, bulk, document};

use super::{decoded, shown};
use crate::{NOW, recipe};

fn items(body: &str, index: Option<&str>) -> (crate::Outcome, Result<Vec<Item>, Malformed>) {
    decoded(recipe(Format::Detect), |writer, out| bulk(body.as_bytes(), index, writer, NOW, out))
}

#[test]
fn actions_and_documents() {
    let body = "{ \"create\" : { \"_index\" : \"logs-app\" , \"routing\": \"r\" } }\r\n\
        { \"message\" : \"a\", \"@timestamp\": \"2026-01-31T12:00:00Z\" }\r\n\r\n\
        {\"index\":{\"_id\":7}}\n{\"message\":\"b\",\"index\":\"its own\"}\n\
        {\"delete\":{\"_id\":\"x\"}}\n\
        {\"update\":{\"_id\":\"y\"}}\n{\"doc\":{}}\n\
        {\"create\":null}\nno document\n\
        {\"index\":{}}";
    let (outcome, items) = items(body, Some("of-path"));
    let items = items.expect("sound");
    let said: String = items
        .iter()
        .map(|item| format!("{} {:?} {} {:?}\n", item.verb.name(), item.index.as_deref(), item.id, item.outcome))
        .collect();
    expect![[r#"
        create Some("logs-app") 47908078652355374c50 Kept
        index Some("of-path") 7 Kept
        delete Some("of-path") x Unsupported
        update Some("of-path") y Unsupported
        create Some("of-path") 10976b86cf79a49ec706 Refused(NotJson { what: "expected ident", line: 1, column: 2 })
        index Some("of-path") d191ea1f3abdbac8d73c Refused(Item("the action has no document behind it"))
    "#]]
    .assert_eq(&said);
    expect![[r#"
        2026-01-31T12:00:00Z {"index": Str("logs-app"), "message": Str("a")}
        arrived 1970-01-01T00:00:01Z {"event.id": Str("7"), "index": Str("its own"), "message": Str("b")}
        item 9: not a JSON object: expected ident at line 1 column 2
        item 11: the action has no document behind it
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn a_line_that_is_no_action_refuses_all() {
    for (body, why) in [
        ("", "request body is required"),
        ("\n \r\n", "request body is required"),
        ("{\"create\":{}}\n{}\noops\n{}", "Malformed action/metadata line [3]: expected value at line 1 column 1"),
        ("{\"a\":{}}\n{}", "Malformed action/metadata line [1]: expected create, index, update or delete, found [a]"),
        ("{\"create\":{},\"index\":{}}\n{}", "Malformed action/metadata line [1]: expected one action"),
        ("{}\n{}", "Malformed action/metadata line [1]: expected one action"),
    ] {
        let (outcome, items) = items(body, None);
        assert_eq!(items.map_err(|why| why.to_string()), Err(why.to_owned()));
        assert_eq!((outcome.accepted, outcome.rejects.count()), (0, 0));
    }
}

#[test]
fn made_ids_are_stable_and_tell_documents_apart() {
    let ids =
        |body: &str| -> Vec<String> { items(body, None).1.expect("sound").into_iter().map(|item| item.id).collect() };
    let body = "{\"create\":{}}\n{\"a\":1}\n{\"create\":{}}\n{\"a\":1}\n";
    assert_eq!(ids(body), ids(body));
    assert_ne!(ids(body)[0], ids(body)[1]);
    assert!(ids(body).iter().all(|id| id.len() == 20));
}

#[test]
fn a_document_that_a_path_names() {
    let (outcome, item) =
        decoded(recipe(Format::Detect), |writer, out| document(b"{\"a\":1}", "logs", Some("k"), writer, NOW, out));
    assert_eq!((item.id.as_str(), &item.outcome), ("k", &Outcome::Kept));
    assert_eq!(
        shown(&outcome),
        "arrived 1970-01-01T00:00:01Z {\"a\": Int(1), \"event.id\": Str(\"k\"), \"index\": Str(\"logs\")}\n"
    );
}

proptest! {
    #[test]
    fn one_outcome_for_each_action(
        actions in prop::collection::vec((0_usize..4, "[{}\"a:0-9,]{1,20}", any::<bool>()), 0..30),
    ) {
        let verbs = ["create", "index", "update", "delete"];
        let mut body = String::new();
        for (verb, document, crlf) in &actions {
            let end = if *crlf { "\r\n" } else { "\n" };
            body.push_str(&format!("{{\"{}\":{{}}}}{end}", verbs[*verb]));
            if *verb != 3 {
                body.push_str(&format!("{document}{end}"));
            }
        }
        let (outcome, items) = items(&body, None);
        let items = items.unwrap_or_default();
        prop_assert_eq!(items.len(), actions.len());
        let kept = items.iter().filter(|item| item.outcome == Outcome::Kept).count();
        prop_assert_eq!(kept as u64, outcome.accepted);
        let refused = items.iter().filter(|item| matches!(item.outcome, Outcome::Refused(_))).count();
        prop_assert_eq!(refused as u64, outcome.rejects.count());
        let named = items.iter().zip(&actions).all(|(item, (verb, ..))| item.verb.name() == verbs[*verb]);
        prop_assert!(named);
    }

    #[test]
    fn no_bytes_break_it(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let (outcome, items) = decoded(recipe(Format::Detect), |writer, out| bulk(&body, None, writer, NOW, out));
        prop_assert!(items.is_ok() || outcome.accepted == 0);
    }
}
