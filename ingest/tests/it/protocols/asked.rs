//! What a request asks for all of its events.

use std::sync::Arc;

use expect_test::expect;
use vigil_ingest::{Asked, Format, Recipe};

use crate::show;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn recipe(asked: Asked) -> Recipe {
    let labels = vec![("site".to_owned(), "berlin".to_owned())];
    Recipe { format: Format::Ndjson, labels, asked: Some(Arc::new(asked)), ..crate::recipe(Format::Detect) }
}

#[test]
fn times_and_messages_are_where_they_are_said_to_be() {
    let recipe = recipe(Asked { times: names(&["at", "when"]), messages: names(&["text", "log"]), ..Asked::default() });
    let body = r#"{"at":"2026-01-31T12:00:00Z","time":"2020-01-01T00:00:00Z","text":"a","message":"own"}
{"when":5,"text":"","log":"b"}
{"at":0,"time":"-","log":"c"}
{"at":"nonsense","when":"2026-01-31 12:00:00","message":"d"}
{"message":"e","site":"x"}"#;
    expect![[r#"
        2026-01-31T12:00:00Z {"message": Str("a"), "message_": Str("own"), "site": Str("berlin"), "time": Str("2020-01-01T00:00:00Z")}
        1970-01-01T00:00:05Z {"message": Str("b"), "site": Str("berlin"), "text": Str("")}
        arrived 1970-01-01T00:00:01Z {"message": Str("c"), "site": Str("berlin"), "time": Str("-")}
        2026-01-31T12:00:00Z {"at": Str("nonsense"), "message": Str("d"), "parse_error": Str("time field `at` is not a time"), "site": Str("berlin")}
        arrived 1970-01-01T00:00:01Z {"message": Str("e"), "site": Str("x")}
    "#]]
    .assert_eq(&show(&recipe, body));
}

#[test]
fn fields_go_come_and_lose_their_colours() {
    let recipe = recipe(Asked {
        ignore: names(&["secret", "tmp.*", "time"]),
        decolorize: names(&["m*"]),
        extra: vec![("site".to_owned(), "x".to_owned()), ("env".to_owned(), "prod".to_owned())],
        ..Asked::default()
    });
    let body = r#"{"secret":1,"tmp":{"a":1,"b":[2]},"tmpx":3,"time":"2026-01-31T12:00:00Z","message":"\u001b[1;31mred\u001b[0m","other":"\u001b[1mb","site":"own"}"#;
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"env": Str("prod"), "message": Str("red"), "other": Str("\u{1b}[1mb"), "site": Str("x"), "tmpx": Int(3)}
    "#]]
    .assert_eq(&show(&recipe, body));
}
