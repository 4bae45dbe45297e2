//! What does a Rust file say when strings and comments are set aside?
//!
//! A small lexer, enough for text rules: it knows strings, raw strings, characters, lifetimes
//! and nested comments. It does not know macros' own grammars and does not need to.

mod tail;
mod uses;

pub(crate) use tail::{test_lines, test_modules};
pub(crate) use uses::use_paths;

/// One line of a file, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Code; the insides of strings and characters are blank, comments are gone.
    pub(crate) code: String,
    /// What comments on this line say.
    pub(crate) comment: String,
}

/// Takes a file apart, line by line.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, lines: vec![Line::default()] };
    while lexer.at < lexer.chars.len() {
        lexer.token();
    }
    lexer.lines
}

/// Words of code, as identifiers.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !is_word(c)).filter(|word| !word.is_empty())
}

/// Whether `code` holds `path` as a whole path, not as a part of a longer word.
pub(crate) fn holds_path(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + path.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    lines: Vec<Line>,
}

impl Lexer {
    fn token(&mut self) {
        match (self.chars[self.at], self.peek(1)) {
            ('/', Some('/')) => self.line_comment(),
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.character_or_lifetime(),
            (c, _) if is_word(c) => self.word(),
            _ => self.code(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn line(&mut self) -> &mut Line {
        self.lines.last_mut().expect("there is always a last line")
    }

    /// Moves one character on; it counts as code.
    fn code(&mut self) {
        self.put(|line, c| line.code.push(c));
    }

    /// Moves one character on; it is inside a string.
    fn blank(&mut self) {
        self.put(|line, _| line.code.push(' '));
    }

    fn comment(&mut self) {
        self.put(|line, c| line.comment.push(c));
    }

    fn put(&mut self, keep: impl Fn(&mut Line, char)) {
        let Some(c) = self.peek(0) else { return };
        self.at += 1;
        if c == '\n' {
            self.lines.push(Line::default());
        } else {
            keep(self.line(), c);
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.comment();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            let step = match (self.chars[self.at], self.peek(1)) {
                ('/', Some('*')) => 1,
                ('*', Some('/')) => -1,
                _ => 0,
            };
            self.comment();
            if step != 0 {
                self.comment();
            }
            depth += step;
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.code();
        while let Some(c) = self.peek(0) {
            match c {
                '"' => return self.code(),
                '\\' => {
                    self.blank();
                    self.blank();
                }
                _ => self.blank(),
            }
        }
    }

    fn character_or_lifetime(&mut self) {
        let is_character = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.code();
        if !is_character {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.blank();
        }
        self.blank();
        while self.peek(0).is_some_and(|c| c != '\'') {
            self.blank();
        }
        self.code();
    }

    /// A whole identifier or number; `r` and its kin may open a raw string.
    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.code();
        }
        let word: String = self.chars[start..self.at].iter().collect();
        if !matches!(word.as_str(), "r" | "br" | "cr") {
            return;
        }
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        if self.peek(hashes) == Some('"') {
            self.raw_string(hashes);
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        for _ in 0..=hashes {
            self.code();
        }
        while let Some(c) = self.peek(0) {
            let closed = c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closed {
                (0..=hashes).for_each(|_| self.code());
                return;
            }
            self.blank();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        lines(text).into_iter().map(|line| line.code).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn strings_and_comments_are_set_aside() {
        assert_eq!(code("let a = \"b\\\"c\"; // d"), "let a = \"    \"; ");
        assert_eq!(code("a /* b /* c */ d */ e"), "a  e");
        assert_eq!(code("r#\"a\"b\"#; c"), "r#\"   \"#; c");
        assert_eq!(code("'a', '\\'', '\"', &'static str"), "' ', '  ', ' ', &'static str");
        assert_eq!(code("'\\u{1F}' x"), "'      ' x");
        assert_eq!(code("\"a\nb\" c"), "\" \n \" c");
        assert_eq!(lines("a // why")[0].comment, "// why");
    }

    #[test]
    fn unfinished_files_end_quietly() {
        for text in ["\"", "'", "'\\", "/*", "r#\"", "\"\\", ""] {
            assert!(!lines(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn paths_are_whole_words() {
        assert!(holds_path("std::fs::read(x)", "std::fs"));
        assert!(!holds_path("std::fsx::read(x)", "std::fs"));
        assert!(!holds_path("mystd::fs", "std::fs"));
    }
}
