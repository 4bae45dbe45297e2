//! `fields`, `delete`, `rename`, `copy`: which columns, and under which names.

use super::Step;
use crate::view::View;

/// `fields a, b*`
pub(super) struct Select {
    names: Vec<String>,
    /// Whether some name takes all that begin so.
    has_patterns: bool,
}

impl Select {
    pub(super) fn new(names: &[String]) -> Select {
        let mut once: Vec<String> = Vec::new();
        names.iter().filter(|name| !names_before(names, name)).for_each(|name| once.push(name.clone()));
        Select { has_patterns: once.iter().any(|name| name.ends_with('*')), names: once }
    }
}

/// Whether the very same name stands further in front.
fn names_before(names: &[String], name: &String) -> bool {
    names.iter().take_while(|other| !std::ptr::eq(*other, name)).any(|other| other == name)
}

impl Step for Select {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        if !self.has_patterns {
            view.keep_named(&self.names);
            return true;
        }
        let mut kept = Vec::new();
        for pattern in &self.names {
            view.for_each(&mut |name, cell| {
                if is_meant(name, pattern) && !kept.iter().any(|(known, _)| *known == name) {
                    kept.push((name, cell));
                }
            });
        }
        view.keep(kept);
        true
    }
}

/// Whether a pipe that names `pattern` means the column `name`.
pub(super) fn is_meant(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// `delete a, b*`
pub(super) struct Delete(pub(super) Vec<String>);

impl Step for Delete {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        for pattern in &self.0 {
            if pattern.ends_with('*') {
                let mut names = Vec::new();
                view.for_each(&mut |name, _| names.extend(is_meant(name, pattern).then_some(name)));
                names.into_iter().for_each(|name| view.remove(name));
            } else {
                view.remove(pattern);
            }
        }
        true
    }
}

/// `rename a as b`; one after another. A column that is not there takes nothing away.
pub(super) struct Rename(pub(super) Vec<(String, String)>);

impl Step for Rename {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        for (old, new) in self.0.iter().filter(|(old, new)| old != new) {
            if let Some(cell) = view.get(old) {
                view.remove(old);
                view.set(new, cell);
            }
        }
        true
    }
}

/// `copy a as b`; one after another.
pub(super) struct Copy(pub(super) Vec<(String, String)>);

impl Step for Copy {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        for (from, into) in &self.0 {
            if let Some(cell) = view.get(from) {
                view.set(into, cell);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use crate::steps::testing::{check, names, pairs};

    const ROW: &str = r#"{"a":1,"b.x":"two","b.y":3,"c":null}"#;

    #[test]
    fn columns_are_kept_in_the_order_asked_for() {
        let fields = |list: &[&str]| Pipe::Fields(names(list));
        check(&[fields(&["c", "a", "none", "a"])], ROW, expect![[r#"{"c":null,"a":1}"#]]);
        check(&[fields(&["b.*", "a", "b.y"])], ROW, expect![[r#"{"b.x":"two","b.y":3,"a":1}"#]]);
        check(&[fields(&["a", "c"]), fields(&["c", "b.x"])], ROW, expect![[r#"{"c":null}"#]]);
        check(&[fields(&["*"])], ROW, expect![[r#"{"a":1,"b.x":"two","b.y":3,"c":null}"#]]);
    }

    #[test]
    fn columns_go_and_come_back_as_the_last() {
        check(&[Pipe::Delete(names(&["b*", "none"]))], ROW, expect![[r#"{"a":1,"c":null}"#]]);
        let back = [Pipe::Delete(names(&["a"])), Pipe::Copy(pairs(&[("c", "a")]))];
        check(&back, ROW, expect![[r#"{"b.x":"two","b.y":3,"c":null,"a":null}"#]]);
    }

    #[test]
    fn names_change_one_after_another() {
        let rename = Pipe::Rename(pairs(&[("a", "b.y"), ("b.y", "z"), ("none", "c"), ("c", "c")]));
        check(&[rename], ROW, expect![[r#"{"b.x":"two","c":null,"z":1}"#]]);
        check(
            &[Pipe::Copy(pairs(&[("a", "b.x"), ("b.x", "n")]))],
            ROW,
            expect![[r#"{"a":1,"b.x":1,"b.y":3,"c":null,"n":1}"#]],
        );
    }
}
