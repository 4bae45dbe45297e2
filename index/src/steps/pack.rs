//! `pack_json` and `pack_logfmt`: columns put into one text.

use serde_json::Value as Json;
use vigil_model::{Value, roles};
use vigil_query::Pack;

use super::Step;
use super::select::is_meant;
use crate::Row;
use crate::row::Names;
use crate::value::Cell;
use crate::view::View;

/// `pack_json fields (a, b) as all`
pub(super) struct PackJson(pub(super) Pack);

impl Step for PackJson {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let mut names = Names::default();
        let chosen = chosen(&self.0, view);
        let row = Row::of_columns(chosen.iter().map(|(name, cell)| (names.get(name), cell.to_owned_value())).collect());
        let mut out = Vec::new();
        row.write_json(&mut out);
        put(&self.0, view, &String::from_utf8(out).expect("JSON is text"));
        true
    }
}

/// `pack_logfmt fields (a, b) as all`
pub(super) struct PackLogfmt(pub(super) Pack);

impl Step for PackLogfmt {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let (mut out, mut buffer) = (String::new(), String::new());
        for (name, cell) in chosen(&self.0, view) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(name);
            out.push('=');
            push_value(cell.text(&mut buffer), &mut out);
        }
        put(&self.0, view, &out);
        true
    }
}

/// The columns that are packed, in the order of the row.
fn chosen<'a>(pack: &Pack, view: &View<'a>) -> Vec<(&'a str, Cell<'a>)> {
    let mut chosen = Vec::new();
    view.for_each(&mut |name, cell| {
        if pack.fields.is_empty() || pack.fields.iter().any(|pattern| is_meant(name, pattern)) {
            chosen.push((name, cell));
        }
    });
    chosen
}

fn put<'a>(pack: &'a Pack, view: &mut View<'a>, text: &str) {
    let text = view.scratch().text(text);
    let name = view.message(pack.into.as_deref()).unwrap_or(roles::MESSAGE[0]);
    let name = view.scratch().text(name);
    view.set(name, Cell::Model(Value::Str(text)));
}

/// In quotes where it would otherwise not be read back as it was.
fn push_value(text: &str, out: &mut String) {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '\\'));
    if plain {
        out.push_str(text);
    } else {
        out.push_str(&Json::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Pack, Pipe};

    use crate::steps::testing::{check, names};

    #[test]
    fn columns_become_one_text() {
        let pack = |list: &[&str], into: Option<&str>| Pack { fields: names(list), into: into.map(str::to_owned) };
        let row = r#"{"a.x":1,"a.y":"b c","msg":"m","n":null}"#;
        let only = [Pipe::PackJson(pack(&["n", "a.*"], Some("all"))), Pipe::Fields(names(&["all"]))];
        check(&only, row, expect![[r#"{"all":"{\"a.x\":1,\"a.y\":\"b c\",\"n\":null}"}"#]]);
        let whole = [Pipe::PackLogfmt(pack(&[], None)), Pipe::Fields(names(&["msg"]))];
        check(&whole, row, expect![[r#"{"msg":"a.x=1 a.y=\"b c\" msg=m n="}"#]]);
        check(&[Pipe::PackJson(pack(&["none"], None))], "{}", expect![[r#"{"message":"{}"}"#]]);
    }
}
