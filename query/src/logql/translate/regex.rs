//! What a regular expression means in words that an index can prune by.

use super::test::first_of;
use crate::logql::ast::Whole;
use crate::{Case, FieldTest, Filter, Pattern, Set};

/// Events whose label matches as a whole; a missing label is the empty text.
pub(super) fn whole(whole: &Whole, fields: &[String]) -> Filter {
    let missing = whole.pattern().regex().is_match("").then_some(Filter::All);
    let test = whole_test(whole);
    first_of(
        fields,
        &|field| test.clone().map_or_else(|| super::test::exists(field), |test| Filter::field(field, test)),
        missing,
    )
}

/// The test that a value passes which matches; `None` where any value does.
fn whole_test(whole: &Whole) -> Option<FieldTest> {
    let text = without_group(whole.text());
    if matches!(text, ".*" | ".+") {
        return None;
    }
    let (open_start, middle) = text.strip_prefix(".*").map_or((false, text), |rest| (true, rest));
    let (open_end, middle) = middle.strip_suffix(".*").map_or((false, middle), |rest| (true, rest));
    let literals = literals(middle).filter(|literals| literals.iter().all(|literal| !literal.is_empty()));
    Some(match (open_start, open_end, literals) {
        (false, false, Some(mut literals)) if literals.len() == 1 => FieldTest::Exact(literals.remove(0)),
        (false, false, Some(literals)) => FieldTest::In(Set::Values(literals)),
        (false, true, Some(mut literals)) if literals.len() == 1 => FieldTest::ExactPrefix(literals.remove(0)),
        (true, true, Some(mut literals)) if literals.len() == 1 => {
            FieldTest::Substring(literals.remove(0), Case::Exact)
        }
        _ => FieldTest::Regex(whole.pattern().clone()),
    })
}

/// Tests of which one must pass where the expression finds something.
pub(super) fn anywhere(pattern: &Pattern) -> Vec<FieldTest> {
    let text = pattern.text();
    let (case, plain) = text.strip_prefix("(?i)").map_or((Case::Exact, text), |rest| (Case::Folded, rest));
    match literals(without_group(plain)) {
        Some(literals) if literals.iter().all(|literal| !literal.is_empty()) => {
            literals.into_iter().map(|literal| FieldTest::Substring(literal, case)).collect()
        }
        _ => vec![FieldTest::Regex(pattern.clone())],
    }
}

/// The inside of `(a|b)` and `(?:a|b)`.
fn without_group(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let inner = inner.map(|text| text.strip_prefix("?:").unwrap_or(text));
    inner.filter(|inner| !inner.contains(['(', ')', '\\', '?'])).unwrap_or(text)
}

/// The texts of `a|b\.c`, if the expression says nothing but texts.
fn literals(text: &str) -> Option<Vec<String>> {
    let mut out = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '|' => {
                out.push(String::new());
                continue;
            }
            '\\' => chars.next().filter(char::is_ascii_punctuation)?,
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            c => c,
        };
        out.last_mut().expect("there is a text").push(literal);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_are_found_in_expressions() {
        let of = |text: &str| whole_test(&Whole::new(text).expect("good"));
        assert_eq!(of("a|b\\.c"), Some(FieldTest::In(Set::Values(vec!["a".to_owned(), "b.c".to_owned()]))));
        assert_eq!(of("(a)"), Some(FieldTest::Exact("a".to_owned())));
        assert_eq!(of("api-.*"), Some(FieldTest::ExactPrefix("api-".to_owned())));
        assert_eq!(of(".*x.*"), Some(FieldTest::Substring("x".to_owned(), Case::Exact)));
        assert_eq!(of(".+"), None);
        for other in ["a.", "a|", "[ab]", "(?i)a", "a|b.*", "\\d", "(a|b)c|(d)", "a\\.*"] {
            assert!(matches!(of(other), Some(FieldTest::Regex(_))), "{other}");
        }
        let found = anywhere(&Pattern::new("(?i)time|out").expect("good"));
        assert_eq!(found, ["time", "out"].map(|text| FieldTest::Substring(text.to_owned(), Case::Folded)));
    }
}
