//! `unpack_logfmt`: the pairs of a text such as `level=info msg="went well" took=3ms`.
//!
//! A word without `=` has the empty value. Values stay text: what reads as a number is compared and summed as one.

use vigil_model::Value;
use vigil_query::Unpack;

use super::Step;
use super::unpack::{put, source};
use crate::scratch::Scratch;
use crate::value::Cell;
use crate::view::View;

pub(super) struct UnpackLogfmt(pub(super) Unpack);

impl Step for UnpackLogfmt {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let Some(mut rest) = source(&self.0, view).map(str::trim_start) else { return true };
        let scratch = view.scratch();
        while !rest.is_empty() && !scratch.is_full() {
            let (name, value, after) = pair(rest, scratch);
            if !name.is_empty() {
                put(&self.0, view, name, Cell::Model(Value::Str(value)));
            }
            rest = after.trim_start();
        }
        true
    }
}

/// The first pair of a text, and what follows it.
fn pair<'a>(text: &'a str, scratch: &'a Scratch) -> (&'a str, &'a str, &'a str) {
    let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    match after.strip_prefix('=') {
        None => (name, "", after),
        Some(after) if after.starts_with('"') => {
            let (value, after) = quoted(after, scratch);
            (name, value, after)
        }
        Some(after) => {
            let (value, after) = after.split_at(after.find(char::is_whitespace).unwrap_or(after.len()));
            (name, value, after)
        }
    }
}

/// The text between quotes at the start, and what follows; to the end when no quote ends it.
fn quoted<'a>(text: &'a str, scratch: &'a Scratch) -> (&'a str, &'a str) {
    let inside = &text[1..];
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let (value, after) = end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..]));
    if value.contains('\\') { (scratch.text(&unescaped(value)), after) } else { (value, after) }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Pipe, Unpack};

    use crate::steps::testing::{check, names};

    #[test]
    fn pairs_become_columns() {
        let unpack = [Pipe::UnpackLogfmt(Unpack::default()), Pipe::Delete(names(&["message"]))];
        check(
            &unpack,
            r#"{"message":" level=info msg=\"a \\\"b\\\" c\" took=3ms debug n= x=\"open é"}"#,
            expect![[r#"{"level":"info","msg":"a \"b\" c","took":"3ms","debug":"","n":"","x":"open é"}"#]],
        );
        check(&unpack, r#"{"message":"=x \"a\"=b = "}"#, expect![[r#"{"\"a\"":"b"}"#]]);
    }
}
