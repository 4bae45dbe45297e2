//! Datadog's intake of logs.

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;
use vigil_ingest::protocols::datadog::datadog;
use vigil_model::Timestamp;

use super::{agree, decoded, shown};
use crate::{NOW, recipe};

#[test]
fn objects_and_lists_of_them() {
    let body = r#" [{"message":"a","status":"Warning","timestamp":1700000000000,"hostname":"h","service":"s",
        "ddsource":"nginx","ddtags":"env:prod,team:a, team:b,blue,:x,hostname:other,url:http://x"},
        {"message":{"message":"inner","timestamp":1700000001000,"lambda":{"arn":"x"},"service":"i"},"service":"s"},
        {"message":"b","level":"x","status":"purple"}, {}, 7, {"message":"c","ddtags":""}]"#;
    let time = Some(Timestamp(5_000_000_000));
    let (outcome, tally) =
        decoded(recipe(Format::Detect), |writer, out| datadog(body.as_bytes(), time, writer, NOW, out));
    let tally = tally.expect("sound");
    agree(&outcome, tally);
    assert_eq!((tally.kept, tally.rejected), (4, 1));
    expect![[r#"
        2023-11-14T22:13:20Z {"ddsource": Str("nginx"), "ddtags.hostname": Str("other"), "env": Str("prod"), "hostname": Str("h"), "level": Str("warn"), "message": Str("a"), "service": Str("s"), "status": Str("Warning"), "tags": List([Str("blue"), Str(":x")]), "team": List([Str("a"), Str("b")]), "url": Str("http://x")}
        2023-11-14T22:13:21Z {"lambda.arn": Str("x"), "message": Str("inner"), "message.service": Str("i"), "service": Str("s")}
        1970-01-01T00:00:05Z {"level": Str("x"), "message": Str("b"), "status": Str("purple")}
        1970-01-01T00:00:05Z {"message": Str("c")}
        item 4: not a JSON object: invalid type: integer `7`, expected a JSON object at line 1 column 1
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn signs_of_life_are_no_events() {
    for body in ["", " \n", "{}", "{ }", "[]", "[{}]"] {
        let (outcome, tally) =
            decoded(recipe(Format::Detect), |writer, out| datadog(body.as_bytes(), None, writer, NOW, out));
        assert_eq!((tally.expect(body).items(), outcome.accepted), (0, 0), "{body}");
    }
    for body in ["[", "oops", "[{}] x"] {
        let (_, answer) =
            decoded(recipe(Format::Detect), |writer, out| datadog(body.as_bytes(), None, writer, NOW, out));
        assert!(answer.is_err(), "{body}");
    }
}

proptest! {
    #[test]
    fn every_element_is_an_event_or_a_reject(tags in prop::collection::vec("[a-z:, ]{0,20}", 0..10)) {
        let objects: Vec<_> = tags.iter().map(|tags| format!("{{\"message\":\"m\",\"ddtags\":\"{tags}\"}}")).collect();
        let body = format!("[{}]", objects.join(","));
        let (outcome, tally) = decoded(recipe(Format::Detect), |writer, out| datadog(body.as_bytes(), None, writer, NOW, out));
        agree(&outcome, tally.expect("sound"));
        prop_assert_eq!(outcome.accepted, tags.len() as u64);
    }

    #[test]
    fn no_bytes_break_it(body in prop::collection::vec(any::<u8>(), 0..100), json in "[\\[\\]{}\":a0-9,]{0,40}") {
        for body in [&body[..], json.as_bytes()] {
            let (outcome, answer) = decoded(recipe(Format::Detect), |writer, out| datadog(body, None, writer, NOW, out));
            answer.map_or_else(|_| assert_eq!(outcome.accepted, 0), |tally| agree(&outcome, tally));
        }
    }
}
