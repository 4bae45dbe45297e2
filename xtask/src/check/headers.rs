//! Does every source file begin by saying which question it answers?

use crate::tracked::TextFile;

/// One finding for each Rust file whose first line is no `//!`.
pub(super) fn findings(files: &[TextFile]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
    rust.filter(|file| !has_header(&file.text))
        .map(|file| format!("{}:1: begin with `//! ` and the one question that this file answers", file.path))
        .collect()
}

fn has_header(text: &str) -> bool {
    text.lines().next().and_then(|first| first.strip_prefix("//!")).is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&[TextFile { path: path.to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn a_file_without_a_question_is_found() {
        assert_eq!(found("a/src/lib.rs", "//! What is it?\n"), 0);
        assert_eq!(found("a/src/lib.rs", "use std::fmt;\n"), 1);
        assert_eq!(found("a/src/lib.rs", "//!\n//! Late.\n"), 1);
        assert_eq!(found("a/src/lib.rs", "// Not a doc comment.\n"), 1);
        assert_eq!(found("a/src/lib.rs", ""), 1);
        assert_eq!(found("README.md", "# Vigil\n"), 0);
    }
}
