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

/// Writes names with commas between them.
pub(super) fn write_list(names: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, name) in names.iter().enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        write!(f, "{comma}{}", Name(name))?;
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

    /// Names with commas between them, with or without parentheses around.
    pub(super) fn names(&mut self, what: &str) -> Result<Vec<String>> {
        self.listed(|parser| parser.name(what))
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
        self.skip_space();
        let start = self.at;
        let found = self.run(ends_name).eq_ignore_ascii_case(word);
        if !found {
            self.at = start;
        }
        found
    }

    /// The whole number that a pipe takes.
    pub(super) fn count(&mut self, pipe: &str) -> Result<u64> {
        self.skip_space();
        let start = self.at;
        let digits = self.run(ends_name);
        if let Some(count) = digits.parse().ok().filter(|_| !digits.starts_with('+')) {
            return Ok(count);
        }
        let span = if digits.is_empty() { self.here() } else { self.since(start) };
        self.fail(span, format!("`{pipe}` takes a whole number"), &format!("write {pipe} 10"))
    }
}
