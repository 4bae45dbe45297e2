//! Do lines of containers come together from their parts, with time, stream and members?

use expect_test::expect;
use vigil_ingest::{Batch, Decoder, Format, Multiline, Recipe, Rule};
use vigil_model::limits::JOINED_BYTES_MAX;

use crate::{NOW, decode, recipe, show};

#[test]
fn docker() {
    let body = r#"{"log":"plain \u00e9\r\n","stream":"stdout","time":"2026-08-01T12:00:00.123456789Z"}
{"log":"first, ","stream":"stdout","time":"2026-08-01T12:00:01Z"}
{"log":"other stream\n","stream":"stderr","time":"2026-08-01T12:00:02Z"}
{"log":"second\n","stream":"stdout","time":"2026-08-01T12:00:03Z"}
{"log":"{\"level\":\"warn\",\"a\":{\"b\":18446744073709551616},\"stream\":\"own\",\"time\":\"2026-01-01T00:00:00Z\"}\n","stream":"stderr","attrs":{"tag":"web"},"time":"2026-08-01T12:00:04Z"}
{"log":"{not json}\n","time":"soon"}
{"log":"\n","stream":"stdout","time":"2026-08-01T12:00:05Z"}
{"log":5,"stream":"stdout"}
{"stream":"stdout"}
torn
{"log":"at the end","stream":"stdout","time":"2026-08-01T12:00:06Z"}
"#;
    expect![[r#"
        2026-08-01T12:00:00.123456789Z {"message": Str("plain é"), "stream": Str("stdout")}
        2026-08-01T12:00:02Z {"message": Str("other stream"), "stream": Str("stderr")}
        2026-08-01T12:00:01Z {"message": Str("first, second"), "stream": Str("stdout")}
        2026-08-01T12:00:04Z {"a.b": Str("18446744073709551616"), "attrs.tag": Str("web"), "level": Str("warn"), "stream": Str("own"), "stream_": Str("stderr"), "time": Str("2026-01-01T00:00:00Z")}
        arrived 1970-01-01T00:00:01Z {"message": Str("{not json}"), "time": Str("soon")}
        2026-08-01T12:00:05Z {"message": Str(""), "stream": Str("stdout")}
        arrived 1970-01-01T00:00:01Z {"message": Str("{\"log\":5,\"stream\":\"stdout\"}"), "parse_error": Str("docker: invalid type: integer `5`, expected a text at line 1 column 8")}
        arrived 1970-01-01T00:00:01Z {"message": Str("{\"stream\":\"stdout\"}"), "parse_error": Str("docker: no text `log`")}
        arrived 1970-01-01T00:00:01Z {"message": Str("torn"), "parse_error": Str("docker: expected ident at line 1 column 2")}
        2026-08-01T12:00:06Z {"message": Str("at the end"), "stream": Str("stdout")}
    "#]].assert_eq(&show(&recipe(Format::Docker), body));
}

#[test]
fn cri() {
    let body = "2026-08-01T12:00:00.669794202Z stdout P first, \n\
                2026-08-01T12:00:01Z stderr F {\"a\":1}\n\
                2026-08-01T12:00:02+02:00 stdout P second, \n\
                2026-08-01T12:00:03Z stdout F:x third\n\
                2026-08-01T12:00:04Z stdout F\n\
                2026-08-01T12:00:05Z stdout X what\n\
                2026-08-01T12:00:05Z other F what\n\
                soon stdout F what\n\
                2026-08-01T12:00:06Z stderr P never ended\n";
    expect![[r#"
        2026-08-01T12:00:01Z {"a": Int(1), "stream": Str("stderr")}
        2026-08-01T12:00:00.669794202Z {"message": Str("first, second, third"), "stream": Str("stdout")}
        2026-08-01T12:00:04Z {"message": Str(""), "stream": Str("stdout")}
        arrived 1970-01-01T00:00:01Z {"message": Str("2026-08-01T12:00:05Z stdout X what"), "parse_error": Str("cri: neither F nor P behind the stream")}
        arrived 1970-01-01T00:00:01Z {"message": Str("2026-08-01T12:00:05Z other F what"), "parse_error": Str("cri: no stream behind the time")}
        arrived 1970-01-01T00:00:01Z {"message": Str("soon stdout F what"), "parse_error": Str("cri: no time in front")}
        2026-08-01T12:00:06Z {"message": Str("never ended"), "stream": Str("stderr")}
    "#]].assert_eq(&show(&recipe(Format::Cri), body));
}

#[test]
fn lines_of_one_trace_come_together_within_their_stream() {
    let multiline = Some(Multiline { rule: Rule::Indent, lines: 100 });
    let recipe = Recipe { multiline, ..recipe(Format::Cri) };
    let body = "2026-08-01T12:00:00Z stdout F failed\n\
                2026-08-01T12:00:01Z stderr F between\n\
                2026-08-01T12:00:02Z stdout F \n\
                2026-08-01T12:00:02Z stdout P   at a\n\
                2026-08-01T12:00:02Z stdout F (b)\n\
                2026-08-01T12:00:03Z stderr F  more\n\
                2026-08-01T12:00:04Z stdout F next\n";
    expect![[r#"
        2026-08-01T12:00:00Z {"message": Str("failed\n\n  at a(b)"), "stream": Str("stdout")}
        2026-08-01T12:00:04Z {"message": Str("next"), "stream": Str("stdout")}
        2026-08-01T12:00:01Z {"message": Str("between\n more"), "stream": Str("stderr")}
    "#]]
    .assert_eq(&show(&recipe, body));
}

#[test]
fn what_waits_goes_on_when_nothing_comes() {
    let mut decoder = Decoder::new(recipe(Format::Cri));
    let mut batch = Batch::new();
    decoder.feed(b"2026-08-01T12:00:00Z stdout P prompt> \n", NOW, &mut batch);
    assert_eq!(batch.accepted(), 0);
    decoder.idle(NOW, &mut batch);
    assert_eq!(batch.accepted(), 1);
    decoder.finish(NOW, &mut batch);
    assert_eq!(batch.accepted(), 1);
}

#[test]
fn parts_beyond_the_limit_are_events_of_their_own() {
    let part = format!("2026-08-01T12:00:00Z stdout P {}\n", "x".repeat(16 * 1024));
    let parts = JOINED_BYTES_MAX / (16 * 1024) + 1;
    let outcome = decode(&recipe(Format::Cri), &[part.repeat(parts).as_bytes()]);
    assert_eq!((outcome.accepted, outcome.rejects.count()), (2, 0));
}
