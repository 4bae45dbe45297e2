//! The index never hides a row: where a record passes a filter, its terms meet the prune.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigil_index::{HASHED_TERMS, Prune, TermCollector, Terms};
use vigil_model::Records;
use vigil_query::{Case, FieldTest, Filter, Set};

use crate::world;

/// The terms of all records together, as if they were one frame.
fn terms(records: &Records) -> BTreeSet<Vec<u8>> {
    let mut collector = TermCollector::default();
    records.iter().flatten().for_each(|record| collector.add(&record));
    collector.take().iter().map(<[u8]>::to_vec).collect()
}

struct Held<'a>(&'a BTreeSet<Vec<u8>>);

impl Terms for Held<'_> {
    fn has(&self, term: &[u8]) -> bool {
        self.0.contains(term)
    }

    fn some_begins(&self, prefix: &[u8]) -> bool {
        self.0.range(prefix.to_vec()..).next().is_some_and(|term| term.starts_with(prefix))
    }

    fn some_word_holds(&self, piece: &[u8], at_end: bool) -> bool {
        let mut words = self.0.range(..HASHED_TERMS.to_vec());
        words.any(
            |word| if at_end { word.ends_with(piece) } else { word.windows(piece.len()).any(|part| part == piece) },
        )
    }
}

fn holds(prune: &Prune, terms: &BTreeSet<Vec<u8>>) -> bool {
    prune.holds(&Held(terms))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_frame_with_an_answer_is_never_pruned(records in world::records(6), filter in world::filter()) {
        let prune = Prune::of(&filter);
        let passes = records.iter().flatten().any(|record| filter.matches(&record));
        if passes {
            prop_assert!(holds(&prune, &terms(&records)), "{:?}", prune);
        }
    }
}

fn piece_of(text: &str, from: usize, len: usize) -> String {
    text.chars().skip(from).take(len).collect()
}

/// Tests that are likely to pass: cut out of a text.
fn tests_of(text: &str, from: usize, len: usize) -> Vec<FieldTest> {
    let piece = piece_of(text, from, len);
    let head: String = text.chars().take(len).collect();
    vec![
        FieldTest::Phrase(piece.clone()),
        FieldTest::Prefix(piece),
        FieldTest::ExactPrefix(head),
        FieldTest::Exact(text.to_owned()),
        FieldTest::Phrase(text.to_uppercase()),
        FieldTest::Substring(piece_of(text, from, len), Case::Exact),
        FieldTest::Substring(piece_of(text, from, len).to_uppercase(), Case::Folded),
        FieldTest::CasedPhrase(piece_of(text, from, len)),
        FieldTest::In(Set::Values(vec!["other".to_owned(), text.to_owned()])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_a_record_says_finds_it(records in world::records(6), from in 0usize..20, len in 1usize..30) {
        let terms = terms(&records);
        for (name, value) in records.iter().flatten().flat_map(|record| record.fields()) {
            for test in tests_of(&value.to_string(), from, len) {
                for filter in [Filter::any(test.clone()), Filter::field(name, test.clone())] {
                    let passes = records.iter().flatten().any(|record| filter.matches(&record));
                    prop_assert!(!passes || holds(&Prune::of(&filter), &terms), "{:?}", filter);
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_pruned() {
    let mut builder = vigil_model::RecordBuilder::new();
    builder.push("host", vigil_model::Value::Str("web-07"));
    builder.push("message", vigil_model::Value::Str("connection refused by 10.2.33.44 trace 4f5a6b7c99"));
    builder.push("status", vigil_model::Value::Int(404));
    let mut records = Records::new();
    records.push(&mut builder, vigil_model::Timestamp(0), false).expect("small");
    let terms = terms(&records);
    let pruned = |text: &str| {
        let query = vigil_query::parse(text, vigil_model::Timestamp(0)).expect(text);
        !holds(&Prune::of(&query.filter), &terms)
    };
    for text in [
        "refused",
        "conn*",
        "host:web-07",
        "status:404",
        "10.2.33.44",
        "4f5a6b7c99",
        "4f5a*",
        "message:refused",
        "*nnecti*",
        "*fused*",
        "~\"(?i)REFUSED by [0-9]+\"",
        "message:~\"conn|timeout\"",
        "host:in(a, web-07)",
    ] {
        assert!(!pruned(text), "{text}");
    }
    let absent = [
        "timeout",
        "cons*",
        "host:db-07",
        "status:500",
        "10.2.33.45",
        "4f5a6b7c98",
        "4f6a*",
        "user:*",
        "host:refused",
        "refused AND timeout",
        "level:error OR timeout",
        "status:refused",
        "user:>5",
        "*nnektion*",
        "*usedx*",
        "~\"(?i)refused for [0-9]+\"",
        "message:~\"tim(e|er)out\"",
        "host:in(a, b)",
    ];
    for text in absent {
        assert!(pruned(text), "{text}");
    }
    assert_eq!(Prune::of(&Filter::Not(Box::new(Filter::All))), Prune::All);
}
