//! `len(field) as n`: how many bytes the text of a column has.

use vigil_model::Value;

use super::Step;
use crate::value::Cell;
use crate::view::View;

pub(super) struct Len {
    pub(super) field: String,
    pub(super) into: String,
}

impl Step for Len {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let bytes = view.text(&self.field).map_or(0, str::len);
        view.set(&self.into, Cell::Model(Value::Int(bytes as i64)));
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use crate::steps::testing::check;

    #[test]
    fn bytes_are_counted_and_nothing_has_none() {
        let len = |field: &str| Pipe::Len { field: field.into(), into: "n".into() };
        check(&[len("a")], r#"{"a":"é!"}"#, expect![[r#"{"a":"é!","n":3}"#]]);
        check(&[len("n")], r#"{"n":-12}"#, expect![[r#"{"n":3}"#]]);
        check(&[len("x")], r#"{"n":[1,2]}"#, expect![[r#"{"n":0}"#]]);
    }
}
