//! Does it matter where a stream of any format is cut? It must not, however lines are framed and joined.

use proptest::prelude::*;
use vigil_ingest::{Format, Multiline, Recipe, Rule};

use crate::{decode, recipe};

const FORMATS: [Format; 6] = [Format::Lines, Format::Ndjson, Format::Syslog, Format::Docker, Format::Cri, Format::Gelf];

/// What streams are made of, right and wrong.
const PIECES: [&[u8]; 18] = [
    b"<34>1 2026-08-01T12:00:00Z h a - - - text\n",
    b"18 <34>su: two\n lines!",
    b"12 ",
    b"99999999 ",
    b"{\"log\":\"whole\\n\",\"stream\":\"stdout\",\"time\":\"2026-08-01T12:00:00Z\"}\n",
    b"{\"log\":\"part\",\"stream\":\"stdout\"}\n",
    b"{\"log\":\" at x\\n\",\"stream\":\"stderr\"}\n",
    b"2026-08-01T12:00:00Z stdout P part\n",
    b"2026-08-01T12:00:00Z stdout F  whole\n",
    b"2026-08-01T12:00:00Z stderr F Caused by: {\xff}\n",
    b"{\"short_message\":\"gelf\",\"host\":\"h\"}\0",
    b"\tat a.b(c.java:1)\n",
    b"Traceback (most recent call last):\n",
    b"plain",
    b"\n",
    b"\r\n\n",
    b"\0",
    b"\xef\xbb\xbf",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn cuts_do_not_matter(body in body(), size in 1..12usize, octets: bool, joined: bool) {
        let multiline = joined.then_some(Multiline { rule: Rule::Indent, lines: 4 });
        for format in FORMATS {
            let recipe = Recipe { octets, multiline: multiline.clone(), ..recipe(format) };
            let chunks: Vec<_> = body.chunks(size).collect();
            prop_assert_eq!(decode(&recipe, &chunks), decode(&recipe, &[&body]), "{:?}", format);
        }
    }

    #[test]
    fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..200), octets: bool) {
        for format in FORMATS {
            decode(&Recipe { octets, ..recipe(format) }, &[&body]);
        }
    }
}

#[test]
fn every_line_is_one_event_or_one_reject() {
    let lines = PIECES.concat().split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && *line != b"\r").count();
    for format in [Format::Lines, Format::Syslog] {
        let outcome = decode(&recipe(format), &[&PIECES.concat()]);
        assert_eq!(outcome.accepted + outcome.rejects.count(), lines as u64, "{format:?}");
    }
}
