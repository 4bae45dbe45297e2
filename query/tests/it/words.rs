//! Can the index prune by words without losing an answer?

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigil_model::Record;
use vigil_query::words::{fold_into, words};
use vigil_query::{FieldTest, Filter, Matcher};

use crate::support::{NOW, Owned, encode, text};

fn folded(text: &str) -> Vec<String> {
    words(text)
        .map(|word| {
            let mut out = String::new();
            fold_into(word, &mut out);
            out
        })
        .collect()
}

fn found(test: &FieldTest, value: &str) -> bool {
    let bytes = encode(NOW, &[("f".to_owned(), Owned::Str(value.to_owned()))]);
    let record = Record::validate(&bytes).expect("canonical");
    Matcher::new(&Filter::field("f", test.clone())).matches(&record)
}

/// Whether the words of `value` allow for `phrase`, as the index asks.
fn allowed(phrase: &str, value: &str, prefix: bool) -> bool {
    let terms: BTreeSet<String> = folded(value).into_iter().collect();
    let mut wanted = folded(phrase);
    let open = prefix && phrase.chars().next_back().is_some_and(vigil_query::words::is_word);
    let last = if open { wanted.pop() } else { None };
    wanted.iter().all(|word| terms.contains(word))
        && last.is_none_or(|last| terms.iter().any(|term| term.starts_with(&last)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn what_matches_has_the_words(value in text(), more in text(), cut in any::<(usize, usize)>(), way in 0..3) {
        let value = format!("{value}{more}");
        let chars: Vec<char> = value.chars().collect();
        prop_assume!(!chars.is_empty());
        let from = cut.0 % chars.len();
        let to = from + 1 + cut.1 % (chars.len() - from);
        let phrase: String = chars[from..to].iter().collect();
        let phrase = match way { 0 => phrase, 1 => phrase.to_uppercase(), _ => phrase.to_lowercase() };
        if found(&FieldTest::Phrase(phrase.clone()), &value) {
            prop_assert!(allowed(&phrase, &value, false), "{phrase:?} in {value:?}");
        }
        if found(&FieldTest::Prefix(phrase.clone()), &value) {
            prop_assert!(allowed(&phrase, &value, true), "{phrase:?}* in {value:?}");
        }
    }

    #[test]
    fn every_word_of_a_text_is_found_in_it(value in text()) {
        for word in words(&value) {
            prop_assert!(found(&FieldTest::Phrase(word.to_owned()), &value), "{word:?} in {value:?}");
        }
    }

    #[test]
    fn words_leave_out_nothing_but_separators(value in any::<String>()) {
        let kept: String = words(&value).collect();
        let wanted: String = value.chars().filter(|c| vigil_query::words::is_word(*c)).collect();
        prop_assert_eq!(kept, wanted);
    }
}
