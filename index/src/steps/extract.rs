//! `extract`: what stands in a text between known pieces of it.

use vigil_model::Value;
use vigil_query::template::ExtractPattern;

use super::Step;
use super::unpack::set;
use crate::value::Cell;
use crate::view::View;

pub(super) struct Extract {
    extract: vigil_query::Extract,
    /// `None` where the pattern cannot be read, which parsers refuse: it finds nothing.
    pattern: Option<ExtractPattern>,
}

impl Extract {
    pub(super) fn new(extract: &vigil_query::Extract) -> Extract {
        Extract { pattern: ExtractPattern::parse(&extract.pattern).ok(), extract: extract.clone() }
    }
}

impl Step for Extract {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let text = view.message(self.extract.from.as_deref()).and_then(|name| view.text(name));
        let (Some(pattern), Some(text)) = (&self.pattern, text) else { return true };
        let scratch = view.scratch();
        pattern.extract(text, &mut |name, value| {
            let value = Cell::Model(Value::Str(scratch.text(value)));
            set(view, scratch.text(name), value, self.extract.keep_original);
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Extract, Pipe};

    use crate::steps::testing::check;

    #[test]
    fn names_take_what_stands_between() {
        let extract = |pattern: &str, keep_original| {
            Pipe::Extract(Extract { pattern: pattern.into(), from: None, keep_original, only_if: None })
        };
        let row = r#"{"message":"x ip=10.0.0.1 user=\"ann b\" end","user":"mine"}"#;
        let pattern = "ip=<ip> user=<user> ";
        check(
            &[extract(pattern, false)],
            row,
            expect![[r#"{"message":"x ip=10.0.0.1 user=\"ann b\" end","user":"ann b","ip":"10.0.0.1"}"#]],
        );
        check(
            &[extract(pattern, true), Pipe::Delete(vec!["message".into()])],
            row,
            expect![[r#"{"user":"mine","ip":"10.0.0.1"}"#]],
        );
        check(&[extract("nothing=<a>", false)], r#"{"a":1}"#, expect![[r#"{"a":1}"#]]);
        check(&[extract("<", false)], r#"{"message":"a"}"#, expect![[r#"{"message":"a"}"#]]);
    }
}
