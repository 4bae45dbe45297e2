//! What becomes of whole events, of values that are no texts and of what is nested?

use expect_test::expect;
use vigil_ingest::{Format, Making, Pipeline, Recipe};

use super::{list, map, scalar};
use crate::{recipe, show};

#[test]
fn fields_are_judged_by_name_and_by_content() {
    let body = [
        r#"{"user":{"password":"x","name":"bob","token_count":7},"n":4111111111111111,"card_number":4111111111111111}"#,
        r#"{"password":12345,"token":null,"secret":true,"api_key":["a","b"],"passwd":"","message":"password=x"}"#,
        r#"{"list":["ok",["123-45-6789",7],{"name":"DB_PASSWORD","value":"x"}],"headers":{"Authorization":"Basic eA=="}}"#,
        r#"{"event":{"original":"GET https://u:p@h/ eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"},"session":"17"}"#,
    ];
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"card_number": Str("****-****-****-1111"), "n": Int(4111111111111111), "user.name": Str("bob"), "user.password": Str("***REDACTED***"), "user.token_count": Int(7)}
        arrived 1970-01-01T00:00:01Z {"api_key": Str("***REDACTED***"), "message": Str("password=***REDACTED***"), "passwd": Str(""), "password": Str("***REDACTED***"), "secret": Bool(true), "token": Null}
        arrived 1970-01-01T00:00:01Z {"headers.Authorization": Str("***REDACTED***"), "list": List([Str("ok"), List([Str("***-**-6789"), Int(7)]), Str("{\"name\":\"DB_PASSWORD\",\"value\":\"***REDACTED***\"}")])}
        arrived 1970-01-01T00:00:01Z {"event.original": Str("GET https://u:***REDACTED***@h/ ***REDACTED***"), "session": Str("17")}
    "#]]
    .assert_eq(&show(&Recipe { pipeline: Pipeline::usual(), ..recipe(Format::Ndjson) }, body.join("\n")));
}

#[test]
fn off_is_off() {
    let mut making = Making::bare();
    let pipeline = Pipeline::read(&list(vec![map([("scrub", scalar("off"))])]), &mut making);
    assert_eq!((making.faults, format!("{pipeline:?}").as_str()), (vec![], "[\"scrub\"]"));
    let recipe = Recipe { pipeline: pipeline.into(), ..recipe(Format::Lines) };
    assert!(show(&recipe, "password=x").contains("password=x"));
}
