//! `replace` and `replace_regexp`: one text in place of another.

use vigil_model::Value;
use vigil_model::limits::STEP_BYTES_MAX;

use super::Step;
use crate::value::Cell;
use crate::view::View;

/// `replace ("old", "new")`
pub(super) struct Replace(pub(super) vigil_query::Replace);

impl Step for Replace {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let Replace(replace) = self;
        if replace.old.is_empty() {
            return true;
        }
        edit(view, replace.at.as_deref(), |text| {
            let found = text.match_indices(&replace.old).take(times(replace.limit));
            splice(text, found.map(|(at, old)| (at, at + old.len(), None)), &replace.new)
        });
        true
    }
}

/// `replace_regexp ("o(l)d", "$1")`
pub(super) struct ReplaceRegex(pub(super) vigil_query::ReplaceRegex);

impl Step for ReplaceRegex {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let ReplaceRegex(replace) = self;
        let regex = replace.pattern.regex();
        edit(view, replace.at.as_deref(), |text| {
            if !replace.new.contains('$') {
                let found = regex.find_iter(text).take(times(replace.limit));
                return splice(text, found.map(|found| (found.start(), found.end(), None)), &replace.new);
            }
            let found = regex.captures_iter(text).take(times(replace.limit)).filter_map(|groups| {
                let mut new = String::new();
                groups.expand(&replace.new, &mut new);
                groups.get(0).map(|whole| (whole.start(), whole.end(), Some(new)))
            });
            splice(text, found, "")
        });
        true
    }
}

fn times(limit: Option<u64>) -> usize {
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// What became of a text.
pub(super) enum Edited {
    /// Nothing.
    Same,
    /// This.
    New(String),
    /// More than one row may have.
    TooLong,
}

/// Writes the text of a column anew; one that grows too long stays as it was, and the answer says so.
pub(super) fn edit(view: &mut View<'_>, at: Option<&str>, edit: impl FnOnce(&str) -> Edited) {
    let Some(name) = view.message(at) else { return };
    let Some(text) = view.text(name) else { return };
    match edit(text) {
        Edited::Same => {}
        Edited::TooLong => view.scratch().leave_out(),
        Edited::New(new) => {
            let scratch = view.scratch();
            view.set(scratch.text(name), Cell::Model(Value::Str(scratch.text(&new))));
        }
    }
}

/// `new`, or what comes with a place, in all the places, which are in order.
fn splice(text: &str, places: impl Iterator<Item = (usize, usize, Option<String>)>, new: &str) -> Edited {
    let (mut out, mut done, mut found) = (String::new(), 0, false);
    for (start, end, own) in places {
        out.push_str(&text[done..start]);
        out.push_str(own.as_deref().unwrap_or(new));
        (done, found) = (end, true);
        if out.len() > STEP_BYTES_MAX / 2 {
            return Edited::TooLong;
        }
    }
    if !found {
        return Edited::Same;
    }
    out.push_str(&text[done..]);
    Edited::New(out)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Pattern, Pipe, Replace, ReplaceRegex};

    use crate::steps::testing::{check, rows};

    fn replace(old: &str, new: &str, limit: Option<u64>) -> Pipe {
        Pipe::Replace(Replace { old: old.into(), new: new.into(), at: Some("t".into()), limit, only_if: None })
    }

    fn regex(old: &str, new: &str, limit: Option<u64>) -> Pipe {
        let pattern = Pattern::new(old).expect("good");
        Pipe::ReplaceRegex(ReplaceRegex { pattern, new: new.into(), at: None, limit, only_if: None })
    }

    #[test]
    fn texts_are_replaced_as_often_as_allowed() {
        check(&[replace("ab", "é", None)], r#"{"t":"abcabab"}"#, expect![[r#"{"t":"écéé"}"#]]);
        check(&[replace("ab", "", Some(2))], r#"{"t":"abcabab"}"#, expect![[r#"{"t":"cab"}"#]]);
        check(&[replace("1", "2", None)], r#"{"t":411}"#, expect![[r#"{"t":"422"}"#]]);
        check(&[replace("7", "2", None)], r#"{"t":411}"#, expect![[r#"{"t":411}"#]]);
        check(
            &[regex(r"(\d+)-(?P<b>\w)", "${b}/$1", None)],
            r#"{"msg":"12-a 3-b"}"#,
            expect![[r#"{"msg":"a/12 b/3"}"#]],
        );
        check(&[regex("x*", "-", Some(2))], r#"{"msg":"axb"}"#, expect![[r#"{"msg":"-a-b"}"#]]);
    }

    #[test]
    fn a_text_that_grows_without_end_stays_as_it_was() {
        let text = "a".repeat(20_000);
        let row = format!(r#"{{"t":"{text}"}}"#);
        assert_eq!(rows(&[replace("a", &text, None)], &row), [row]);
    }
}
