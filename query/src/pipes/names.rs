//! How fields and columns are named in pipes.

use std::fmt;

use super::functions;
use crate::parse::{Parser, Result, ends_name, is_name};

/// Words that mean something among names, so that as names they need quotes.
const RESERVED: [&str; 4] = ["as", "asc", "by", "desc"];

/// A name as it is written in a query.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = is_name(self.0) && !is_reserved(self.0);
        if plain { f.write_str(self.0) } else { crate::print::quoted(self.0, f) }
    }
}

/// A name that may end in a star, or be one, as it is written in a query.
struct Wildcard<'a>(&'a str);

impl fmt::Display for Wildcard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.strip_suffix('*') {
            Some(start) if start.is_empty() || (is_name(start) && !is_reserved(start)) => write!(f, "{start}*"),
            _ => Name(self.0).fmt(f),
        }
    }
}

/// Writes names with commas between them.
pub(super) fn write_list(names: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_separated(names.iter().map(|name| Name(name)), f)
}

/// As [`write_list`], of names that may end in a star.
pub(super) fn write_wildcards(names: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_separated(names.iter().map(|name| Wildcard(name)), f)
}

/// Writes `a as b, c as d`.
pub(super) fn write_renamed(pairs: &[(String, String)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, (from, into)) in pairs.iter().enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        write!(f, "{comma}{} as {}", Name(from), Name(into))?;
    }
    Ok(())
}

/// Writes ` (a, b)` behind `word`.
pub(super) fn write_enclosed(word: &str, names: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{word} (")?;
    write_list(names, f)?;
    f.write_str(")")
}

fn write_separated<T: fmt::Display>(items: impl Iterator<Item = T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, item) in items.enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

impl Parser<'_> {
    /// The next name: plain, quoted, or a column as its function was written, `sum(bytes)`.
    pub(super) fn name(&mut self, what: &str) -> Result<String> {
        self.skip_space();
        let start = self.at;
        if let Some(name) = self.quoted()? {
            return Ok(name);
        }
        let name = self.run(ends_name);
        if name.is_empty() || is_reserved(name) {
            let span = if name.is_empty() { self.here() } else { self.since(start) };
            let hint = "write a name, and quote it when it has spaces or signs";
            return self.fail(span, format!("{what} is missing here"), hint);
        }
        if self.peek() == Some('(') {
            self.at = start;
            return Ok(functions::default_name(&self.function()?));
        }
        Ok(name.to_owned())
    }

    /// A name that may end in a star: `a*` is every field that begins so, `*` every field.
    fn wildcard(&mut self, what: &str) -> Result<String> {
        self.skip_space();
        let lone = self.peek() == Some('*');
        let quoted = self.peek().is_some_and(crate::parse::is_quote);
        let mut name = if lone { String::new() } else { self.name(what)? };
        let star = self.at;
        if !quoted && self.eat("*") {
            name.push('*');
            if self.peek().is_some_and(|c| !ends_name(c) || c == '*') {
                let hint = "search for the start of a name, or quote it";
                return self.fail(star..star + 1, "`*` stands only at the end of a name", hint);
            }
        }
        Ok(name)
    }

    /// Names with commas between them, with or without parentheses around.
    pub(super) fn names(&mut self, what: &str) -> Result<Vec<String>> {
        self.listed(|parser| parser.name(what))
    }

    /// As [`names`](Self::names), each of which may end in a star.
    pub(super) fn wildcards(&mut self, what: &str) -> Result<Vec<String>> {
        self.listed(|parser| parser.wildcard(what))
    }

    /// `by (a, b)`, where `by` may be left out.
    pub(super) fn by(&mut self, what: &str) -> Result<Vec<String>> {
        self.eat_word("by");
        self.names(what)
    }

    /// `a as b, c as d`.
    pub(super) fn renamed(&mut self) -> Result<Vec<(String, String)>> {
        self.listed(|parser| {
            let from = parser.name("the name of a field")?;
            parser.eat_word("as");
            Ok((from, parser.name("its other name")?))
        })
    }

    /// Whatever `item` reads, with commas between, with or without parentheses around.
    pub(super) fn listed<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.skip_space();
        let open = self.here();
        let enclosed = self.eat("(");
        let mut items = vec![item(self)?];
        while self.eat_after_space(",") {
            items.push(item(self)?);
        }
        if enclosed && !self.eat_after_space(")") {
            return self.fail(open, "this parenthesis is never closed", "add the missing `)`");
        }
        Ok(items)
    }

    pub(super) fn eat_after_space(&mut self, wanted: &str) -> bool {
        self.skip_space();
        self.eat(wanted)
    }

    /// Steps over `word`, in any letter case, if it stands here alone.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Whether `word` stands here alone, in any letter case.
    pub(super) fn at_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let start = self.at;
        let found = self.run(ends_name).eq_ignore_ascii_case(word);
        self.at = start;
        found
    }

    /// Whether what began at the last name ends here: at a comma, a pipe, a parenthesis, the end.
    pub(super) fn at_item_end(&mut self) -> bool {
        self.skip_space();
        matches!(self.peek(), None | Some(',' | '|' | ')'))
    }
}
