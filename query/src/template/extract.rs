//! Which fields a pattern such as `ip=<ip> user=<user>` finds in a text.

use memchr::memmem::Finder;

use super::{Segment, TemplateError, segments, unescaped, unquote_start};

/// Before a name: what is found stays as it is, also between quotes.
const PLAIN: &str = "plain:";

/// A pattern of literal text and `<names>`, read once.
///
/// Fields are searched from left to right, each up to the literal behind it. What begins with `"` or a backtick goes on to
/// the quote that ends it, and is taken without quotes and escapes, unless it is asked for as `<plain:name>`.
#[derive(Clone, Debug)]
pub struct ExtractPattern {
    /// Literal before the first field, empty if there is none.
    start: Finder<'static>,
    parts: Vec<Part>,
}

/// A field, and the literal behind it.
#[derive(Clone, Debug)]
struct Part {
    /// `None` is skipped.
    name: Option<String>,
    plain: bool,
    /// Empty only at the end of the pattern.
    then: Finder<'static>,
}

impl ExtractPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<ExtractPattern, TemplateError> {
        let mut segments = segments(text)?.into_iter().peekable();
        let start = literal(segments.next_if(|segment| matches!(segment, Segment::Literal(_))));
        let mut parts = Vec::new();
        while let Some(segment) = segments.next() {
            let Segment::Tag(tag, at) = segment else { unreachable!("a literal is taken with what is before it") };
            let then = segments.next_if(|segment| matches!(segment, Segment::Literal(_)));
            if then.is_none() && segments.peek().is_some() {
                let message = "nothing tells where this ends and the next begins";
                return Err(TemplateError::new(at, message, "put the text between them that stands there"));
            }
            let (name, plain) = tag.strip_prefix(PLAIN).map_or((tag, false), |name| (name, true));
            let name = (!matches!(name, "" | "_" | "*")).then(|| name.to_owned());
            parts.push(Part { name, plain, then: literal(then) });
        }
        if parts.iter().all(|part| part.name.is_none()) {
            let hint = "write <name> where the wanted text stands, as in \"ip=<ip> \"";
            return Err(TemplateError::new(0..text.len(), "no field is named here", hint));
        }
        Ok(ExtractPattern { start, parts })
    }

    /// The names of the fields, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| part.name.as_deref())
    }

    /// Tells `each` field that is found in `text`, by name and value. `false` where the text is not of this form; the
    /// fields before that place have been told.
    pub fn extract(&self, text: &str, each: &mut dyn FnMut(&str, &str)) -> bool {
        let Some(at) = self.start.find(text.as_bytes()) else { return false };
        let mut rest = &text[at + self.start.needle().len()..];
        for part in &self.parts {
            match part.take(rest, each) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl Part {
    /// Tells the field that `text` begins with, and gives what is behind it and its literal.
    fn take<'t>(&self, text: &'t str, each: &mut dyn FnMut(&str, &str)) -> Option<&'t str> {
        let quoted = if self.plain { None } else { unquote_start(text) };
        if let Some((value, after)) = quoted {
            let after = after.strip_prefix(std::str::from_utf8(self.then.needle()).expect("made from a text"))?;
            self.tell(&value, each);
            return Some(after);
        }
        let len = if self.then.needle().is_empty() { text.len() } else { self.then.find(text.as_bytes())? };
        self.tell(&text[..len], each);
        Some(&text[len + self.then.needle().len()..])
    }

    fn tell(&self, value: &str, each: &mut dyn FnMut(&str, &str)) {
        if let Some(name) = &self.name {
            each(name, value);
        }
    }
}

fn literal(segment: Option<Segment<'_>>) -> Finder<'static> {
    let text = match segment {
        Some(Segment::Literal(text)) => unescaped(text),
        Some(Segment::Tag(..)) | None => String::new(),
    };
    Finder::new(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> (bool, String) {
        let mut told = Vec::new();
        let whole = ExtractPattern::parse(pattern)
            .expect(pattern)
            .extract(text, &mut |name, value| told.push(format!("{name}={value}")));
        (whole, told.join(" "))
    }

    #[test]
    fn fields_run_to_the_next_literal() {
        for (pattern, text, told) in [
            ("ip=<ip> ", "a ip=1.2.3.4 b", "ip=1.2.3.4"),
            ("<ip> <_> <user>", "1.2.3.4 - bob smith", "ip=1.2.3.4 user=bob smith"),
            ("<a>,<>,<b>", "1,2,3,4", "a=1 b=3,4"),
            ("&lt;<a>&gt;", "x <y> z", "a=y"),
            ("a&b<a>", "a&b1", "a=1"),
            ("user=<user>,", r#"user="a, \"b\"", x"#, r#"user=a, "b""#),
            ("user=<plain:user>,", r#"user="a, b", x"#, "user=\"a"),
            ("user=<user>", "user=`a b`", "user=a b"),
            ("user=<user> ", "user=\"not closed x", "user=\"not"),
            ("größe=<g>;", "ä größe=ß;", "g=ß"),
            ("<a>", "", "a="),
        ] {
            assert_eq!(found(pattern, text), (true, told.to_owned()), "{pattern}");
        }
    }

    #[test]
    fn a_text_of_another_form_is_said_to_be_one() {
        assert_eq!(found("ip=<ip> ", "ip 1.2.3.4 "), (false, String::new()));
        assert_eq!(found("<a>,<b>;", "1,2"), (false, "a=1".to_owned()));
        assert_eq!(found("<a>,<b>", "\"1\";2,3"), (false, String::new()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (pattern, at) in [("a=<b", 2..3), ("<a><b>", 0..3), ("<_>", 0..3), ("", 0..0), ("abc", 0..3)] {
            assert_eq!(ExtractPattern::parse(pattern).expect_err(pattern).at, at, "{pattern}");
        }
    }
}
