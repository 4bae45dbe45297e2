//! Do patterns of one's own make the fields that they name?

use std::sync::Arc;

use expect_test::expect;
use vigil_ingest::{Format, Pattern, Recipe};

use super::{bare, list};

fn recipe(patterns: &[&str], time_field: Option<&str>, time_form: Option<&str>) -> Recipe {
    let definitions = [("ORDER", "[A-Z]{2}-%{INT}"), ("LOOP", "%{LOOP}")];
    let pattern = Arc::new(Pattern::new(patterns, &definitions, time_form).expect("a pattern"));
    Recipe { pattern: Some(pattern), time_field: time_field.map(str::to_owned), ..bare(Format::Custom) }
}

fn refused(pattern: &str) -> String {
    let definitions = [("LOOP", "%{LOOP}"), ("WIDE", "%{W1}%{W1}%{W1}"), ("W1", "%{DATESTAMP}{99}%{DATESTAMP}")];
    Pattern::new(&["ok", pattern], &definitions, None).map_or_else(|(n, why)| format!("{n}: {why}"), |_| "fine".into())
}

#[test]
fn grok_with_types_and_definitions() {
    let recipe = recipe(
        &[
            r"^%{IP:[client][ip]} %{WORD:method} %{ORDER:order} %{NUMBER:took:float}s %{INT:size:int}$",
            r"^(?<kind>[a-z]+)!(?: %{WORD:word})?(?: %{NUMBER:word})? %{GREEDYDATA:message}$",
            r"%{SYSLOGPROG}: %{DATA:message}\.",
        ],
        None,
        None,
    );
    let body = "10.0.0.1 GET AB-12 0.25s 99999999999999999999\n::1 GET AB-12 1s 7\nalert! twelve 12 eggs\n[x] cron[12]: done. Rest\nnothing of this";
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          client.ip: Str("10.0.0.1")
          message: Str("10.0.0.1 GET AB-12 0.25s 99999999999999999999")
          method: Str("GET")
          order: Str("AB-12")
          size: Str("99999999999999999999")
          took: Float(0.25)
        1970-01-01T00:00:01Z (arrived)
          client.ip: Str("::1")
          message: Str("::1 GET AB-12 1s 7")
          method: Str("GET")
          order: Str("AB-12")
          size: Int(7)
          took: Float(1.0)
        1970-01-01T00:00:01Z (arrived)
          kind: Str("alert")
          message: Str("eggs")
          word: Str("twelve")
          word_2: Str("12")
        1970-01-01T00:00:01Z (arrived)
          event.original: Str("[x] cron[12]: done. Rest")
          message: Str("done")
          process.name: Str("cron")
          process.pid: Int(12)
        1970-01-01T00:00:01Z (arrived)
          message: Str("nothing of this")
          parse_error: Str("custom: no pattern fits")
    "#]]
    .assert_eq(&list(&recipe, body));
}

#[test]
fn times_in_any_form_or_in_one_that_is_said() {
    let known = recipe(&[r"^%{HTTPDATE:timestamp} %{GREEDYDATA:message}"], None, None);
    let said = recipe(&[r"^%{NOTSPACE:at} %{GREEDYDATA:message}"], Some("at"), Some("%d.%m.%Y/%H%M"));
    let shown =
        [list(&known, "21/Nov/2026:10:00:00 +0100 hello"), list(&said, "21.11.2026/1030 hello\nyesterday hello")];
    expect![[r#"
        2026-11-21T09:00:00Z
          message: Str("hello")
        2026-11-21T10:30:00Z
          message: Str("hello")
        1970-01-01T00:00:01Z (arrived)
          at: Str("yesterday")
          message: Str("hello")
          parse_error: Str("time field `at` is not a time")
    "#]]
    .assert_eq(&shown.concat());
}

#[test]
fn what_is_wrong_in_a_pattern_is_said() {
    let shown: Vec<String> = [
        "%{IPP:x}",
        "%{IP:x:number}",
        "%{IP",
        "%{LOOP}",
        "%{WIDE}%{WIDE}%{WIDE}%{WIDE}",
        "(",
        "(?=ahead)",
        "%{IP:}",
        "(?:(?:x{1000}){100}){10}",
        "%{COMBINEDAPACHELOG}",
    ]
    .iter()
    .map(|pattern| format!("{pattern} -> {}\n", refused(pattern)))
    .collect();
    expect![[r#"
        %{IPP:x} -> 1: there is no pattern `IPP`; define it under `definitions`
        %{IP:x:number} -> 1: `number` is no type; there are int, float and text
        %{IP -> 1: a `%{` is not closed by `}`
        %{LOOP} -> 1: `%{LOOP}` refers to itself, or more than 16 deep
        %{WIDE}%{WIDE}%{WIDE}%{WIDE} -> 1: Compiled regex exceeds size limit of 4194304 bytes.
        ( -> 1: unclosed group
        (?=ahead) -> 1: look-around, including look-ahead and look-behind, is not supported
        %{IP:} -> 1: a `%{NAME:}` names no field
        (?:(?:x{1000}){100}){10} -> 1: Compiled regex exceeds size limit of 4194304 bytes.
        %{COMBINEDAPACHELOG} -> fine
    "#]]
    .assert_eq(&shown.concat());
}
