//! `key=value key="a value" flag`, as Go's loggers, logrus and Heroku write it.
//!
//! - Names stay as they were sent: `msg`, `level`, `ts` are known under those names anyway.
//! - Values stay text: queries compare text that is a number as a number, and the text tells `1.0` from `1`.
//! - Quoted values have Go's escapes (`\"`, `\n`, `\u00e9`, `\xc3\xa9`); a quote that nobody closes is part of the value.
//! - A word without `=` is true. A line without any `key=value` is not logfmt.
//! - Of a key that comes twice the first stays, the next ones are `key_2`, `key_3` ….

use vigil_model::Value;

use super::names::Names;
use super::{LineParser, quoted};
use crate::draft::{Draft, Mismatch};

/// Reads a line.
#[derive(Default)]
pub(crate) struct Logfmt {
    names: Names,
    scratch: String,
}

/// One piece of a line.
struct Piece<'t> {
    key: &'t str,
    value: Written<'t>,
}

enum Written<'t> {
    /// No `=`.
    Flag,
    /// As it stands there.
    Plain(&'t str),
    /// What stands between the quotes, still escaped.
    Quoted(&'t str),
}

impl LineParser for Logfmt {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        if !has_pair(line) {
            return Err("no `key=value`".into());
        }
        self.names.clear();
        let mut rest = line;
        while let Some((piece, behind)) = next(rest) {
            let value = match piece.value {
                Written::Flag => Value::Bool(true),
                Written::Plain(text) => Value::Str(text),
                Written::Quoted(text) => Value::Str(unescape(text, &mut self.scratch)),
            };
            // What no record can hold as fields, it can hold as a line.
            let put = self.names.put(draft, piece.key, value);
            put.map_err(|refusal| Mismatch::Form(refusal.to_string()))?;
            rest = behind;
        }
        Ok(())
    }
}

/// Whether a line is so much like logfmt that it can be nothing else: it begins with a pair, has another, and at least
/// every second piece is one.
pub(crate) fn is_certain(line: &str) -> bool {
    let mut rest = line;
    let (mut pieces, mut pairs) = (0_usize, 0_usize);
    while let Some((piece, behind)) = next(rest) {
        let is_pair = !matches!(piece.value, Written::Flag) && is_name(piece.key);
        if pieces == 0 && !is_pair {
            return false;
        }
        pieces += 1;
        pairs += usize::from(is_pair);
        rest = behind;
    }
    pairs >= 2 && 2 * pairs >= pieces
}

/// As programs name their keys.
fn is_name(key: &str) -> bool {
    let mut bytes = key.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@'));
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'.' | b'-' | b'/' | b'#'))
}

fn is_space(byte: u8) -> bool {
    byte <= b' '
}

/// Whether some key has a value.
fn has_pair(line: &str) -> bool {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b'=', bytes).any(|at| at > 0 && !is_space(bytes[at - 1]) && bytes[at - 1] != b'"')
}

/// The first piece of a text, and what follows it.
fn next(text: &str) -> Option<(Piece<'_>, &str)> {
    let start = text.bytes().position(|byte| !is_space(byte))?;
    let text = &text[start..];
    if let Some((words, behind)) = flag_in_quotes(text) {
        return Some((Piece { key: words, value: Written::Flag }, behind));
    }
    let ends_key = |byte: u8| byte == b'=' || is_space(byte);
    // A piece that begins with `=` has no key; then the whole of it is a flag.
    let end = text.bytes().skip(1).position(ends_key).map_or(text.len(), |at| at + 1);
    let (key, behind) = text.split_at(end);
    match behind.strip_prefix('=') {
        Some(behind) if !key.starts_with('=') => {
            let (value, behind) = value(behind);
            Some((Piece { key, value }, behind))
        }
        Some(_) => {
            let (key, behind) = word(text);
            Some((Piece { key, value: Written::Flag }, behind))
        }
        None => Some((Piece { key, value: Written::Flag }, behind)),
    }
}

/// `"some words"` without a key.
fn flag_in_quotes(text: &str) -> Option<(&str, &str)> {
    let (inner, behind) = quoted::split(text)?;
    let alone = behind.is_empty() || behind.bytes().next().is_some_and(is_space);
    (alone && !inner.is_empty()).then_some((inner, behind))
}

fn value(text: &str) -> (Written<'_>, &str) {
    match quoted::split(text) {
        Some((inner, behind)) if behind.bytes().next().is_none_or(is_space) => (Written::Quoted(inner), behind),
        None if text.starts_with('"') => (Written::Plain(text), ""),
        _ => {
            let (plain, behind) = word(text);
            (Written::Plain(plain), behind)
        }
    }
}

/// Up to the next space.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(is_space).unwrap_or(text.len()))
}

/// A value without the escapes of Go; what is none stays as it is.
fn unescape<'a>(text: &'a str, scratch: &'a mut String) -> &'a str {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return text;
    }
    scratch.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        scratch.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = escape(rest, scratch).unwrap_or_else(|| {
            scratch.push('\\');
            1
        });
        rest = &rest[used..];
    }
    scratch.push_str(rest);
    scratch
}

/// Writes what the escape means that `text` begins with; answers how many bytes it has.
fn escape(text: &str, out: &mut String) -> Option<usize> {
    let plain = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'u' => return code(text, 2, 6, out),
        b'U' => return code(text, 2, 10, out),
        b'x' => return bytes(text, out),
        _ => return None,
    };
    out.push(plain);
    Some(2)
}

fn code(text: &str, start: usize, end: usize, out: &mut String) -> Option<usize> {
    let number = u32::from_str_radix(text.get(start..end)?, 16).ok()?;
    out.push(char::from_u32(number)?);
    Some(end)
}

/// `\xc3\xa9`: one letter in as many escapes as it has bytes.
fn bytes(text: &str, out: &mut String) -> Option<usize> {
    let mut letter = [0; 4];
    for n in 0..4 {
        let digits = text.get(4 * n..4 * n + 4)?.strip_prefix("\\x")?;
        letter[n] = u8::from_str_radix(digits, 16).ok()?;
        if let Ok(letter) = std::str::from_utf8(&letter[..=n]) {
            out.push_str(letter);
            return Some(4 * n + 4);
        }
    }
    None
}
