//! Which paths do the `use` declarations of a file name, written out in full?

use super::{Line, words};

/// Every path that a `use` brings in, with the number of the line where its declaration begins.
pub(crate) fn use_paths(lines: &[Line]) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let Some(start) = declaration_start(&line.code) else { continue };
        let rest = lines[n + 1..].iter().map(|line| line.code.as_str());
        let text: String = std::iter::once(&line.code[start..]).chain(rest).collect::<Vec<_>>().join(" ");
        let tree = text.split(';').next().unwrap_or_default();
        let mut written_out = Vec::new();
        expand("", tree, &mut written_out);
        paths.extend(written_out.into_iter().map(|path| (n, path)));
    }
    paths
}

/// Where the tree begins on a line that opens a `use`; `use<'a>` in a type is none.
fn declaration_start(code: &str) -> Option<usize> {
    let at = code.match_indices("use ").map(|(at, _)| at).find(|at| {
        let before = code[..*at].trim_end();
        before.is_empty() || before.ends_with(['{', '}', ';', ')', ']']) || words(before).last() == Some("pub")
    })?;
    Some(at + "use ".len())
}

fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{prefix}{}", path.trim().trim_start_matches("::")));
        return;
    };
    let inside = tree[open + 1..].strip_suffix('}').unwrap_or(&tree[open + 1..]);
    let prefix = format!("{prefix}{}", tree[..open].trim().trim_start_matches("::"));
    for branch in branches(inside) {
        expand(&prefix, branch, paths);
    }
}

/// The parts between the commas of the outermost braces.
fn branches(inside: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::lines;

    fn paths(text: &str) -> Vec<String> {
        use_paths(&lines(text)).into_iter().map(|(n, path)| format!("{n} {path}")).collect()
    }

    #[test]
    fn trees_are_written_out() {
        assert_eq!(paths("use std::fs;"), ["0 std::fs"]);
        assert_eq!(paths("pub(crate) use ::std::fs as files;"), ["0 std::fs"]);
        assert_eq!(
            paths("\nuse std::{\n    collections::{BTreeMap, HashMap},\n    fs::{self, File},\n};\nfn f() {}"),
            ["1 std::collections::BTreeMap", "1 std::collections::HashMap", "1 std::fs::self", "1 std::fs::File"]
        );
    }

    #[test]
    fn other_words_are_no_use() {
        assert_eq!(paths("fn f() -> impl Fn() + use<'a> {}"), Vec::<String>::new());
        assert_eq!(paths("let reuse = x; // use std::fs;"), Vec::<String>::new());
    }
}
