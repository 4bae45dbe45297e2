//! How `{app="shop",host=~"web-.*"}`, a selector of streams, is read as a filter of fields.

use vigil_query::{FieldTest, Filter, Pattern, Set};

/// Reads a selector, in braces or without them. The error says in words what is wrong.
pub(super) fn read(text: &str) -> Result<Filter, String> {
    let inner = text.trim();
    let inner = match inner.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or("the `}` is missing")?,
        None => inner,
    };
    let mut reader = Reader { rest: inner };
    let mut either = vec![reader.all_of()?];
    while reader.word("or") {
        either.push(reader.all_of()?);
    }
    match reader.rest.trim_start() {
        "" => Ok(either.into_iter().reduce(Filter::or).unwrap_or(Filter::All)),
        rest => Err(format!("`{}` cannot stand here", rest.chars().take(20).collect::<String>())),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Tests with commas between them; none is every event.
    fn all_of(&mut self) -> Result<Filter, String> {
        let mut all = Filter::All;
        loop {
            if self.rest.trim_start().is_empty() {
                return Ok(all);
            }
            all = all.and(self.test()?);
            if !self.sign(",") {
                return Ok(all);
            }
        }
    }

    fn test(&mut self) -> Result<Filter, String> {
        let name = self.name()?;
        let test = |test| Filter::field(&name, test);
        if self.sign("!~") {
            Ok(test(whole(&self.value()?)?).negated())
        } else if self.sign("=~") {
            Ok(test(whole(&self.value()?)?))
        } else if self.sign("!=") {
            Ok(test(FieldTest::Exact(self.value()?)).negated())
        } else if self.sign("=") {
            Ok(test(FieldTest::Exact(self.value()?)))
        } else if self.word("not_in") {
            Ok(test(self.set()?).negated())
        } else if self.word("in") {
            Ok(test(self.set()?))
        } else {
            Err(format!("after `{name}` there must be =, !=, =~, !~ or in (…)"))
        }
    }

    fn set(&mut self) -> Result<FieldTest, String> {
        if !self.sign("(") {
            return Err("after `in` there must be a list in parentheses".to_owned());
        }
        let mut values = Vec::new();
        while !self.sign(")") {
            values.push(self.value()?);
            if !self.sign(",") && !self.rest.trim_start().starts_with(')') {
                return Err("the list must end with `)`".to_owned());
            }
        }
        Ok(FieldTest::In(Set::Values(values)))
    }

    fn name(&mut self) -> Result<String, String> {
        if self.rest.trim_start().starts_with(['"', '\'', '`']) {
            return self.value();
        }
        let name = self.run(|c| c.is_alphanumeric() || "_.-/:@".contains(c));
        if name.is_empty() { Err("the name of a label is missing".to_owned()) } else { Ok(name) }
    }

    /// A text in quotes, or a word.
    fn value(&mut self) -> Result<String, String> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(quote),
            _ => {
                let word = self.run(|c| !c.is_whitespace() && !"{}(),\"'`=!~".contains(c));
                if word.is_empty() { Err("a value is missing".to_owned()) } else { Ok(word) }
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quote != '`' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, escaped @ ('\\' | '"' | '\'' | '/'))) => text.push(escaped),
                    // A regular expression keeps its own escapes.
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(format!("the closing {quote} is missing"))
    }

    fn run(&mut self, takes: impl Fn(char) -> bool) -> String {
        let rest = self.rest.trim_start();
        let end = rest.find(|c| !takes(c)).unwrap_or(rest.len());
        let (run, rest) = rest.split_at(end);
        self.rest = rest;
        run.to_owned()
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(sign);
        found.inspect(|rest| self.rest = rest).is_some()
    }

    /// A word that nothing follows which would make it a longer one.
    fn word(&mut self, word: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(word);
        let found = found.filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        found.inspect(|rest| self.rest = rest).is_some()
    }
}

/// The whole value fits the expression.
fn whole(text: &str) -> Result<FieldTest, String> {
    Pattern::new(&format!("^(?:{text})$")).map(FieldTest::Regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(name: &str, value: &str) -> Filter {
        Filter::field(name, FieldTest::Exact(value.to_owned()))
    }

    #[test]
    fn selectors_are_filters() {
        assert_eq!(read("{}"), Ok(Filter::All));
        assert_eq!(read(r#"{app="a\"b", host!='x'}"#), Ok(exact("app", "a\"b").and(exact("host", "x").negated())));
        assert_eq!(read("app=nginx"), Ok(exact("app", "nginx")));
        assert_eq!(read("{a=\"1\" or b=\"2\"}"), Ok(exact("a", "1").or(exact("b", "2"))));
        let set = Filter::field("k8s.pod.name", FieldTest::In(Set::Values(vec!["a".into(), "b".into()])));
        assert_eq!(read("{\"k8s.pod.name\" in (a, \"b\")}"), Ok(set.clone()));
        assert_eq!(read("{k8s.pod.name not_in (a,b)}"), Ok(set.negated()));
        let regex = Pattern::new("^(?:web-\\d+|x)$").expect("a good one");
        assert_eq!(read(r#"{host=~"web-\d+|x"}"#), Ok(Filter::field("host", FieldTest::Regex(regex))));
    }

    #[test]
    fn other_texts_are_refused_and_never_panic() {
        for wrong in [
            "{",
            "{a}",
            "{a=}",
            "{a=\"",
            "{a in}",
            "{a in (}",
            "{a in (x y)}",
            "{a=~\"(\"}",
            "{a=\"b\" c}",
            "{=\"x\"}",
            "{é",
            "}",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
