//! What do events look like that came in well?

use expect_test::expect;
use vigil_ingest::{Format, Recipe};

use crate::{recipe, show};

#[test]
fn values_keep_their_type_and_objects_become_dotted_names() {
    let body = r#"{"time":"2026-08-01T12:00:00Z","a":{"b":{"c":1},"d":{}},"n":null,"t":true,"f":0.5,"l":[1,"x",[2],{"k": [1, {}],"k":null},{}],"e":[]}"#;
    expect![[r#"
        2026-08-01T12:00:00Z {"a.b.c": Int(1), "a.d": Str("{}"), "e": List([]), "f": Float(0.5), "l": List([Int(1), Str("x"), List([Int(2)]), Str("{\"k\":[1,{}],\"k\":null}"), Str("{}")]), "n": Null, "t": Bool(true)}
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
}

#[test]
fn whole_numbers_of_any_size_are_kept() {
    let body = r#"{"max":9223372036854775807,"more":9223372036854775808,"u64":18446744073709551615,"huge":-123456789012345678901234567890,"list":[18446744073709551616],"e":1e30,"min":-9223372036854775808}"#;
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"e": Float(1e30), "huge": Str("-123456789012345678901234567890"), "list": List([Str("18446744073709551616")]), "max": Int(9223372036854775807), "min": Int(-9223372036854775808), "more": Str("9223372036854775808"), "u64": Str("18446744073709551615")}
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
}

#[test]
fn the_last_of_two_twins_stays_and_own_names_make_room() {
    let body = "{\"a\":1,\"a\":2,\"_id\":\"x\",\"_class\":3,\"_other\":4,\"_time\":\"unreadable\",\"x\":{\"_id\":5}}";
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"_class_": Int(3), "_id_": Str("x"), "_other": Int(4), "_time_": Str("unreadable"), "a": Int(2), "x._id": Int(5)}
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
}

#[test]
fn the_first_name_that_reads_as_a_time_gives_it() {
    let body = r#"{"datetime":"2026-01-01T00:00:00Z","@timestamp":"2026-08-01 12:00:00,5","time":"soon","ts":"2026-01-02T00:00:00Z"}
{"ts":1785585600123}
{"time":"2026-08-01T12:00:00Z","time":12}
{"time":250,"a":{"time":"2026-08-01T12:00:00Z"}}
"#;
    expect![[r#"
        2026-08-01T12:00:00.5Z {"datetime": Str("2026-01-01T00:00:00Z"), "time": Str("soon"), "ts": Str("2026-01-02T00:00:00Z")}
        2026-08-01T12:00:00.123Z {}
        arrived 1970-01-01T00:00:01Z {"time": Int(12)}
        arrived 1970-01-01T00:00:01Z {"a.time": Str("2026-08-01T12:00:00Z"), "time": Int(250)}
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
}

#[test]
fn events_of_the_journal_are_known_by_their_time_field() {
    let body = r#"{"__REALTIME_TIMESTAMP":"1785585600123456","MESSAGE":"started","PRIORITY":"6"}
{"__REALTIME_TIMESTAMP":"1785585600123456","MESSAGE":"theirs","message":"own"}
{"__REALTIME_TIMESTAMP":"1785585600123456","MESSAGE":[104,105]}
{"MESSAGE":"of no journal","date":"2026-08-01 12:00:00"}
"#;
    expect![[r#"
        2026-08-01T12:00:00.123456Z {"PRIORITY": Str("6"), "message": Str("started")}
        2026-08-01T12:00:00.123456Z {"MESSAGE": Str("theirs"), "message": Str("own")}
        2026-08-01T12:00:00.123456Z {"MESSAGE": List([Int(104), Int(105)])}
        2026-08-01T12:00:00Z {"MESSAGE": Str("of no journal")}
    "#]]
    .assert_eq(&show(&recipe(Format::Ndjson), body));
    let recipe =
        Recipe { message_field: Some("PRIORITY".into()), time_field: Some("at".into()), ..recipe(Format::Ndjson) };
    let body = r#"{"__REALTIME_TIMESTAMP":"1785585600123456","MESSAGE":"x","PRIORITY":"6","at":"1785585600"}
{"__REALTIME_TIMESTAMP":"1785585600123456","MESSAGE":"x","message":"own","at":"1785585600"}
"#;
    expect![[r#"
        2026-08-01T12:00:00Z {"MESSAGE": Str("x"), "__REALTIME_TIMESTAMP": Str("1785585600123456"), "message": Str("6")}
        2026-08-01T12:00:00Z {"MESSAGE": Str("x"), "__REALTIME_TIMESTAMP": Str("1785585600123456"), "message": Str("own")}
    "#]].assert_eq(&show(&recipe, body));
}

#[test]
fn times_without_an_offset_are_those_of_the_sources_zone() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    let recipe = Recipe { zone, ..recipe(Format::Ndjson) };
    let body = r#"{"time":"2026-08-01 12:00:00","n":1}
{"time":"2026-08-01 12:00:00Z","n":2}
"#;
    expect![[r#"
        2026-08-01T10:00:00Z {"n": Int(1)}
        2026-08-01T12:00:00Z {"n": Int(2)}
    "#]]
    .assert_eq(&show(&recipe, body));
}

#[test]
fn a_named_time_field_is_the_only_one() {
    let recipe = Recipe { time_field: Some("event.at".into()), ..recipe(Format::Ndjson) };
    let body = r#"{"event":{"at":1785585600.25},"time":"2020-01-01T00:00:00Z"}
{"event":{"at":250}}
{"event":{"at":"noon"},"time":"2020-01-01T00:00:00Z"}
{"time":"2020-01-01T00:00:00Z"}
{"parse_error":"their own"}
"#;
    expect![[r#"
        2026-08-01T12:00:00.25Z {"time": Str("2020-01-01T00:00:00Z")}
        1970-01-01T00:04:10Z {}
        arrived 1970-01-01T00:00:01Z {"event.at": Str("noon"), "parse_error": Str("time field `event.at` is not a time"), "time": Str("2020-01-01T00:00:00Z")}
        arrived 1970-01-01T00:00:01Z {"parse_error": Str("time field `event.at` is missing"), "time": Str("2020-01-01T00:00:00Z")}
        arrived 1970-01-01T00:00:01Z {"parse_error": Str("their own")}
    "#]]
    .assert_eq(&show(&recipe, body));
}

#[test]
fn message_and_source_are_set_without_losing_the_events_own() {
    let recipe =
        Recipe { source: Some("shop".into()), message_field: Some("log.text".into()), ..recipe(Format::Ndjson) };
    let body = r#"{"log":{"text":"hello"},"message":"own","source":{"ip":"::1"}}
{"log":{"text":7},"message":"own","source":"theirs"}
"#;
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("hello"), "message_": Str("own"), "source": Str("shop"), "source.ip": Str("::1")}
        arrived 1970-01-01T00:00:01Z {"log.text": Int(7), "message": Str("own"), "source": Str("theirs")}
    "#]]
    .assert_eq(&show(&recipe, body));
}

#[test]
fn plain_lines_are_messages() {
    let recipe = Recipe { source: Some("syslog".into()), ..recipe(Format::Lines) };
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str(" one "), "source": Str("syslog")}
        arrived 1970-01-01T00:00:01Z {"message": Str("two �"), "parse_error": Str("invalid utf-8"), "source": Str("syslog")}
    "#]]
    .assert_eq(&show(&recipe, b"\xef\xbb\xbf one \r\n\n\ntwo \xff"));
}

#[test]
fn content_decides_where_the_type_does_not() {
    for (format, body) in [
        (Format::Json, "[{\"a\":1},{\"b\":2}]"),
        (Format::Json, "{\"a\":1}\n{\"b\":2}\n"),
        (Format::Json, "{\n\"a\":1}\n{\"b\":\n2}\n"),
        (Format::Detect, "\u{feff}\n[ {\"a\":1},{\"b\":2} ]\n"),
        (Format::Detect, "{\"a\":1}\r\n\r\n{\"b\":2}"),
        (Format::JsonArray, "\u{feff}[{\"a\":1},{\"b\":2}]"),
    ] {
        let shown = show(&recipe(format), body);
        let expected = "arrived 1970-01-01T00:00:01Z {\"a\": Int(1)}\narrived 1970-01-01T00:00:01Z {\"b\": Int(2)}\n";
        assert_eq!(shown, expected, "{body}");
    }
    for body in ["", "\n\n", "\u{feff}", "[]", " [ ] "] {
        assert_eq!(show(&recipe(Format::Json), body), "", "{body}");
    }
}
