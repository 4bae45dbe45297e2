//! Does it matter where a body is cut? It must not.

use proptest::prelude::*;
use vigil_ingest::{Format, Recipe};
use vigil_model::limits::{LINE_BYTES_MAX, REJECTS_NAMED_MAX, SUBMISSION_RECORDS_MAX};

use crate::{decode, recipe};

const FORMATS: [Format; 6] =
    [Format::Detect, Format::Json, Format::Ndjson, Format::JsonArray, Format::JsonObjects, Format::Lines];

/// What bodies are made of, right and wrong.
const PIECES: [&[u8]; 14] = [
    br#"{"time":"2026-08-01T12:00:00Z","a":{"b":[1,{"c":"}"}]}}"#,
    br#"{"message":"quote \" brace } bracket ]","n":1}"#,
    b"{\n \"spread\": 1\n}",
    b"{\"cut",
    b"plain text",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"[",
    b"]",
    b",",
    b"42",
    b"\n",
    b"\r\n",
    b" ",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

fn cut<'a>(body: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = body;
    let mut chunks = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (head, tail) = rest.split_at((*size).min(rest.len()));
        chunks.push(head);
        rest = tail;
    }
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn cuts_do_not_matter(body in body(), sizes in prop::collection::vec(1..9usize, 1..6)) {
        for format in FORMATS {
            let recipe = recipe(format);
            prop_assert_eq!(decode(&recipe, &cut(&body, &sizes)), decode(&recipe, &[&body]), "{:?}", format);
        }
    }

    #[test]
    fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200usize) {
        let (head, tail) = body.split_at(cut.min(body.len()));
        for format in FORMATS {
            decode(&Recipe { time_field: Some("a.b".into()), ..recipe(format) }, &[head, tail]);
        }
    }

    #[test]
    fn no_damage_to_json_is_a_panic(at in 0..120usize, byte: u8) {
        let mut body = br#"[{"time":1785585600.5,"a":{"b":[1,-2.5e3,{"c":"\u00e9}"}]},"d":[]},{"e":null}]"#.to_vec();
        let at = at % body.len();
        body[at] = byte;
        FORMATS.iter().for_each(|format| drop(decode(&recipe(*format), &[&body])));
    }
}

#[test]
fn elements_and_lines_longer_than_the_limit_cost_only_themselves() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LINE_BYTES_MAX));
    let array = format!("[{{\"n\":1}},{long},{{\"n\":2}}]");
    let lines = format!("{{\"n\":1}}\n{long}\n{{\"n\":2}}");
    for (format, body) in [(Format::JsonArray, array), (Format::Ndjson, lines)] {
        let whole = decode(&recipe(format), &[body.as_bytes()]);
        let pieces: Vec<_> = body.as_bytes().chunks(10_007).collect();
        assert_eq!(decode(&recipe(format), &pieces), whole);
        assert_eq!((whole.accepted, whole.rejects.count(), whole.rejects.named()[0].line), (2, 1, 2));
    }
}

#[test]
fn full_chunks_are_cut_by_count_and_by_bytes() {
    let many = "{\"a\":1}\n".repeat(2 * SUBMISSION_RECORDS_MAX + 5);
    let counts: Vec<_> =
        decode(&recipe(Format::Ndjson), &[many.as_bytes()]).chunks.iter().map(|chunk| chunk.len()).collect();
    assert_eq!(counts, [SUBMISSION_RECORDS_MAX, SUBMISSION_RECORDS_MAX, 5]);

    let large = format!("{}\n", "x".repeat(100_000)).repeat(7);
    let counts: Vec<_> =
        decode(&recipe(Format::Lines), &[large.as_bytes()]).chunks.iter().map(|chunk| chunk.len()).collect();
    assert_eq!(counts, [2, 2, 2, 1]);
}

#[test]
fn all_rejects_are_counted_and_the_first_are_named() {
    let outcome = decode(&recipe(Format::Ndjson), &["oops\n".repeat(5_000).as_bytes()]);
    assert_eq!((outcome.rejects.count(), outcome.rejects.named().len()), (5_000, REJECTS_NAMED_MAX));
}
