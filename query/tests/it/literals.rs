//! Do the texts that a regular expression is said to need stand in whatever it finds?

use proptest::prelude::*;
use vigil_query::words::fold;
use vigil_query::{Pattern, required_literals};

use crate::support::{pattern, text};

fn holds(pattern: &Pattern, text: &str) -> bool {
    let folded: String = text.chars().map(fold).collect();
    required_literals(pattern).iter().all(|texts| texts.iter().any(|text| folded.contains(text)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_is_found_has_the_literals(pattern in pattern(), first in text(), second in text()) {
        let text = format!("{first}{second}");
        if pattern.regex().is_match(&text) {
            prop_assert!(holds(&pattern, &text), "{} in {text:?}: {:?}", pattern.text(), required_literals(&pattern));
        }
        for found in pattern.regex().find_iter(&text) {
            prop_assert!(holds(&pattern, found.as_str()), "{} is {:?}", pattern.text(), found.as_str());
        }
    }

    #[test]
    fn conditions_are_few_and_say_something(pattern in pattern()) {
        let conditions = required_literals(&pattern);
        prop_assert!(conditions.len() <= 32);
        for texts in conditions {
            prop_assert!(!texts.is_empty() && texts.len() <= 64 && texts.iter().all(|text| !text.is_empty()));
            prop_assert!(texts.iter().all(|text| text.chars().all(|c| fold(c) == c)));
        }
    }
}
