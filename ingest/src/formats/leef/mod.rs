//! QRadar's Log Event Extended Format: `LEEF:1.0|vendor|product|version|event id|attributes`, and in 2.0 one field more
//! that says what separates the attributes: a character (`^`) or its number (`0x5e`, `x5E`).
//!
//! - Attributes are `key=value`; only the first `=` counts. What stands between separators and has no key belongs to the
//!   value before it; in front of the first key it is `leef.text`.
//! - Where the separator does not occur, a tab, then `|` (as Palo Alto sends), then a space in front of what looks like a
//!   key separates.
//! - The first value of a key stays, the next ones are `key_2`, `key_3` …, and `leef.repeated` lists such keys.
//!   `event.original` is always the raw line.
//! - A key that ECS has a name for ([`keys::RULES`]) goes under that name only; the header likewise.
//! - `devTime`, read by `devTimeFormat` where there is one, is the time of the event.

mod keys;

use vigil_model::{List, Timestamp, Value};

use super::cef::{Pair, is_repeated, pairs, put_severity};
use super::mapping::Mapping;
use super::names::Names;
use super::{LineParser, check_length, front};
use crate::draft::{Draft, Mismatch};
use crate::{Refusal, time};

/// Where the format begins on a line.
const MARK: &str = "LEEF:";
/// Names that stand before the attributes are read.
const RESERVED: [&str; 9] = [
    "event.original",
    "host.name",
    "log.syslog.priority",
    "leef.version",
    "observer.vendor",
    "observer.product",
    "observer.version",
    "event.code",
    "leef.text",
];

/// Reads a line. Also for who finds one behind a header of syslog of his own.
pub(crate) struct Leef {
    mapping: Mapping,
    names: Names,
    /// Keys and values, each as it stands on the line.
    pairs: Vec<Pair>,
}

impl Default for Leef {
    fn default() -> Leef {
        Leef { mapping: Mapping::new(&keys::RULES), names: Names::default(), pairs: Vec::new() }
    }
}

/// Where LEEF begins in a line: at `LEEF:` and a version.
pub(crate) fn begins(line: &str) -> Option<usize> {
    let is_version = |at: &usize| line[at + MARK.len()..].starts_with(|first: char| first.is_ascii_digit());
    memchr::memmem::find_iter(line.as_bytes(), MARK).find(is_version)
}

struct Parts<'t> {
    /// Version, vendor, product, its version, identifier of the event.
    header: [&'t str; 5],
    separator: Option<char>,
    attributes: &'t str,
}

impl LineParser for Leef {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        check_length(line.len())?;
        let start = begins(line).ok_or("no `LEEF:` with a version")?;
        let parts = split(&line[start + MARK.len()..])?;
        // What no record can hold as fields, it can hold as a line.
        self.fill(line, &line[..start], &parts, draft).map_err(|refusal| Mismatch::Form(refusal.to_string()))
    }
}

fn split(text: &str) -> Result<Parts<'_>, Mismatch> {
    let mut fields = text.splitn(6, '|');
    let mut header = [""; 5];
    for (n, place) in header.iter_mut().enumerate() {
        *place = fields.next().ok_or_else(|| Mismatch::Form(format!("{n} of 5 fields in the header")))?;
    }
    let rest = fields.next().unwrap_or_default();
    let named = if header[0].starts_with('1') { None } else { named_separator(rest) };
    let (separator, attributes) = named.unwrap_or((None, rest));
    Ok(Parts { header, separator, attributes })
}

/// The field of 2.0 that says what separates, and what follows it. `None` where that field is missing.
fn named_separator(rest: &str) -> Option<(Option<char>, &str)> {
    // `|` itself may be the separator: `||`.
    if let Some(attributes) = rest.strip_prefix("||") {
        return Some((Some('|'), attributes));
    }
    let (field, attributes) = rest.split_once('|')?;
    let number =
        field.strip_prefix("0x").or_else(|| field.strip_prefix("0X")).or_else(|| field.strip_prefix(['x', 'X']));
    let mut characters = field.chars();
    match (number, characters.next(), characters.next()) {
        (_, None, _) => Some((None, attributes)),
        (_, Some(only), None) => Some((Some(only), attributes)),
        (Some(digits), ..) if digits.len() <= 6 => {
            Some((Some(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?), attributes))
        }
        _ if field.trim_ascii().is_empty() => Some((None, attributes)),
        _ if field == "\\t" => Some((Some('\t'), attributes)),
        _ => None,
    }
}

impl Leef {
    fn fill(&mut self, line: &str, before: &str, parts: &Parts<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        self.names.clear();
        self.names.reserve(&RESERVED);
        draft.text("event.original", line)?;
        front::read(before, draft)?;
        header(&parts.header, draft)?;
        let whole = parts.attributes;
        let mut found = std::mem::take(&mut self.pairs);
        let text = attributes(whole, parts.separator, &mut found);
        let filled = self.attributes(whole, text, &found, draft);
        self.pairs = found;
        filled
    }

    fn attributes(&mut self, whole: &str, text: &str, found: &[Pair], draft: &mut Draft<'_>) -> Result<(), Refusal> {
        if !text.is_empty() {
            draft.text("leef.text", text)?;
        }
        let value_of = |key: &str| found.iter().find(|pair| pair.key(whole) == key).map(|pair| pair.value(whole));
        let form = value_of("devTimeFormat");
        let time = value_of("devTime").and_then(|text| device_time(text, form, draft));
        draft.time = time.or(draft.time);
        let severity = value_of("sev");
        if let Some(severity) = severity.filter(|severity| !severity.is_empty()) {
            self.names.reserve(&["event.severity", "level"]);
            put_severity(severity, draft)?;
        }
        // Told in the envelope and the header: the first of each, later ones are kept.
        let mut told = [("devTime", time.is_some()), ("devTimeFormat", time.is_some()), ("sev", severity.is_some())];
        for (n, pair) in found.iter().enumerate() {
            let (key, value) = (pair.key(whole), pair.value(whole));
            match told.iter_mut().find(|(name, told)| *told && *name == key) {
                Some((_, told)) => *told = false,
                None => {
                    let rule = self.mapping.of(key);
                    self.names.put_mapped(draft, key, value, rule, || is_repeated(whole, found, n))?;
                }
            }
        }
        self.flag_repeated(draft)
    }

    fn flag_repeated(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let mut items = Vec::new();
        self.names.repeated().for_each(|name| Value::Str(name).encode(&mut items));
        if items.is_empty() { Ok(()) } else { draft.put("leef.repeated", Value::List(List::from_encoded(&items))) }
    }
}

fn header(header: &[&str; 5], draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let names = ["leef.version", "observer.vendor", "observer.product", "observer.version", "event.code"];
    for (name, text) in names.iter().zip(header) {
        let text = text.trim_ascii();
        if !text.is_empty() {
            draft.text(name, text)?;
        }
    }
    Ok(())
}

/// Finds all attributes; answers the text in front of the first.
fn attributes<'t>(whole: &'t str, separator: Option<char>, found: &mut Vec<Pair>) -> &'t str {
    let declared = [separator, Some('\t')].into_iter().flatten().find(|separator| whole.contains(*separator));
    match declared {
        Some(separator) => separated(whole, separator, found),
        // One attribute alone needs no separator, and may hold what looks like another.
        None if separator.is_some() => separated(whole, '\t', found),
        None if are_piped(whole) => separated(whole, '|', found),
        None => pairs(whole, found),
    }
}

/// Whether there is an attribute between any two `|`, so that none of them stands in a value.
fn are_piped(whole: &str) -> bool {
    let mut pieces = whole.split('|').filter(|piece| !piece.trim_ascii().is_empty());
    whole.contains('|') && pieces.all(|piece| piece.contains('='))
}

fn separated<'t>(whole: &'t str, separator: char, found: &mut Vec<Pair>) -> &'t str {
    found.clear();
    let (mut front, mut start) = (0, 0);
    for piece in whole.split(separator) {
        let (piece_start, piece_end) = (start, start + piece.len());
        start = piece_end + separator.len_utf8();
        match (piece.split_once('=').map(|(key, _)| key).filter(|key| !key.trim_ascii().is_empty()), found.last_mut()) {
            (Some(key), _) => found.push(Pair::of(whole, piece_start, piece_start + key.len(), piece_end)),
            // A trailing separator ends nothing and begins nothing.
            (None, _) if piece.trim_ascii().is_empty() => {}
            (None, Some(last)) => last.reach(piece_end),
            (None, None) => front = piece_end,
        }
    }
    whole[..front].trim_ascii()
}

/// The time of `devTime`: by its form, or else as milliseconds, or in one of the forms that are usual.
fn device_time(text: &str, form: Option<&str>, draft: &Draft<'_>) -> Option<Timestamp> {
    let by_form = form.and_then(|form| time::java::read(form, text, draft.now, draft.zone));
    by_form.or_else(|| time::any(text, draft.now, draft.zone))
}
