//! `decolorize`: a text without the control sequences of a terminal.
//!
//! Taken away is ESC `[`, parameters (`0x30`–`0x3f`), intermediates (`0x20`–`0x2f`) and one final byte
//! (`0x40`–`0x7e`), as ECMA-48 has it. A sequence that does not end so stays.

use super::Step;
use super::replace::{Edited, edit};
use crate::view::View;

pub(super) struct Decolorize(pub(super) String);

const START: &str = "\u{1b}[";

impl Step for Decolorize {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        edit(view, Some(&self.0), plain);
        true
    }
}

fn plain(text: &str) -> Edited {
    if !text.contains(START) {
        return Edited::Same;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        out.push_str(&rest[..at]);
        let inside = &rest[at + START.len()..];
        match sequence(inside.as_bytes()) {
            Some(len) => rest = &inside[len..],
            None => {
                out.push_str(START);
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    Edited::New(out)
}

/// Bytes up to the final one, it included; all of them are ASCII.
fn sequence(bytes: &[u8]) -> Option<usize> {
    let parameters = bytes.iter().take_while(|byte| (0x30..=0x3f).contains(*byte)).count();
    let between = bytes[parameters..].iter().take_while(|byte| (0x20..=0x2f).contains(*byte)).count();
    let end = parameters + between;
    bytes.get(end).filter(|byte| (0x40..=0x7e).contains(*byte)).map(|_| end + 1)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use crate::steps::testing::check;

    #[test]
    fn colours_go_and_text_stays() {
        let pipe = [Pipe::Decolorize("t".into())];
        check(&pipe, r#"{"t":"\u001b[1;31mérror\u001b[0m: \u001b[2K\u001b[?25lx"}"#, expect![[r#"{"t":"érror: x"}"#]]);
        check(&pipe, r#"{"t":"a\u001b[1é \u001b["}"#, expect![[r#"{"t":"a\u001b[1é \u001b["}"#]]);
        check(&pipe, r#"{"t":7}"#, expect![[r#"{"t":7}"#]]);
    }
}
