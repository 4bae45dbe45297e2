//! The stages that take labels out of a line: `json`, `logfmt`, `regexp`, `pattern`.

use super::reader::Reader;
use super::text::bad_regex;
use super::{Result, error};
use crate::Pattern;
use crate::logql::ast::{Assignment, StageKind};

impl Reader<'_> {
    pub(super) fn json(&mut self) -> Result<StageKind> {
        self.assignments(true).map(StageKind::Json)
    }

    pub(super) fn logfmt(&mut self) -> Result<StageKind> {
        let (mut strict, mut keep_empty) = (false, false);
        while self.eat("--") {
            let start = self.at - 2;
            match self.eat_word("strict") {
                true => strict = true,
                false if self.eat("keep-empty") => keep_empty = true,
                false => {
                    return self.fail(start..self.here().end, "unknown flag", "flags are --strict and --keep-empty");
                }
            }
        }
        Ok(StageKind::Logfmt { strict, keep_empty, fields: self.assignments(false)? })
    }

    /// `a="b.c", d`; empty when no name follows.
    fn assignments(&mut self, nested: bool) -> Result<Vec<Assignment>> {
        let mut out = Vec::new();
        if self.peek_word().is_empty() {
            return Ok(out);
        }
        loop {
            self.part(self.at)?;
            out.push(self.assignment(nested)?);
            if !self.eat(",") {
                return Ok(out);
            }
        }
    }

    fn assignment(&mut self, nested: bool) -> Result<Assignment> {
        let label = self.label()?;
        if !self.eat("=") {
            return Ok(Assignment { path: vec![label.clone()], label });
        }
        let (text, span) = self.quoted("a quoted key")?;
        let path = if nested {
            json_path(&text).map_err(|reason| error(span, reason, "write a=\"b.c\" or a=\"b[\\\"c\\\"]\""))?
        } else if text.is_empty() {
            return self.fail(span, "a key is missing here", "write a=\"key\"");
        } else {
            vec![text]
        };
        Ok(Assignment { label, path })
    }

    pub(super) fn regexp(&mut self) -> Result<StageKind> {
        let start = self.at;
        let pattern = self.regex()?;
        if pattern.regex().capture_names().flatten().next().is_none() {
            return self.fail(self.since(start), "no group of this expression has a name", "write (?P<label>…)");
        }
        Ok(StageKind::Regexp(pattern))
    }

    pub(super) fn pattern(&mut self) -> Result<StageKind> {
        let (text, span) = self.quoted("a pattern")?;
        self.regex_part(span.start)?;
        let regex =
            pattern_regex(&text).map_err(|reason| error(span.clone(), reason, "write \"<ip> - <_> [<time>]\""))?;
        let pattern = Pattern::new(&regex).map_err(|reason| bad_regex(span, &reason))?;
        Ok(StageKind::Pattern(text, pattern))
    }
}

/// `a.b`, `a["b c"].d`: the keys, outermost first.
fn json_path(text: &str) -> std::result::Result<Vec<String>, &'static str> {
    let mut path = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, after) = inner.split_once("\"]").ok_or("a bracket is never closed")?;
            path.push(key.to_owned());
            rest = after;
        } else if rest.starts_with('[') {
            return Err("items of lists cannot be taken by their number");
        } else {
            let plain = rest.strip_prefix('.').filter(|_| !path.is_empty()).unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            if end == 0 {
                return Err("a key is missing in this path");
            }
            path.push(plain[..end].to_owned());
            rest = &plain[end..];
        }
    }
    if path.is_empty() { Err("a key is missing here") } else { Ok(path) }
}

/// A pattern such as `<ip> - <_>` as a regular expression; it is anchored at the start of the line.
fn pattern_regex(text: &str) -> std::result::Result<String, String> {
    let mut regex = "(?s)^".to_owned();
    let mut names = std::collections::BTreeSet::new();
    let (mut rest, mut after_capture) = (text, false);
    while !rest.is_empty() {
        if let Some((name, after)) = capture(rest) {
            if after_capture {
                return Err("two captures touch, and nothing says where the first one ends".to_owned());
            }
            let greedy = if after.is_empty() { "" } else { "?" };
            match name {
                "_" | "" => regex.push_str(&format!(".*{greedy}")),
                name if !names.insert(name) => return Err(format!("two captures are named `{name}`")),
                name => regex.push_str(&format!("(?P<{name}>.*{greedy})")),
            }
            (rest, after_capture) = (after, true);
        } else {
            let end = rest.char_indices().skip(1).find(|(at, _)| capture(&rest[*at..]).is_some());
            let (literal, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            regex.push_str(&regex::escape(literal));
            (rest, after_capture) = (after, false);
        }
    }
    if names.is_empty() { Err("no capture of this pattern has a name".to_owned()) } else { Ok(regex) }
}

/// `<name>` at the start of a text, and what follows it.
fn capture(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('<')?.split_once('>')?;
    let good = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (good && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_anchored_and_lazy() {
        assert_eq!(pattern_regex("<ip> - <_> <rest>").expect("good"), r"(?s)^(?P<ip>.*?) \- .*? (?P<rest>.*)");
        assert!(pattern_regex("<a><b>").is_err());
        assert!(pattern_regex("<_> x").is_err());
        assert!(pattern_regex("<a> <a>").is_err());
    }

    #[test]
    fn paths_are_keys() {
        assert_eq!(json_path("a.b").expect("good"), ["a", "b"]);
        assert_eq!(json_path("a[\"b c\"].d").expect("good"), ["a", "b c", "d"]);
        for bad in ["", "a.", "a..b", "a[0]", ".a", "[\"x"] {
            assert!(json_path(bad).is_err(), "{bad}");
        }
    }
}
