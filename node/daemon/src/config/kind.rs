//! What the value of a setting is, and how a text is read as one.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::list;
use super::units::{duration_text, parse_duration, parse_size, size_text};

/// What a value is, and between which bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Any text of at most so many bytes.
    Text(usize),
    /// A path; a leading `~/` is the home directory.
    Path,
    /// As a path, or `none`.
    PathOrNone,
    /// `HOST:PORT`.
    Address,
    /// At most so many of `HOST:PORT`, names not resolved; or this word alone.
    Addresses(&'static str, usize),
    /// At most so many names; or this word alone.
    Names(&'static str, usize),
    /// One of the first words alone, or some of the second.
    Words(&'static [&'static str], &'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A size in bytes, from least to most.
    Size(u64, u64),
    /// As a size, or `none`.
    SizeOrNone(u64, u64),
    /// A duration in milliseconds, from least to most.
    Duration(u64, u64),
    /// A whole number, from least to most.
    Count(u64, u64),
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Of `Text` and `Word`.
    Text(String),
    /// Of `Path`.
    Path(PathBuf),
    /// Of `Address`.
    Address(SocketAddr),
    /// Of `Addresses`, `Names` and `Words`, unless it is a word that stands alone: that is a text.
    List(Vec<String>),
    /// Of `Flag`.
    Flag(bool),
    /// Of `Size`, and of `SizeOrNone` when there is one.
    Size(u64),
    /// `none`.
    None,
    /// Of `Duration`.
    Duration(Duration),
    /// Of `Count`.
    Count(u64),
}

impl Kind {
    /// What is expected, for messages.
    pub(crate) fn expected(&self) -> String {
        match self {
            Kind::Text(max) => format!("a text of at most {max} bytes"),
            Kind::Path => "a path".into(),
            Kind::PathOrNone => "a path, or none".into(),
            Kind::Addresses(usual, most) => format!("{usual}, or at most {most} addresses such as 10.0.0.5:7701"),
            Kind::Names(usual, most) => format!("{usual}, or at most {most} names"),
            Kind::Words(alone, words) => format!("{}, or some of: {}", alone.join(", "), words.join(", ")),
            Kind::Address => "an address such as 127.0.0.1:8080".into(),
            Kind::Flag => "true or false".into(),
            Kind::Word(words) => format!("one of: {}", words.join(", ")),
            Kind::Size(..) => "a size such as 64MiB".into(),
            Kind::SizeOrNone(..) => "a size such as 10GiB, or none".into(),
            Kind::Duration(..) => "a duration such as 500ms or 1s".into(),
            Kind::Count(least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    /// Whether a list may be written.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Kind::Addresses(..) | Kind::Names(..) | Kind::Words(..))
    }

    /// Reads a value; the error says what is wrong and what was expected.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match *self {
            Kind::Text(max) => read_text(text, max),
            Kind::PathOrNone if is_none(text) => Ok(Value::None),
            Kind::Path | Kind::PathOrNone => read_path(text),
            Kind::Addresses(usual, most) => list::read(text, &[usual], most, list::address),
            Kind::Names(usual, most) => list::read(text, &[usual], most, list::name),
            Kind::Words(alone, words) => {
                list::read(text, alone, words.len(), |word| list::word(word, words).ok_or_else(|| self.unlike(word)))
            }
            Kind::Address => super::address::read(text).map(Value::Address),
            Kind::Flag => text.parse().map(Value::Flag).map_err(|_| self.unlike(text)),
            Kind::Word(words) if words.contains(&text) => Ok(Value::Text(text.into())),
            Kind::Word(words) => Err(super::near::with_hint(self.unlike(text), text, words)),
            Kind::SizeOrNone(..) if is_none(text) => Ok(Value::None),
            Kind::Size(least, most) | Kind::SizeOrNone(least, most) => {
                bounded(parse_size(text)?, least, most, size_text).map(Value::Size)
            }
            Kind::Duration(least, most) => read_duration(text, least, most),
            Kind::Count(least, most) => {
                let n = text.replace('_', "").parse().map_err(|_| self.unlike(text))?;
                bounded(n, least, most, |n| n.to_string()).map(Value::Count)
            }
        }
    }

    fn unlike(&self, text: &str) -> String {
        format!("`{text}` is not {}", self.expected())
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Text(text) if text.is_empty() => f.write_str("\"\""),
            Value::Text(text) => f.write_str(text),
            Value::Path(path) => write!(f, "{}", path.display()),
            Value::Address(address) => write!(f, "{address}"),
            Value::List(items) => f.write_str(&items.join(", ")),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Size(bytes) => f.write_str(&size_text(*bytes)),
            Value::None => f.write_str("none"),
            Value::Duration(span) => f.write_str(&duration_text(*span)),
            Value::Count(n) => write!(f, "{n}"),
        }
    }
}

fn is_none(text: &str) -> bool {
    matches!(text, "none" | "null" | "~")
}

fn read_text(text: &str, max: usize) -> Result<Value, String> {
    let too_long = || format!("a text of {} bytes is longer than {max}", text.len());
    if text.chars().any(char::is_control) {
        return Err("control characters are not allowed here".into());
    }
    (text.len() <= max).then(|| Value::Text(text.into())).ok_or_else(too_long)
}

fn read_path(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Err("a path is missing".into());
    }
    let home = text.strip_prefix("~/").and_then(|rest| Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)));
    Ok(Value::Path(home.unwrap_or_else(|| text.into())))
}

fn read_duration(text: &str, least: u64, most: u64) -> Result<Value, String> {
    let ms = u64::try_from(parse_duration(text)?.as_millis()).unwrap_or(u64::MAX);
    let name = |ms| duration_text(Duration::from_millis(ms));
    bounded(ms, least, most, name).map(|ms| Value::Duration(Duration::from_millis(ms)))
}

fn bounded(n: u64, least: u64, most: u64, name: impl Fn(u64) -> String) -> Result<u64, String> {
    if n < least {
        return Err(format!("{} is less than the least, {}", name(n), name(least)));
    }
    (n <= most).then_some(n).ok_or_else(|| format!("{} is more than the most, {}", name(n), name(most)))
}
