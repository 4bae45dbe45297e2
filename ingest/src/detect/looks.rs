//! Which format the first lines are in.
//!
//! A line counts for a format when its parser reads it, and more than that where the parser takes almost anything: a
//! message of syslog without a priority needs a host and a program, one of GELF its two required members.

use vigil_model::limits::DETECT_BYTES_MAX;
use vigil_model::{Timestamp, Value};

use super::Decision;
use crate::draft::Draft;
use crate::fields::Fields;
use crate::formats::{self, LineParser};
use crate::{Format, Recipe, Severity};

/// The first bytes of a file of the Windows event log.
const EVTX_MAGIC: &[u8] = b"ElfFile\0";

/// How a format of lines is told.
struct Look {
    format: Format,
    /// Whether a line may be one of its lines; where none may, its parser is not asked.
    may: fn(&str) -> bool,
    /// Whether a line that the parser read, into these fields, is sure enough.
    is: fn(&str, &Fields) -> bool,
}

/// Formats of text, the most special first.
const TEXT: [Look; 8] = [
    Look { format: Format::Cef, may: |line| line.contains("CEF:"), is: any },
    Look { format: Format::Leef, may: |line| line.contains("LEEF:"), is: any },
    Look { format: Format::Syslog, may: may_be_syslog, is: is_syslog },
    Look { format: Format::Access, may: |line| line.contains("] \""), is: any },
    Look { format: Format::ErrorLog, may: |line| line.contains('['), is: any },
    Look { format: Format::W3c, may: |line| line.starts_with("#Fields:"), is: any },
    Look { format: Format::Cri, may: |line| line.contains(" stdout ") || line.contains(" stderr "), is: any },
    Look { format: Format::Logfmt, may: |line| line.contains('='), is: |line, _| formats::is_logfmt(line) },
];

/// Formats of JSON objects one a line.
const JSON: [Look; 2] = [
    Look { format: Format::Docker, may: is_docker, is: |line, _| is_docker(line) },
    Look { format: Format::Gelf, may: is_gelf, is: |line, _| is_gelf(line) },
];

fn any(_: &str, _: &Fields) -> bool {
    true
}

/// The format of the first lines of a body; `head` are its first bytes.
pub(super) fn judge(head: &[u8], lines: &[String], otherwise: Format, recipe: &Recipe, now: Timestamp) -> Decision {
    if let Some(decision) = by_beginning(head, lines) {
        return decision;
    }
    let looks: &[Look] = if otherwise == Format::Ndjson { &JSON } else { &TEXT };
    let found = looks.iter().find_map(|look| look.counted(lines, recipe, now));
    found.unwrap_or_else(|| Decision { format: otherwise, why: unlike(otherwise, lines.len()) })
}

fn unlike(otherwise: Format, lines: usize) -> String {
    match (otherwise, lines) {
        (Format::Ndjson, _) => "one object a line".to_owned(),
        (_, 0) => "no line to tell by".to_owned(),
        (_, lines) => format!("no other format reads {} of {lines} lines", least(lines)),
    }
}

/// Formats whose events are no single lines are told by how they begin.
fn by_beginning(head: &[u8], lines: &[String]) -> Option<Decision> {
    let said = |format, what: &str| Some(Decision { format, why: format!("it begins as {what}") });
    if head.starts_with(EVTX_MAGIC) {
        return said(Format::Evtx, "a file of the Windows event log does");
    }
    let first = lines.first()?;
    if first.starts_with("__CURSOR=") && lines.iter().any(|line| line.starts_with("__REALTIME_TIMESTAMP=")) {
        return said(Format::Journal, "an export of the journal does");
    }
    let head = String::from_utf8_lossy(&head[..head.len().min(DETECT_BYTES_MAX)]);
    let xml = ["<Event ", "<Event>", "<Events", "<?xml"].iter().any(|start| first.trim_start().starts_with(start));
    if xml && head.contains("<Event") && head.contains("<System>") {
        return said(Format::WindowsXml, "events of Windows do");
    }
    None
}

/// So many of the lines have to be of the format.
fn least(lines: usize) -> usize {
    (4 * lines).div_ceil(5)
}

impl Look {
    /// The decision for this format, if it reads enough of the lines.
    fn counted(&self, lines: &[String], recipe: &Recipe, now: Timestamp) -> Option<Decision> {
        if !lines.iter().any(|line| (self.may)(line)) {
            return None;
        }
        let mut parser = formats::parser(&Recipe { format: self.format, ..recipe.clone() })?;
        let mut fields = Fields::default();
        let mut misses = 0;
        for line in lines {
            misses += usize::from(!self.reads(line, parser.as_mut(), &mut fields, recipe, now));
            if misses > lines.len() - least(lines.len()) {
                return None;
            }
        }
        let (read, all) = (lines.len() - misses, lines.len());
        Some(Decision { format: self.format, why: format!("{read} of {all} line{}", if all == 1 { "" } else { "s" }) })
    }

    fn reads(
        &self,
        line: &str,
        parser: &mut dyn LineParser,
        fields: &mut Fields,
        recipe: &Recipe,
        now: Timestamp,
    ) -> bool {
        fields.clear();
        let read = parser.parse(line, &mut Draft::new(fields, now, &recipe.zone)).is_ok();
        read && (self.is)(line, fields)
    }
}

/// A priority, or the beginning of a time, of a host or of a mnemonic of Cisco.
fn may_be_syslog(line: &str) -> bool {
    line.starts_with(|first: char| first == '<' || first == '%' || first == '*' || first.is_ascii_alphanumeric())
}

/// A priority or a mnemonic is enough. Else there must be a program, and a host behind a time in ISO form, so that
/// `2026-08-01T12:00:00Z INFO main: started` is none.
fn is_syslog(line: &str, fields: &Fields) -> bool {
    if fields.has("log.syslog.priority") || fields.has("event.code") {
        return true;
    }
    let text = |name| match fields.value(name) {
        Some(Value::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    let (Some(program), host) = (text("process.name"), text("host.name")) else { return false };
    let is_host = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
    let named = host.as_deref().is_some_and(is_host);
    let old = line.bytes().take(3).all(|byte| byte.is_ascii_alphabetic());
    let modern = line.as_bytes().get(10) == Some(&b'T');
    let level = |word: &str| Severity::of_word(word).is_some();
    (named && (old || modern) || host.is_none() && old) && !level(&program) && !host.is_some_and(|host| level(&host))
}

/// As Docker writes it: all of its members.
fn is_docker(line: &str) -> bool {
    ["\"log\":", "\"stream\":", "\"time\":"].iter().all(|member| line.contains(member))
}

/// What GELF requires.
fn is_gelf(line: &str) -> bool {
    ["\"version\":", "\"short_message\":", "\"host\":"].iter().all(|member| line.contains(member))
}
