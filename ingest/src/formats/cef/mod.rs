//! ArcSight's Common Event Format:
//! `CEF:version|vendor|product|version|signature|name|severity|key=value key=value …`.
//!
//! What is known to go wrong, and what is done:
//!
//! - Values hold spaces, and `=` that nobody escaped. A key begins only behind a space, and only if it is made of the
//!   characters that keys have; every other `=` belongs to the value.
//! - Whoever can write into a value can forge keys. The first value of a key stays, the next ones are `key_2`, `key_3` …,
//!   and `cef.repeated` lists such keys. `event.original` is always the raw line.
//! - Text in front of the first key is `cef.text`.
//! - Of `cs1=x cs1Label=Rule Name` come `cs1`, `cs1Label` and `Rule Name: x`, unless the event has such a field. So of
//!   every key that has a twin with `Label` behind it.
//! - A key that ECS has a name for ([`keys::RULES`]) goes under that name only; the header likewise.
//! - `rt`, else `start`, else `end` is the time of the event. What does not read as a time stays a field.
//! - `\n` and `\r` in a value are line ends, as the format says, also in `C:\new` of those who do not escape.

mod extension;
mod keys;

use std::borrow::Cow;

use vigil_model::{List, Value};

use super::mapping::Mapping;
use super::names::Names;
use super::{LineParser, check_length, front};
use crate::draft::{Draft, Mismatch};
use crate::event::MESSAGE;
use crate::{Refusal, Severity, time};

pub(super) use extension::{Pair, is_repeated, pairs};

/// Where the format begins on a line.
const MARK: &str = "CEF:";
/// Fields of the header.
const HEADER: usize = 7;

/// Reads a line. Also for who finds one behind a header of syslog of his own.
pub(crate) struct Cef {
    mapping: Mapping,
    names: Names,
    pairs: Vec<Pair>,
    /// Whether some value of the line may be escaped: most lines have none.
    escapes: bool,
    /// The name and the value that are being put in, without their escapes.
    scratch: (String, String),
}

impl Default for Cef {
    fn default() -> Cef {
        let mapping = Mapping::new(&keys::RULES);
        let scratch = (String::new(), String::new());
        Cef { mapping, names: Names::default(), pairs: Vec::new(), escapes: false, scratch }
    }
}

/// Where CEF begins in a line: at `CEF:` and a version.
pub(crate) fn begins(line: &str) -> Option<usize> {
    let is_version = |at: &usize| {
        let version = line[at + MARK.len()..].trim_ascii_start();
        version.starts_with(|first: char| first.is_ascii_digit())
    };
    memchr::memmem::find_iter(line.as_bytes(), MARK).find(is_version)
}

/// The header's fields, still escaped, and the extension.
struct Parts<'t> {
    header: [&'t str; HEADER],
    extension: &'t str,
}

impl LineParser for Cef {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        check_length(line.len())?;
        let start = begins(line).ok_or("no `CEF:` with a version")?;
        let parts = split(&line[start + MARK.len()..])?;
        // What no record can hold as fields, it can hold as a line.
        self.fill(line, &line[..start], &parts, draft).map_err(|refusal| Mismatch::Form(refusal.to_string()))
    }
}

/// Splits at the first seven `|` that are not escaped; the last may be missing.
fn split(text: &str) -> Result<Parts<'_>, Mismatch> {
    let mut header = [""; HEADER];
    let (mut field, mut start) = (0, 0);
    for at in memchr::memchr_iter(b'|', text.as_bytes()) {
        if is_escaped(text, at) {
            continue;
        }
        header[field] = &text[start..at];
        (field, start) = (field + 1, at + 1);
        if field == HEADER {
            return Ok(Parts { header, extension: &text[start..] });
        }
    }
    if field + 1 < HEADER {
        return Err(Mismatch::Form(format!("{} of {HEADER} fields in the header", field + 1)));
    }
    header[field] = &text[start..];
    Ok(Parts { header, extension: "" })
}

/// Whether an odd number of backslashes stands in front.
fn is_escaped(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

impl Cef {
    fn fill(&mut self, line: &str, before: &str, parts: &Parts<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        self.names.clear();
        draft.text("event.original", line)?;
        front::read(before, draft)?;
        header(parts, draft)?;
        // The extension's keys must find these names taken.
        self.names.reserve(&RESERVED);
        let mut pairs = std::mem::take(&mut self.pairs);
        let text = extension::pairs(parts.extension, &mut pairs);
        let filled = self.extension(parts, text, &pairs, draft);
        self.pairs = pairs;
        filled
    }

    fn extension(
        &mut self,
        parts: &Parts<'_>,
        text: &str,
        pairs: &[Pair],
        draft: &mut Draft<'_>,
    ) -> Result<(), Refusal> {
        let whole = parts.extension;
        self.escapes = whole.contains('\\');
        if !text.is_empty() {
            draft.text("cef.text", text)?;
        }
        let time = event_time(whole, pairs, draft);
        for n in 0..pairs.len() {
            if time != Some(n) {
                self.pair(whole, pairs, n, draft)?;
            }
        }
        self.labels(whole, pairs, draft)?;
        if !draft.has(MESSAGE) {
            draft.text(MESSAGE, &header_text(parts.header[5]))?;
        }
        self.flag_repeated(draft)
    }

    /// The `n`th key with its value, under our name or the vendor's.
    fn pair(&mut self, whole: &str, pairs: &[Pair], n: usize, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let (key, written) = (pairs[n].key(whole), pairs[n].value(whole));
        let value = extension::unescape(written, self.escapes, &mut self.scratch.1);
        self.names.put_mapped(draft, key, value, self.mapping.of(key), || is_repeated(whole, pairs, n))
    }

    /// `cs1Label=Rule Name` says what `cs1` means.
    fn labels(&mut self, whole: &str, pairs: &[Pair], draft: &mut Draft<'_>) -> Result<(), Refusal> {
        for (n, label) in pairs.iter().enumerate() {
            let Some(base) = label.key(whole).strip_suffix("Label").filter(|base| !base.is_empty()) else { continue };
            if is_repeated(whole, pairs, n) {
                continue;
            }
            // Most often it is a neighbour.
            let near = &pairs[n.saturating_sub(1)..pairs.len().min(n + 2)];
            let Some(pair) = near.iter().chain(pairs).find(|pair| pair.key(whole) == base) else { continue };
            let name = extension::unescape(label.value(whole), self.escapes, &mut self.scratch.0).trim_ascii();
            let fits = !name.is_empty() && name.len() <= vigil_model::limits::FIELD_NAME_BYTES_MAX;
            if fits && !self.names.take(draft, name) {
                let value = extension::unescape(pair.value(whole), self.escapes, &mut self.scratch.1);
                draft.text(name, value)?;
            }
        }
        Ok(())
    }

    fn flag_repeated(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let mut items = Vec::new();
        self.names.repeated().for_each(|name| Value::Str(name).encode(&mut items));
        if items.is_empty() { Ok(()) } else { draft.put("cef.repeated", Value::List(List::from_encoded(&items))) }
    }
}

/// Names that stand before the extension is read.
const RESERVED: [&str; 12] = [
    "event.original",
    "host.name",
    "log.syslog.priority",
    "cef.version",
    "observer.vendor",
    "observer.product",
    "observer.version",
    "event.code",
    "rule.name",
    "event.severity",
    "level",
    "cef.text",
];

fn header(parts: &Parts<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let [version, vendor, product, release, signature, name, severity] = parts.header;
    draft.text("cef.version", version.trim_ascii())?;
    for (field, text) in [
        ("observer.vendor", vendor),
        ("observer.product", product),
        ("observer.version", release),
        ("event.code", signature),
        ("rule.name", name),
    ] {
        if !text.is_empty() {
            draft.text(field, &header_text(text))?;
        }
    }
    put_severity(&header_text(severity), draft)
}

/// A field of the header without its escapes.
fn header_text(text: &str) -> Cow<'_, str> {
    let text = text.trim_ascii();
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escaped = &rest[at + 1..];
        rest = match escaped.as_bytes().first() {
            Some(b'|' | b'\\') => {
                plain.push_str(&escaped[..1]);
                &escaped[1..]
            }
            _ => {
                plain.push('\\');
                escaped
            }
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The vendor's severity as a number or word, and the level that it means. Also LEEF's, whose scale is the same.
pub(super) fn put_severity(severity: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if severity.is_empty() {
        return Ok(());
    }
    let number = severity.parse::<i64>().ok();
    draft.put("event.severity", number.map_or(Value::Str(severity), Value::Int))?;
    let level = match number {
        Some(0..=3) => Some(Severity::Info),
        Some(4..=6) => Some(Severity::Warn),
        Some(7..=8) => Some(Severity::Error),
        Some(9..=10) => Some(Severity::Fatal),
        Some(_) => None,
        None => level_of_word(severity),
    };
    level.map_or(Ok(()), |level| draft.text("level", level.name()))
}

fn level_of_word(word: &str) -> Option<Severity> {
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    match word {
        _ if is("low") => Some(Severity::Info),
        _ if is("medium") => Some(Severity::Warn),
        _ if is("high") => Some(Severity::Error),
        _ if is("very-high") || is("very high") => Some(Severity::Fatal),
        _ => Severity::of_word(word),
    }
}

/// Sets the time of the event; answers which pair gave it: the first `rt` that reads, else `start`, else `end`.
fn event_time(whole: &str, pairs: &[Pair], draft: &mut Draft<'_>) -> Option<usize> {
    let rank = |pair: &Pair| match pair.key(whole) {
        "rt" => Some(0),
        "start" => Some(1),
        "end" => Some(2),
        _ => None,
    };
    let mut candidates: Vec<(i32, usize)> = Vec::new();
    candidates.extend(pairs.iter().enumerate().filter_map(|(n, pair)| Some((rank(pair)?, n))));
    candidates.sort_unstable();
    let mut read = candidates.iter().filter_map(|(_, n)| {
        let time = time::any(pairs[*n].value(whole), draft.now, draft.zone)?;
        Some((*n, time))
    });
    let (n, time) = read.next()?;
    draft.time = Some(time);
    Some(n)
}
