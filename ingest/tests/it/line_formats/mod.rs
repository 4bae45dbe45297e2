//! Do lines of known formats become the fields that they say, and is nothing lost of those that do not read?

mod access;
mod cef;
mod custom;
mod error_log;
mod leef;
mod logfmt;
mod many;
mod w3c;

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use vigil_ingest::{Format, Pattern, Pipeline, Recipe};
use vigil_model::{Record, Value};

use crate::{decode, show};

const FORMATS: [Format; 7] =
    [Format::Cef, Format::Leef, Format::Logfmt, Format::Access, Format::ErrorLog, Format::W3c, Format::Custom];

/// A recipe whose events pass no stage: what the parser makes is seen.
pub(crate) fn bare(format: Format) -> Recipe {
    static PATTERN: LazyLock<Arc<Pattern>> = LazyLock::new(|| {
        let pattern = Pattern::new(&["%{IPORHOST:source.ip} (?<verb>[A-Z]+) %{GREEDYDATA:message}"], &[], None);
        Arc::new(pattern.expect("a pattern"))
    });
    let pattern = (format == Format::Custom).then(|| Arc::clone(&PATTERN));
    Recipe { format, pattern, pipeline: Pipeline::none(), ..Recipe::default() }
}

/// Events of a body, a field a line.
pub(crate) fn list(recipe: &Recipe, body: &str) -> String {
    let outcome = decode(recipe, &[body.as_bytes()]);
    assert_eq!(outcome.rejects.count(), 0);
    let mut text = String::new();
    for record in outcome.records() {
        text += &format!("{}{}\n", record.time(), if record.time_assumed() { " (arrived)" } else { "" });
        for (name, value) in record.fields() {
            text += &format!("  {name}: {value:?}\n");
        }
    }
    text
}

/// The text of a field, numbers written out.
pub(crate) fn text(record: &Record<'_>, name: &str) -> Option<String> {
    record.get(name).map(|value| value.to_string())
}

/// Lines as each format has them.
fn samples() -> Vec<String> {
    [cef::SAMPLES, leef::SAMPLES, logfmt::SAMPLES, access::SAMPLES, error_log::SAMPLES, w3c::SAMPLES]
        .iter()
        .flat_map(|sample| sample.lines().map(str::to_owned))
        .collect()
}

/// A line of some format with some bytes changed, put in or cut out.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..3usize, "[ =|\\\\\"#\\[\\]:,\tkx0-9é-]{0,4}");
    (prop::sample::select(samples()), prop::collection::vec(edit, 0..6)).prop_map(|(line, edits)| {
        let mut letters: Vec<char> = line.chars().collect();
        for (at, cut, new) in edits {
            let at = at.index(letters.len() + 1);
            let end = (at + cut).min(letters.len());
            letters.splice(at..end, new.chars());
        }
        letters.into_iter().collect()
    })
}

fn is_directive(format: Format, line: &str) -> bool {
    format == Format::W3c && line.starts_with('#')
}

proptest! {
    #[test]
    fn every_line_is_one_event(lines in prop::collection::vec(prop_oneof![mutated(), "[^\r\n\u{feff}]{0,80}"], 1..6)) {
        let expected: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        for format in FORMATS {
            let outcome = decode(&bare(format), &[lines.join("\n").as_bytes()]);
            let directives = expected.iter().filter(|line| is_directive(format, line)).count() as u64;
            prop_assert_eq!(outcome.rejects.count(), 0);
            prop_assert!(outcome.accepted <= expected.len() as u64, "{:?}", format);
            prop_assert!(outcome.accepted >= expected.len() as u64 - directives, "{:?} {:?}", format, expected);
        }
    }

    #[test]
    fn cuts_do_not_matter(line in mutated(), other in mutated(), at: prop::sample::Index) {
        let body = format!("#Fields: a b time\n{line}\n{other}");
        let at = at.index(body.len());
        for format in FORMATS {
            let (head, tail) = body.as_bytes().split_at(at);
            prop_assert_eq!(decode(&bare(format), &[head, tail]), decode(&bare(format), &[body.as_bytes()]));
        }
    }

    #[test]
    fn what_does_not_read_is_kept_whole(line in mutated()) {
        for format in FORMATS {
            let outcome = decode(&bare(format), &[line.as_bytes()]);
            for record in outcome.records() {
                let unread = record.get("parse_error").is_some();
                if unread {
                    prop_assert_eq!(text(&record, "message"), Some(line.trim_start_matches('\u{feff}').to_owned()));
                }
                if !unread && matches!(format, Format::Cef | Format::Leef) {
                    prop_assert_eq!(record.get("event.original"), Some(Value::Str(&line)));
                }
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text_cost_only_themselves() {
    let shown = show(&bare(Format::Logfmt), b"a=\xff b=2");
    assert!(shown.contains("\"b\": Str(\"2\")") && shown.contains("invalid utf-8"), "{shown}");
}

#[test]
fn long_lines_are_one_event_whatever_their_parts_repeat() {
    for length in [1_000, 30_000, 59_000, 70_000, 200_000] {
        let long = "x".repeat(length);
        for (format, line) in [
            (Format::Cef, format!("CEF:0|V|P|1|9|N|1|cs1={long} cs1Label=Long cs1Label=More")),
            (Format::Cef, format!("CEF:0|V|P|1|9|{long}|1|src=1")),
            (Format::Leef, format!("LEEF:1.0|V|P|1|9|src=1\tmsg={long}")),
            (Format::Logfmt, format!("a={long}")),
            (Format::Access, format!("1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] \"GET /{long} HTTP/1.1\" 200 1")),
            (
                Format::Access,
                format!("{}[21/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1", "x ".repeat(length / 2)),
            ),
            (
                Format::ErrorLog,
                format!("2026/11/21 10:00:04 [error] 1#1: x, client: 1.2.3.4, request: \"GET /{long} HTTP/1.1\""),
            ),
            (Format::W3c, format!("#Fields: cs-method cs-uri-stem\nGET /{long}")),
            (Format::Custom, format!("host GET {long}")),
        ] {
            let outcome = decode(&bare(format), &[line.as_bytes()]);
            assert_eq!((outcome.accepted, outcome.rejects.count()), (1, 0), "{format:?} {length}");
            let last = line.lines().last().expect("a line");
            if outcome.records()[0].get("parse_error").is_some() {
                assert_eq!(text(&outcome.records()[0], "message").as_deref(), Some(last));
            }
        }
    }
}

#[test]
fn parts_within_parts_fit_or_are_left_out() {
    let nested = Pattern::new(&["(?<a>(?<b>(?<c>(?<d>(?<e>(?<f>.*))))))"], &[], None).expect("a pattern");
    let recipe = Recipe { pattern: Some(Arc::new(nested)), ..bare(Format::Custom) };
    for length in [100, 19_000, 50_000] {
        let outcome = decode(&recipe, &["x".repeat(length).as_bytes()]);
        assert_eq!((outcome.accepted, outcome.rejects.count()), (1, 0));
        assert_eq!(outcome.records()[0].get("f").is_some(), length < 20_000);
    }
}
