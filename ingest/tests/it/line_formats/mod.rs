//! Do lines of known formats become the fields that they say, and is nothing lost of those that do not read?

mod access;
mod cef;
mod custom;
mod error_log;
mod leef;
mod logfmt;
mod w3c;

use std::sync::Arc;

use proptest::prelude::*;
use vigil_ingest::{Format, Pattern, Pipeline, Recipe};
use vigil_model::{Record, Value};

use crate::{decode, show};

const FORMATS: [Format; 7] =
    [Format::Cef, Format::Leef, Format::Logfmt, Format::Access, Format::ErrorLog, Format::W3c, Format::Custom];

/// A recipe whose events pass no stage: what the parser makes is seen.
pub(crate) fn bare(format: Format) -> Recipe {
    let pattern = Pattern::new(&["%{IPORHOST:source.ip} (?<verb>[A-Z]+) %{GREEDYDATA:message}"], &[], None);
    let pattern = (format == Format::Custom).then(|| Arc::new(pattern.expect("a pattern")));
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
    fn every_line_is_one_event(lines in prop::collection::vec(prop_oneof![mutated(), "[^\r\n]{0,80}"], 1..6)) {
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
