//! `drop_empty_fields`: without columns that hold nothing.

use super::Step;
use crate::view::View;

pub(super) struct DropEmpty;

impl Step for DropEmpty {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let mut empty = Vec::new();
        view.for_each(&mut |name, cell| empty.extend(cell.is_empty().then_some(name)));
        empty.into_iter().for_each(|name| view.remove(name));
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use crate::steps::testing::check;

    #[test]
    fn what_holds_nothing_goes() {
        check(
            &[Pipe::DropEmpty],
            r#"{"a":null,"b":"","c":0,"d":["",null],"e":false}"#,
            expect![[r#"{"c":0,"e":false}"#]],
        );
    }
}
