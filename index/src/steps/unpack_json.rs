//! `unpack_json`: the members of a JSON object in a text, nested ones under dotted names.
//!
//! Numbers stay numbers and arrays become lists; an object inside of an array stays JSON text.

use serde_json::{Map, Value as Json};
use vigil_model::Value;
use vigil_model::limits::NESTING_MAX;
use vigil_query::Unpack;

use super::Step;
use super::unpack::{put, source};
use crate::scratch::Scratch;
use crate::value::Cell;
use crate::view::View;

pub(super) struct UnpackJson(pub(super) Unpack);

impl Step for UnpackJson {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let text = source(&self.0, view).filter(|text| text.trim_start().starts_with('{'));
        if let Some(Json::Object(members)) = text.and_then(parse) {
            put_members(&self.0, view, "", &members, 0);
        }
        true
    }
}

/// Reads JSON; `None` for what is none, or nests too deeply.
pub(super) fn parse(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok()
}

fn put_members<'a>(unpack: &'a Unpack, view: &mut View<'a>, path: &str, members: &Map<String, Json>, depth: usize) {
    // A map may or may not be sorted, as other crates of the build will have it.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let scratch = view.scratch();
    for (name, value) in sorted {
        if scratch.is_full() {
            return;
        }
        let name = if path.is_empty() { scratch.text(name) } else { scratch.text(&format!("{path}.{name}")) };
        match value {
            Json::Object(inner) if !inner.is_empty() && depth < NESTING_MAX => {
                put_members(unpack, view, name, inner, depth + 1);
            }
            value => put(unpack, view, name, Cell::Model(value_of(scratch, value))),
        }
    }
}

/// A JSON value as the value of a field.
pub(super) fn value_of<'a>(scratch: &'a Scratch, value: &Json) -> Value<'a> {
    nested(scratch, value, 0)
}

fn nested<'a>(scratch: &'a Scratch, value: &Json, depth: usize) -> Value<'a> {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::Str(scratch.text(text)),
        Json::Array(items) if depth + 1 < NESTING_MAX => {
            scratch.list(items.iter().map(|item| nested(scratch, item, depth + 1)))
        }
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Value::Int(value),
            // A whole number that is too great for its type stays as it was written.
            (None, Some(value)) if number.is_f64() => Value::Float(value),
            _ => Value::Str(scratch.text(&number.to_string())),
        },
        Json::Array(_) | Json::Object(_) => Value::Str(scratch.text(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Pipe, Unpack};

    use crate::steps::testing::{check, names};

    #[test]
    fn members_become_columns() {
        let all = Pipe::UnpackJson(Unpack::default());
        let text = r#"{"message":"{\"b\":{\"c\":1,\"d\":{\"e\":2.5}},\"a\":[1,{\"x\":null}],\"n\":18446744073709551615,\"o\":{}}","b.c":9}"#;
        check(
            &[all],
            text,
            expect![[
                r#"{"message":"{\"b\":{\"c\":1,\"d\":{\"e\":2.5}},\"a\":[1,{\"x\":null}],\"n\":18446744073709551615,\"o\":{}}","b.c":1,"a":[1,"{\"x\":null}"],"b.d.e":2.5,"n":"18446744073709551615","o":"{}"}"#
            ]],
        );
    }

    #[test]
    fn names_are_chosen_and_led_by_a_prefix() {
        let some = Unpack {
            from: Some("t".into()),
            fields: names(&["a", "b.*"]),
            prefix: "x.".into(),
            keep_original: true,
            only_if: None,
        };
        let row = r#"{"t":" {\"a\":1,\"b\":{\"c\":2},\"d\":3}","x.a":"mine"}"#;
        check(&[Pipe::UnpackJson(some), Pipe::Delete(names(&["t"]))], row, expect![[r#"{"x.a":"mine","x.b.c":2}"#]]);
    }

    #[test]
    fn what_is_no_object_changes_nothing() {
        for text in ["[1]", "{", "7", "", "{\\\"a\\\":}", &"[".repeat(500)] {
            let row = format!(r#"{{"message":"{text}"}}"#);
            assert_eq!(crate::steps::testing::rows(&[Pipe::UnpackJson(Unpack::default())], &row), [row]);
        }
    }
}
