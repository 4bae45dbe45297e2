//! Which values stand behind a name that makes them secret: `password=…`, `"api_key": "…"`, `Authorization: Bearer …`,
//! `--token …`, `<secret>…</secret>`, `{"name":"DB_PASSWORD","value":"…"}`?

use crate::stages::scrub::finding::{Cut, Kind, REDACTED, beside_taken_out};
use crate::stages::scrub::looks::{drawn, like_a_key};
use crate::stages::scrub::names::{NAME_BYTES_MAX, Names, Says};
use crate::stages::scrub::values::{
    LOOKED_AT_MAX, Quote, bracket_end, closes, is_escape, is_name_byte, line_end, quoted_line_end,
};

/// Spaces between a name, its mark and the value.
const SPACES_MAX: usize = 32;
/// What `Authorization` says in front of one secret word.
const SCHEMES: [&str; 8] = ["bearer", "basic", "token", "negotiate", "ntlm", "apikey", "api-key", "key"];
/// What it says in front of several parts.
const LONG_SCHEMES: [&str; 5] = ["digest", "aws4-hmac-sha256", "hawk", "oauth", "mutual"];
/// Values that tell no secret wherever they stand.
const NOTHINGS: [&str; 8] = ["null", "none", "nil", "true", "false", "undefined", "yes", "no"];
/// Words that go on a sentence: `password: incorrect`.
const WORDS: [&str; 26] = [
    "accepted",
    "authentication",
    "cannot",
    "changed",
    "could",
    "denied",
    "does",
    "empty",
    "error",
    "expired",
    "failed",
    "failure",
    "incorrect",
    "invalid",
    "is",
    "mismatch",
    "missing",
    "must",
    "not",
    "ok",
    "permission",
    "required",
    "reset",
    "token",
    "unknown",
    "wrong",
];

/// A name, and how its value begins.
struct Pair<'t> {
    name: &'t [u8],
    /// Enclosed the name.
    quote: Quote,
    mark: Mark,
    /// Where the value begins, its quotation mark included.
    from: usize,
    /// It is a variable of a program that is given a value: `$password = …`.
    code: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Equals,
    /// A colon; whether a space follows.
    Colon(bool),
    /// The end of a tag.
    Tag,
    /// A space behind an option of a command.
    Option,
}

/// The secret behind the name in which a trigger ends at `at`; nothing before `floor` belongs to it.
pub(crate) fn find(text: &[u8], at: usize, floor: usize, names: &Names) -> Option<Cut> {
    let (start, end) = name_around(text, at, floor)?;
    let says = names.say(&text[start..end]);
    if matches!(says, Says::Nothing | Says::Card | Says::KeyId) {
        return None;
    }
    let pair = pair(text, start, end)?;
    if is_path(text, start, &pair) {
        return None;
    }
    let (start, end, with) = secret(text, &pair, says, names)?;
    (start < end).then(|| Cut { start, end, kind: Kind::Named, with: with.into() })
}

/// The secret behind `Bearer `, wherever it stands.
pub(crate) fn bearer(text: &[u8], at: usize) -> Option<Cut> {
    let word = at.checked_sub(7)?;
    let begins = text[word..at].eq_ignore_ascii_case(b"bearer ") && (word == 0 || !is_name_byte(text[word - 1]));
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(byte);
    let len = text[at..].iter().take_while(|byte| token(byte)).count();
    let secret = begins && len >= 16 && text[at..at + len].iter().any(u8::is_ascii_digit);
    secret.then(|| Cut { start: at, end: at + len, kind: Kind::Named, with: REDACTED.into() })
}

fn name_around(text: &[u8], at: usize, floor: usize) -> Option<(usize, usize)> {
    let last = at - 1;
    let behind = text[last..].iter().take(NAME_BYTES_MAX).take_while(|byte| is_name_byte(**byte)).count();
    let before = text[floor..last].iter().rev().take(NAME_BYTES_MAX).take_while(|byte| is_name_byte(**byte)).count();
    let (start, end) = (last - before, last + behind);
    (start < end && end - start < NAME_BYTES_MAX).then_some((start, end))
}

/// What stands between a name and its value.
fn pair(text: &[u8], start: usize, end: usize) -> Option<Pair<'_>> {
    let bracket = usize::from(text.get(end) == Some(&b']'));
    let quote = Quote::at(text, end + bracket);
    let behind = end + bracket + quote.len();
    let name = &text[start..end];
    let mut at = spaces(text, behind);
    if quote != Quote::None {
        at = named_value(text, at);
    }
    let tag = quote != Quote::None || (start > 0 && text[start - 1] == b'<');
    let (mark, from) = match (text.get(at)?, text.get(at + 1)) {
        (b'=', Some(b'>' | b'=')) => (Mark::Equals, at + 2),
        (b':', Some(b':')) => return None,
        (b':', Some(b'=')) => (Mark::Equals, at + 2),
        (b':', Some(b'/')) if text.get(at + 2) == Some(&b'/') => return None,
        (b':', next) => (Mark::Colon(next.is_some_and(u8::is_ascii_whitespace)), at + 1),
        (b'=', _) => (Mark::Equals, at + 1),
        (b'>', _) if tag => (Mark::Tag, at + 1),
        _ if name.starts_with(b"-") && at > behind => (Mark::Option, at),
        _ => return None,
    };
    let from = if quote == Quote::None { spaces(text, from) } else { lines(text, from) };
    let code = mark == Mark::Equals && start > 0 && text[start - 1] == b'$' && text.get(end) == Some(&b' ');
    Some(Pair { name, quote, mark, from, code })
}

/// Behind `, "value"` or ` value`, where a name is itself a value.
fn named_value(text: &[u8], at: usize) -> usize {
    let comma = usize::from(text.get(at) == Some(&b','));
    let word = lines(text, at + comma);
    let quote = Quote::at(text, word);
    let inner = word + quote.len();
    let is_value = text.get(inner..inner + 5).is_some_and(|word| word.eq_ignore_ascii_case(b"value"));
    if is_value { spaces(text, inner + 5 + Quote::at(text, inner + 5).len()) } else { at }
}

fn spaces(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let spaces = rest.iter().take(SPACES_MAX).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let tabs = rest[spaces..].chunks_exact(2).take(SPACES_MAX).take_while(|pair| *pair == b"\\t").count();
    from + spaces + 2 * tabs
}

fn lines(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take(SPACES_MAX).take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Whether the name is the end of a path: `cat: /etc/passwd: Permission denied`, or the directory `PWD=/`.
fn is_path(text: &[u8], start: usize, pair: &Pair<'_>) -> bool {
    let file = start >= 2
        && matches!(text[start - 1], b'/' | b'\\')
        && (is_name_byte(text[start - 2]) || text[start - 2] == b'/' || beside_taken_out(text, start - 1, start - 1));
    let directory = matches!(pair.name, b"PWD" | b"OLDPWD") && text.get(pair.from) == Some(&b'/');
    (file && matches!(pair.mark, Mark::Colon(_))) || directory
}

/// Where the secret begins and ends, and what to put there.
fn secret(text: &[u8], pair: &Pair<'_>, says: Says, names: &Names) -> Option<(usize, usize, String)> {
    let redacted = || REDACTED.to_owned();
    if pair.mark == Mark::Tag {
        let end = text[pair.from..].iter().position(|byte| *byte == b'<').map_or(text.len(), |at| pair.from + at);
        return looks(text, pair.from, end, says).then(|| (pair.from, end, redacted()));
    }
    let from = pair.from + opening(text, pair);
    let quote = Quote::at(text, from);
    if quote != Quote::None {
        let start = from + quote.len();
        if pair.quote == Quote::None && from == pair.from && closes(text, start) {
            return None;
        }
        let end = quote.end(text, start);
        let start = if says == Says::Authorization { behind_scheme(text, start).0 } else { start };
        return looks(text, start, end.max(start), says).then(|| (start, end.max(start), redacted()));
    }
    if pair.quote != Quote::None && matches!(text.get(from), Some(b'[' | b'{')) {
        let with = format!("{0}{REDACTED}{0}", pair.quote.text());
        let decided = matches!(says, Says::Secret | Says::Credentials | Says::Authorization | Says::Cookie);
        return decided.then(|| (from, bracket_end(text, from, pair.quote), with));
    }
    let (start, end) = open(text, from, pair, says).filter(|(_, end)| !is_code(&text[pair.from..*end], pair, names))?;
    let json = pair.quote != Quote::None && matches!(pair.mark, Mark::Colon(_));
    let with = if json { format!("{0}{REDACTED}{0}", pair.quote.text()) } else { redacted() };
    Some((start, end, with))
}

/// Bytes of what may stand before a value and is no part of it: a bracket, the `b` of Python's `b'…'`.
fn opening(text: &[u8], pair: &Pair<'_>) -> usize {
    let rest = &text[pair.from.min(text.len())..];
    let bracket = usize::from(pair.quote == Quote::None && matches!(rest.first(), Some(b'[' | b'(' | b'{' | b'<')));
    let letters = rest[bracket..].iter().take(2).take_while(|byte| b"bBfFrRuU@".contains(byte)).count();
    let quoted = matches!(Quote::at(rest, bracket + letters), Quote::Plain(_));
    let prefix = if quoted { letters } else { 0 };
    bracket + prefix
}

/// A value without quotation marks.
fn open(text: &[u8], from: usize, pair: &Pair<'_>, says: Says) -> Option<(usize, usize)> {
    let limit = match says {
        Says::Drawn | Says::Word | Says::Key => text.len().min(from + LOOKED_AT_MAX),
        _ => text.len(),
    };
    let end = Quote::None.end(&text[..limit], from);
    let scheme = says == Says::Authorization && behind_scheme(text, from).0 > from;
    if (end == limit && limit < text.len()) || (!scheme && is_said(&text[from..end], pair)) {
        return None;
    }
    match says {
        Says::Authorization => return Some(authorization(text, from, end)),
        Says::Cookie => return cookie(text, from, end, pair),
        _ => {}
    }
    looks(text, from, end, says).then_some((from, end))
}

/// Whether a value is one of the words that tell nothing, or a variable behind an option.
fn is_said(value: &[u8], pair: &Pair<'_>) -> bool {
    let is_one = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    let colon = matches!(pair.mark, Mark::Colon(_));
    let sentence = matches!(pair.mark, Mark::Colon(true) | Mark::Option) && pair.quote == Quote::None;
    let variable = pair.mark == Mark::Option && matches!(value.first(), Some(b'$' | b'-' | b'|' | b';' | b'\\'));
    value.is_empty() || (colon && is_escape(value, 0)) || is_one(&NOTHINGS) || (sentence && is_one(&WORDS)) || variable
}

/// Whether a value is a piece of a program, whose secrets would stand in quotation marks: a variable called as secrets
/// are, `[Type]::Member`, anything that a variable is set to; or an identifier in braces as Windows has them.
fn is_code(value: &[u8], pair: &Pair<'_>, names: &Names) -> bool {
    let variable = value.first() == Some(&b'$')
        && value[1..].iter().all(|byte| is_name_byte(*byte) || b"{}:".contains(byte))
        && names.say(value) != Says::Nothing;
    let member = value.first() == Some(&b'[') && value.windows(3).any(|part| part == b"]::");
    let braces = value.first() == Some(&b'{') && value.contains(&b';') && matches!(pair.mark, Mark::Colon(_));
    pair.code || variable || member || braces
}

/// Whether a value is as its name says that a secret is.
fn looks(text: &[u8], start: usize, end: usize, says: Says) -> bool {
    let value = &text[start..end];
    match says {
        Says::Drawn => value.len() <= LOOKED_AT_MAX && drawn(value),
        Says::Key => value.len() <= LOOKED_AT_MAX && like_a_key(value),
        Says::Word => is_word(value),
        Says::Credentials => !value.iter().all(u8::is_ascii_alphabetic),
        _ => true,
    }
}

/// Whether a value is none of a test's results: `pass=12`, `pass: ok`.
pub(crate) fn is_word(value: &[u8]) -> bool {
    let number = value.iter().all(|byte| byte.is_ascii_digit() || b".%/,:".contains(byte));
    !number && !NOTHINGS.iter().chain(&WORDS).any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Behind the scheme that stands at `from`, and whether several parts follow.
fn behind_scheme(text: &[u8], from: usize) -> (usize, bool) {
    let word = text[from..].iter().take(24).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let is_one =
        |known: &[&str]| known.iter().any(|known| text[from..from + word].eq_ignore_ascii_case(known.as_bytes()));
    let long = is_one(&LONG_SCHEMES);
    let follows = text.get(from + word) == Some(&b' ') && (long || is_one(&SCHEMES));
    if follows { (spaces(text, from + word), long) } else { (from, false) }
}

fn authorization(text: &[u8], from: usize, end: usize) -> (usize, usize) {
    let (start, long) = behind_scheme(text, from);
    if long {
        return (start, quoted_line_end(text, start));
    }
    if start > from {
        return (start, Quote::None.end(text, start));
    }
    // A scheme that nobody knows, then its secret.
    let next = spaces(text, end);
    let next_end = Quote::None.end(text, next);
    let both = next > end
        && text[from..end].iter().all(u8::is_ascii_alphabetic)
        && text[next..next_end].iter().any(u8::is_ascii_digit);
    (from, if both { next_end } else { end })
}

fn cookie(text: &[u8], from: usize, end: usize, pair: &Pair<'_>) -> Option<(usize, usize)> {
    let word = &text[from..end];
    if matches!(pair.mark, Mark::Colon(_)) && word.contains(&b'=') {
        return Some((from, quoted_line_end(text, from).min(line_end(text, from))));
    }
    (pair.mark == Mark::Equals || drawn(word)).then_some((from, end))
}
