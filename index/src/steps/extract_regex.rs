//! `extract_regexp`: what the named groups of a regular expression find.

use vigil_model::Value;

use super::Step;
use super::unpack::set;
use crate::value::Cell;
use crate::view::View;

pub(super) struct ExtractRegex {
    extract: vigil_query::ExtractRegex,
    /// Number and name of each named group.
    groups: Vec<(usize, String)>,
}

impl ExtractRegex {
    pub(super) fn new(extract: &vigil_query::ExtractRegex) -> ExtractRegex {
        let named = |(n, name): (usize, Option<&str>)| name.map(|name| (n, name.to_owned()));
        let groups = extract.pattern.regex().capture_names().enumerate().filter_map(named).collect();
        ExtractRegex { extract: extract.clone(), groups }
    }
}

impl Step for ExtractRegex {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let text = view.message(self.extract.from.as_deref()).and_then(|name| view.text(name));
        let found = text.and_then(|text| self.extract.pattern.regex().captures(text));
        let Some(found) = found else { return true };
        for (n, name) in &self.groups {
            if let Some(group) = found.get(*n) {
                set(view, name, Cell::Model(Value::Str(group.as_str())), self.extract.keep_original);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{ExtractRegex, FieldTest, Filter, Pattern, Pipe};

    use crate::steps::testing::check;

    #[test]
    fn named_groups_become_columns() {
        let extract = |keep_original, only_if| {
            let pattern = Pattern::new(r"(?P<user>\w+)@(?P<host>\w+)(?P<rest>!)?(x)").expect("good");
            Pipe::ExtractRegex(ExtractRegex { pattern, from: None, keep_original, only_if })
        };
        let row = r#"{"msg":"from ann@webx","host":"mine"}"#;
        check(&[extract(false, None)], row, expect![[r#"{"msg":"from ann@webx","host":"web","user":"ann"}"#]]);
        check(&[extract(true, None)], row, expect![[r#"{"msg":"from ann@webx","host":"mine","user":"ann"}"#]]);
        let never = Filter::field("host", FieldTest::Exact("other".into()));
        check(&[extract(false, Some(never))], row, expect![[r#"{"msg":"from ann@webx","host":"mine"}"#]]);
    }
}
