//! Does every pair of logfmt come back?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;

use super::{bare, list, text};
use crate::decode;

pub(super) const SAMPLES: &str = r#"ts=2026-11-21T10:00:00.123Z caller=main.go:12 level=info msg="listening \"now\"" addr=:9090 took=1.50
time="2026-11-21T10:00:01+01:00" level=warning msg="two\nlines é \u00e9 \xc3\xa9 \q" http.status=200 empty= quoted="" flag
at=info method=GET path="/x?a=b" host=app.example fwd="192.0.2.1" dyno=web.1 connect=1ms service=22ms status=200
a=1 a=2 a="3" =odd x==y "some words" open="never closed b=2"#;

#[test]
fn pairs_and_flags() {
    expect![[r#"
        2026-11-21T10:00:00.123Z
          addr: Str(":9090")
          caller: Str("main.go:12")
          level: Str("info")
          msg: Str("listening \"now\"")
          took: Str("1.50")
        2026-11-21T09:00:01Z
          empty: Str("")
          flag: Bool(true)
          http.status: Str("200")
          level: Str("warning")
          msg: Str("two\nlines é é é \\q")
          quoted: Str("")
        1970-01-01T00:00:01Z (arrived)
          at: Str("info")
          connect: Str("1ms")
          dyno: Str("web.1")
          fwd: Str("192.0.2.1")
          host: Str("app.example")
          method: Str("GET")
          path: Str("/x?a=b")
          service: Str("22ms")
          status: Str("200")
        1970-01-01T00:00:01Z (arrived)
          =odd: Bool(true)
          a: Str("1")
          a_2: Str("2")
          a_3: Str("3")
          open: Str("\"never closed b=2")
          some words: Bool(true)
          x: Str("=y")
    "#]]
    .assert_eq(&list(&bare(Format::Logfmt), SAMPLES));
}

#[test]
fn a_line_without_a_pair_is_kept_as_text() {
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          message: Str("plain words only")
          parse_error: Str("logfmt: no `key=value`")
        1970-01-01T00:00:01Z (arrived)
          message: Str("= 1")
          parse_error: Str("logfmt: no `key=value`")
    "#]]
    .assert_eq(&list(&bare(Format::Logfmt), "plain words only\n= 1"));
}

/// As Go quotes.
fn quoted(value: &str) -> String {
    format!("{value:?}").replace("\\'", "'")
}

proptest! {
    #[test]
    fn every_pair_comes_back(fields in prop::collection::btree_map("[a-z][A-Za-z0-9_.-]{0,8}X", "[ -~é\n\t]{0,12}", 1..20)) {
        let pairs: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
        let outcome = decode(&bare(Format::Logfmt), &[pairs.join(" ").as_bytes()]);
        let records = outcome.records();
        for (key, value) in &fields {
            prop_assert_eq!(text(&records[0], key), Some(value.clone()));
        }
        prop_assert_eq!(records[0].fields().count(), fields.len());
    }
}
