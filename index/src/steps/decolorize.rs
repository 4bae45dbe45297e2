//! `decolorize`: a text without the control sequences of a terminal.

use vigil_query::decolorize;

use super::Step;
use super::replace::{Edited, edit};
use crate::view::View;

pub(super) struct Decolorize(pub(super) String);

impl Step for Decolorize {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        edit(view, Some(&self.0), |text| decolorize(text).map_or(Edited::Same, Edited::New));
        true
    }
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
