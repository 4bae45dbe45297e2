//! What a message of syslog says: RFC 5424, RFC 3164, and what devices send instead.
//!
//! | field | from |
//! |---|---|
//! | `log.syslog.priority`, `.facility.name`, `.severity.name` | the number in brackets; out of range the number alone, and `parse_error` says so |
//! | `level` | the severity; of Cisco's `%ASA-6-…` where no number is in front |
//! | `host.name`, `process.name`, `process.pid`, `log.syslog.msgid` | the header; `-` and what is missing gives no field |
//! | `log.syslog.structured_data.<id>.<parameter>` | structured data; a list where a parameter is given again |
//! | `event.code`, `cisco.facility`, `cisco.message_count`, `event.sequence` | Cisco's header; the message keeps `%…` |
//! | `message` | the rest, every byte of it |
//!
//! The header may lack anything: the priority, the time, its year and zone (see [`stamp`]), the host, the program, its
//! number. With a priority the rest is a message whatever it is. A text without priority, time and anything else that
//! syslog has is none: it is kept whole with a `parse_error`.
//!
//! The crate `syslog_loose` 0.23 was tried first. Of 18 messages as devices send them it gave up on nine (a priority
//! out of range, `*Mar  1`, `%ASA-6-302013:` without a time, a tag or a text without a time, an epoch as Meraki sends it, a header
//! that ends early, structured data that is not closed, 29 February in another year), and then even the priority is lost;
//! it takes `%ASA-…` for a host, leaves escapes and byte order marks as they are, and wants a zone of `chrono`.

mod cisco;
mod priority;
mod stamp;
mod structured;
mod tag;

use vigil_model::Timestamp;

use self::cisco::Mnemonic;
pub(super) use self::priority::{Priority, read as priority};
use self::stamp::Clock;
use self::tag::Origin;
use super::LineParser;
use super::cef::{self, Cef};
use super::leef::{self, Leef};
use crate::draft::{Draft, Mismatch};
use crate::event::{MESSAGE, PARSE_ERROR};
use crate::{Refusal, Severity};

/// Reads messages of syslog, and events of CEF and LEEF inside of them.
#[derive(Default)]
pub(super) struct Syslog {
    cef: Cef,
    leef: Leef,
}

/// A header of RFC 5424.
struct Modern<'a> {
    origin: Origin<'a>,
    msgid: Option<&'a str>,
    /// Structured data and message.
    rest: &'a str,
}

impl LineParser for Syslog {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        let inner = match () {
            () if cef::begins(line).is_some() => self.cef.parse(line, draft),
            () if leef::begins(line).is_some() => self.leef.parse(line, draft),
            () => return read(line, draft),
        };
        // A message that only mentions such an event is a message all the same.
        inner.or_else(|_| {
            draft.fields.clear();
            draft.time = None;
            read(line, draft)
        })
    }
}

/// Reads one message.
fn read(line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line).trim_end_matches(['\n', '\r', '\0']);
    let (priority, rest) = priority::read(line);
    let clock = Clock { now: draft.now, zone: draft.zone };
    match version(rest).and_then(|rest| timed(clock, rest)) {
        Some((time, rest)) => {
            draft.time = time;
            put_priority(priority, draft)?;
            match modern(rest) {
                Some(header) => put_modern(&header, draft),
                // Meraki: an epoch, then a header as of old.
                None => put_origin_and_message(tag::after_time(rest), priority, draft),
            }
        }
        None => parse_old(clock, priority, rest, draft),
    }
}

/// What follows the version of RFC 5424.
fn version(text: &str) -> Option<&str> {
    let (version, rest) = text.split_at_checked(text.bytes().take(4).position(|byte| byte == b' ')?)?;
    let digits = matches!(version.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
    digits.then(|| &rest[1..])
}

/// The time of RFC 5424, which may be `-`, and what follows.
fn timed<'a>(clock: Clock<'_>, text: &'a str) -> Option<(Option<Timestamp>, &'a str)> {
    match text.strip_prefix("- ") {
        Some(rest) => Some((None, rest)),
        None => clock.modern(text).map(|(time, rest)| (Some(time), rest)),
    }
}

/// What follows the time in RFC 5424. `None` where it does not have all four words, or goes on with something else than
/// structured data.
fn modern(text: &str) -> Option<Modern<'_>> {
    let (host, rest) = word(text)?;
    let (program, rest) = word(rest)?;
    let (pid, rest) = word(rest)?;
    let (msgid, rest) = word(rest)?;
    let nil = rest == "-" || rest.starts_with("- ");
    let fits = rest.is_empty() || nil || rest.starts_with('[');
    fits.then_some(Modern { origin: Origin { host, program, pid }, msgid, rest })
}

/// The next word, which is nothing where it is `-`, and what follows.
fn word(text: &str) -> Option<(Option<&str>, &str)> {
    let text = text.trim_start_matches(' ');
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (!word.is_empty()).then(|| (Some(word).filter(|word| *word != "-"), rest))
}

fn put_modern(header: &Modern<'_>, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    put_origin(header.origin, draft)?;
    if let Some(msgid) = header.msgid {
        draft.text("log.syslog.msgid", msgid)?;
    }
    let message = match header.rest.strip_prefix('-') {
        Some(message) => message,
        None => {
            let (params, message) = structured::read(header.rest);
            structured::put(params, draft)?;
            message
        }
    };
    let message = message.strip_prefix(' ').unwrap_or(message);
    put_message(message.strip_prefix('\u{feff}').unwrap_or(message), draft)
}

/// RFC 3164, as far as it goes.
fn parse_old(clock: Clock<'_>, priority: Option<Priority>, text: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    let (counters, rest) = cisco::counters(text.trim_start_matches(' '));
    let (host, timed) = match clock.read(rest) {
        Some(timed) => (None, Some(timed)),
        None => named_then_timed(clock, rest),
    };
    let parts = match timed {
        Some((time, rest)) => {
            draft.time = Some(time);
            let (origin, message) = tag::after_time(rest);
            (Origin { host: host.or(origin.host), ..origin }, message)
        }
        None if Mnemonic::of(rest).is_some() => (Origin::default(), rest),
        None => tag::program(rest),
    };
    // Without priority and time only what nothing but syslog has makes a message of it.
    let known = parts.0.pid.is_some() || Mnemonic::of(rest).is_some();
    if priority.is_none() && timed.is_none() && !known {
        return Err("neither a priority nor a time in front".into());
    }
    put_priority(priority, draft)?;
    counters.put(draft)?;
    put_origin_and_message(parts, priority, draft)
}

/// A host with a colon in front of the time, as Cisco's `logging origin-id` puts it there.
fn named_then_timed<'a>(clock: Clock<'_>, text: &'a str) -> (Option<&'a str>, Option<(Timestamp, &'a str)>) {
    let found = text.split_once(": ").filter(|(host, _)| !host.contains(' '));
    match found.and_then(|(host, rest)| Some((host, clock.read(rest)?))) {
        Some((host, timed)) => (Some(host), Some(timed)),
        None => (None, None),
    }
}

fn put_origin_and_message(
    (origin, message): (Origin<'_>, &str),
    priority: Option<Priority>,
    draft: &mut Draft<'_>,
) -> Result<(), Mismatch> {
    put_origin(origin, draft)?;
    if let Some(mnemonic) = Mnemonic::of(message) {
        mnemonic.put(draft)?;
        if priority.and_then(Priority::severity).is_none() {
            put_level(mnemonic.severity, draft)?;
        }
    }
    put_message(message.strip_prefix('\u{feff}').unwrap_or(message), draft)
}

/// Adds what the number in front of a message says.
pub(super) fn put_priority(priority: Option<Priority>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let Some(priority) = priority else { return Ok(()) };
    draft.number("log.syslog.priority", i64::from(priority.0))?;
    let Some((facility, severity)) = priority.facility().zip(priority.severity()) else {
        let problem = format!("syslog: a priority of {} is out of range", priority.0);
        return draft.text(PARSE_ERROR, &problem);
    };
    draft.text("log.syslog.facility.name", facility)?;
    draft.text("log.syslog.severity.name", priority::severity_name(severity))?;
    put_level(severity, draft)
}

fn put_level(severity: u8, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let level = Severity::of_syslog(i64::from(severity)).expect("0 to 7 are severities");
    draft.text("level", level.name())
}

fn put_origin(origin: Origin<'_>, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    let Origin { host, program, pid } = origin;
    if let Some(host) = host {
        draft.text("host.name", host)?;
    }
    if let Some(program) = program {
        draft.text("process.name", program)?;
    }
    match pid.map(|pid| (pid, number(pid))) {
        Some((_, Some(number))) => draft.number("process.pid", number)?,
        Some((text, None)) => draft.text("process.pid", text)?,
        None => {}
    }
    Ok(())
}

/// The number that a text is, if it reads back as the same text.
fn number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    digits.then(|| text.parse().ok()).flatten()
}

fn put_message(message: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    Ok(draft.text(MESSAGE, message)?)
}
