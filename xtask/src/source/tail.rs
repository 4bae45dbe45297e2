//! Which lines of a file, and which files, exist for tests only?

use super::Line;

const TEST_ONLY: &str = "#[cfg(test)]";

/// For each line whether it belongs to an item under `#[cfg(test)]`.
pub(crate) fn test_lines(lines: &[Line]) -> Vec<bool> {
    let whole_file = lines.iter().any(|line| line.code.trim().starts_with("#![cfg(test)]"));
    let mut marks = vec![whole_file; lines.len()];
    for start in attribute_lines(lines) {
        let end = item_end(lines, start);
        marks[start..=end].fill(true);
    }
    marks
}

/// Names of modules that are declared `#[cfg(test)] mod name;` and live in files of their own.
pub(crate) fn test_modules(lines: &[Line]) -> Vec<String> {
    let declared = attribute_lines(lines).filter_map(|start| {
        let text: Vec<&str> = lines[start..=item_end(lines, start)].iter().map(|line| line.code.as_str()).collect();
        let text = text.join(" ");
        let name = text.split(" mod ").nth(1)?.trim().strip_suffix(';')?.trim();
        Some(name.to_owned())
    });
    declared.collect()
}

fn attribute_lines(lines: &[Line]) -> impl Iterator<Item = usize> {
    lines.iter().enumerate().filter(|(_, line)| line.code.trim().starts_with(TEST_ONLY)).map(|(n, _)| n)
}

/// The last line of the item that begins at `start`: its closing brace, or its semicolon.
fn item_end(lines: &[Line], start: usize) -> usize {
    let mut depth = 0_i32;
    for (n, line) in lines.iter().enumerate().skip(start) {
        for c in line.code.chars() {
            match c {
                '{' | '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                '}' => {
                    depth -= 1;
                    if depth <= 0 {
                        return n;
                    }
                }
                ';' if depth == 0 => return n,
                _ => {}
            }
        }
    }
    lines.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::lines;

    fn marked(text: &str) -> String {
        test_lines(&lines(text)).into_iter().map(|test| if test { 't' } else { '.' }).collect()
    }

    #[test]
    fn only_the_item_below_the_attribute_counts() {
        assert_eq!(marked("fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}"), ".tttt.");
        assert_eq!(marked("#[cfg(test)]\nuse a::{b, c};\nfn d() {}"), "tt.");
        assert_eq!(marked("#[cfg(test)]\nmod tests;\nfn d() {}"), "tt.");
        assert_eq!(marked("#[cfg(test)]\n#[path = \"x\"]\nfn f(a: [u8; 2]) {\n}\nfn d() {}"), "tttt.");
        assert_eq!(marked("#![cfg(test)]\nfn a() {}"), "tt");
        assert_eq!(marked("// #[cfg(test)]\nfn a() {}"), "..");
    }

    #[test]
    fn modules_in_files_of_their_own_are_named() {
        assert_eq!(
            test_modules(&lines("#[cfg(test)]\nmod tests;\nmod a;\n#[cfg(test)]\npub(crate) mod rig;")),
            ["tests", "rig"]
        );
        assert_eq!(test_modules(&lines("#[cfg(test)]\nmod tests {\n}")), Vec::<String>::new());
    }
}
