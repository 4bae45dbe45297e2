//! `unroll by (tags)`: a row for each item of a list, or of a JSON array in a text.
//!
//! Lists of several fields go side by side; a shorter one gives null where it has ended. A value that is no list is
//! one item. A row without any item goes through as it is.

use serde_json::Value as Json;
use vigil_model::Value;

use super::Step;
use super::unpack_json::{parse, value_of};
use crate::value::Cell;
use crate::view::View;

pub(super) struct Unroll(pub(super) Vec<String>);

impl Step for Unroll {
    fn change<'a>(&'a self, _: &mut View<'a>) -> bool {
        unreachable!("makes_rows is true, so split is called")
    }

    fn split<'a>(&'a self, view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
        let lists: Vec<(&'a str, Vec<Cell<'a>>)> =
            self.0.iter().map(|name| (name.as_str(), items(&view, name))).collect();
        let rows = lists.iter().map(|(_, items)| items.len()).max().unwrap_or(0);
        if rows == 0 {
            return each(view);
        }
        for n in 0..rows {
            if !view.scratch().take_row() || view.scratch().is_full() {
                return;
            }
            let mut row = view.clone();
            for (name, items) in &lists {
                row.set(name, items.get(n).copied().unwrap_or(Cell::Model(Value::Null)));
            }
            each(row);
        }
    }

    fn makes_rows(&self) -> bool {
        true
    }
}

fn items<'a>(view: &View<'a>, name: &str) -> Vec<Cell<'a>> {
    let Some(cell) = view.get(name) else { return Vec::new() };
    match view.scratch().value(cell) {
        Value::List(list) => list.iter().map(Cell::Model).collect(),
        Value::Null => Vec::new(),
        Value::Str(text) if text.trim_start().starts_with('[') => match parse(text) {
            Some(Json::Array(items)) => items.iter().map(|item| Cell::Model(value_of(view.scratch(), item))).collect(),
            _ => vec![cell],
        },
        _ => vec![cell],
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use crate::steps::testing::{check, names};

    #[test]
    fn each_item_has_a_row() {
        let unroll = |list: &[&str]| Pipe::Unroll(vigil_query::Unroll { by: names(list), only_if: None });
        let row = r#"{"a":[1,"x"],"b":"[true, {\"k\":1}, null]","c":7,"d":[],"e":"[no"}"#;
        check(
            &[unroll(&["a"]), Pipe::Fields(names(&["a", "c"]))],
            row,
            expect![[r#"
            {"a":1,"c":7}
            {"a":"x","c":7}"#]],
        );
        check(
            &[unroll(&["a", "b", "c"]), Pipe::Fields(names(&["a", "b", "c"]))],
            row,
            expect![[r#"
            {"a":1,"b":true,"c":7}
            {"a":"x","b":"{\"k\":1}","c":null}
            {"a":null,"b":null,"c":null}"#]],
        );
        check(&[unroll(&["d", "none"]), Pipe::Fields(names(&["d"]))], row, expect![[r#"{"d":[]}"#]]);
        check(&[unroll(&["e"]), Pipe::Fields(names(&["e"]))], row, expect![[r#"{"e":"[no"}"#]]);
    }
}
