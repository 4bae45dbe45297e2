//! What the structured data of RFC 5424 holds: `[id name="value" …][id …]`.
//!
//! Nothing is lost: of a parameter given several times all values are kept, in a list; an element without parameters is
//! an empty text; what is not in this form is left to the message.

use vigil_model::limits::SYSLOG_NAME_BYTES_MAX;
use vigil_model::{List, Value};

use crate::Refusal;
use crate::draft::Draft;

const PREFIX: &str = "log.syslog.structured_data.";

/// A parameter as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Param<'a> {
    id: &'a str,
    /// Empty where an element has none.
    name: &'a str,
    /// With its escapes.
    value: &'a str,
}

/// All elements at the beginning of a text, and what follows the last one that is whole.
pub(super) fn read(mut text: &str) -> (Vec<Param<'_>>, &str) {
    let mut params = Vec::new();
    while let Some(rest) = element(text, &mut params) {
        text = rest;
    }
    (params, text)
}

/// Puts every parameter into a field of its own.
pub(super) fn put(mut params: Vec<Param<'_>>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    // Equal names come together, their values in order.
    params.sort_by_key(|param| (param.id, param.name));
    let mut path = String::from(PREFIX);
    let mut plain = String::new();
    for same in params.chunk_by(|a, b| (a.id, a.name) == (b.id, b.name)) {
        path.truncate(PREFIX.len());
        path.push_str(same[0].id);
        if !same[0].name.is_empty() {
            path.push('.');
            path.push_str(same[0].name);
        }
        match same {
            [one] => draft.text(&path, unescaped(one.value, &mut plain))?,
            several => {
                let mut items = Vec::new();
                several.iter().for_each(|param| Value::Str(unescaped(param.value, &mut plain)).encode(&mut items));
                draft.put(&path, Value::List(List::from_encoded(&items)))?;
            }
        }
    }
    Ok(())
}

/// One element; on `None` no parameter was added.
fn element<'a>(text: &'a str, params: &mut Vec<Param<'a>>) -> Option<&'a str> {
    let before = params.len();
    let end = parameters(text, params);
    if end.is_none() {
        params.truncate(before);
    }
    end
}

fn parameters<'a>(text: &'a str, params: &mut Vec<Param<'a>>) -> Option<&'a str> {
    let (id, mut rest) = name(text.strip_prefix('[')?)?;
    let before = params.len();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(end) = rest.strip_prefix(']') {
            if params.len() == before {
                params.push(Param { id, name: "", value: "" });
            }
            return Some(end);
        }
        let (name, after) = name(rest)?;
        let inner = after.strip_prefix("=\"")?;
        let end = closing_quote(inner.as_bytes())?;
        params.push(Param { id, name, value: &inner[..end] });
        rest = &inner[end + 1..];
    }
}

/// A name of structured data, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let is_end = |byte: u8| matches!(byte, b'=' | b' ' | b']' | b'"' | 0..=31 | 127);
    let end = text.bytes().take(SYSLOG_NAME_BYTES_MAX + 1).position(is_end)?;
    (end > 0).then(|| text.split_at(end))
}

/// Where the value ends, whose escapes are `\"`, `\\` and `\]`.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The value that was meant. A backslash in front of any other letter is one.
fn unescaped<'a>(value: &'a str, plain: &'a mut String) -> &'a str {
    if memchr::memchr(b'\\', value.as_bytes()).is_none() {
        return value;
    }
    plain.clear();
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match after.chars().next() {
            Some(c @ ('"' | '\\' | ']')) => {
                plain.push(c);
                rest = &after[1..];
            }
            _ => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_up_to_what_is_none() {
        let (params, rest) = read(r#"[a@1 x="1" y="q\"]\]"][b][c x="open] text"#);
        let param = |id, name, value| Param { id, name, value };
        assert_eq!(params, [param("a@1", "x", "1"), param("a@1", "y", r#"q\"]\]"#), param("b", "", "")]);
        assert_eq!(rest, r#"[c x="open] text"#);
        assert_eq!(read("[] x"), (vec![], "[] x"));
        assert_eq!(read(&format!("[{}]", "x".repeat(SYSLOG_NAME_BYTES_MAX + 1))).0, []);
    }

    #[test]
    fn only_three_letters_are_escaped() {
        let mut plain = String::new();
        assert_eq!(unescaped(r#"a\\b\"c\]d\ne\"#, &mut plain), r#"a\b"c]d\ne\"#);
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(value in "[a-z\"\\\\\\] é]{0,20}") {
            let escaped: String = value
                .chars()
                .flat_map(|c| if "\"\\]".contains(c) { vec!['\\', c] } else { vec![c] })
                .collect();
            let text = format!("[id name=\"{escaped}\"]rest");
            let (params, rest) = read(&text);
            prop_assert_eq!((params.len(), rest), (1, "rest"));
            let mut plain = String::new();
            prop_assert_eq!(unescaped(params[0].value, &mut plain), value);
        }
    }
}
