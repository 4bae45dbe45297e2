//! `unpack_syslog`: the parts of a line of RFC 5424 or RFC 3164.
//!
//! `priority`, `facility` (name), `severity` (number), `level` (name), `format`, `timestamp`, `hostname`, `app_name`,
//! `proc_id`, `msg_id`, `message`; a parameter of structured data is `id.name`. A line that begins with neither a
//! priority nor the time of RFC 3164 leaves the row as it is.

use vigil_model::Value;
use vigil_query::Unpack;

use super::Step;
use super::unpack::{put, source};
use crate::scratch::Scratch;
use crate::value::Cell;
use crate::view::View;

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) struct UnpackSyslog(pub(super) Unpack);

impl Step for UnpackSyslog {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let scratch = view.scratch();
        let Some(parts) = source(&self.0, view).and_then(|line| parse(line, scratch)) else { return true };
        parts.into_iter().for_each(|(name, value)| put(&self.0, view, name, Cell::Model(value)));
        true
    }
}

type Parts<'a> = Vec<(&'a str, Value<'a>)>;

fn parse<'a>(line: &'a str, scratch: &'a Scratch) -> Option<Parts<'a>> {
    let line = line.trim_start();
    let mut parts = Vec::new();
    let rest = match priority(line) {
        Some((priority, rest)) => {
            parts.push(("priority", Value::Int(i64::from(priority))));
            parts.push(("facility", Value::Str(FACILITIES[usize::from(priority / 8)])));
            parts.push(("severity", Value::Int(i64::from(priority % 8))));
            parts.push(("level", Value::Str(LEVELS[usize::from(priority % 8)])));
            rest
        }
        None => old_time(line).map(|_| line)?,
    };
    match rest.strip_prefix("1 ") {
        Some(rest) => new_form(rest, scratch, &mut parts),
        None => old_form(rest, &mut parts),
    }
    Some(parts)
}

/// `<165>`: at most 191.
fn priority(line: &str) -> Option<(u8, &str)> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    let is_number = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u8 = digits.parse().ok().filter(|number| is_number && *number <= 191)?;
    Some((number, rest))
}

/// RFC 5424, behind its version.
fn new_form<'a>(line: &'a str, scratch: &'a Scratch, parts: &mut Parts<'a>) {
    parts.push(("format", Value::Str("rfc5424")));
    let mut rest = line;
    for name in ["timestamp", "hostname", "app_name", "proc_id", "msg_id"] {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        if !matches!(word, "-" | "") {
            parts.push((name, Value::Str(word)));
        }
        rest = after;
    }
    let rest = match rest.strip_prefix('-') {
        Some(after) => after,
        None => structured(rest, scratch, parts),
    };
    let message = rest.strip_prefix(' ').unwrap_or(rest);
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    if !message.is_empty() {
        parts.push(("message", Value::Str(message)));
    }
}

/// `[id name="value"][…]`; answers what follows. Where it is not well formed, that is the message.
fn structured<'a>(mut rest: &'a str, scratch: &'a Scratch, parts: &mut Parts<'a>) -> &'a str {
    while let Some((element, after)) = element(rest, scratch) {
        parts.extend(element);
        rest = after;
    }
    rest
}

fn element<'a>(text: &'a str, scratch: &'a Scratch) -> Option<(Parts<'a>, &'a str)> {
    let inside = text.strip_prefix('[')?;
    let end = inside.find([' ', ']'])?;
    let (id, mut rest) = inside.split_at(end);
    let mut parts = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix(']') {
            return Some((parts, after));
        }
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = parameter(after)?;
        if scratch.is_full() || name.contains([' ', ']', '"']) {
            return None;
        }
        let value = if value.contains('\\') { scratch.text(&unescaped(value)) } else { value };
        parts.push((scratch.text(&format!("{id}.{name}")), Value::Str(value)));
        rest = after;
    }
}

/// The value up to its closing quote, and what follows the quote.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some((&text[..at], &text[at + 1..])),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    None
}

/// Only `"`, `\` and `]` are escaped; any other backslash stands for itself.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next @ ('"' | '\\' | ']')) if c == '\\' => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// RFC 3164: time, host, tag; each may be missing.
fn old_form<'a>(line: &'a str, parts: &mut Parts<'a>) {
    parts.push(("format", Value::Str("rfc3164")));
    let mut rest = line;
    if let Some((time, after)) = old_time(line).or_else(|| new_time(line)) {
        parts.push(("timestamp", Value::Str(time)));
        rest = after;
        if let Some((host, after)) = rest.split_once(' ').filter(|(host, _)| is_host(host)) {
            parts.push(("hostname", Value::Str(host)));
            rest = after;
        }
    }
    let rest = tag(rest, parts).unwrap_or(rest);
    parts.push(("message", Value::Str(rest)));
}

/// `Oct  3 22:14:15 `, fifteen characters.
fn old_time(line: &str) -> Option<(&str, &str)> {
    let (time, rest) = line.split_at_checked(15)?;
    let bytes = time.as_bytes();
    let digits = [(5, true), (7, true), (8, true), (10, true), (11, true), (13, true), (14, true), (6, false)];
    let fits = MONTHS.contains(&time.get(..3)?)
        && digits.iter().all(|(at, is_digit)| bytes[*at].is_ascii_digit() == *is_digit)
        && (bytes[4] == b' ' || bytes[4].is_ascii_digit())
        && bytes[9] == b':'
        && bytes[12] == b':';
    let rest = rest.strip_prefix(' ').or_else(|| rest.is_empty().then_some(rest))?;
    fits.then_some((time, rest))
}

/// A time of RFC 3339, as many programs write it in this place.
fn new_time(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = line.split_once(' ')?;
    word.parse::<vigil_model::Timestamp>().is_ok().then_some((word, rest))
}

/// A tag of a program (`su:`, `sshd[42]:`) is no host.
fn is_host(word: &str) -> bool {
    !word.is_empty() && !word.ends_with(':') && !word.contains(['[', ']', '='])
}

/// `name[pid]: ` or `name: `; answers what follows.
fn tag<'a>(line: &'a str, parts: &mut Parts<'a>) -> Option<&'a str> {
    let end = line.find(|c: char| matches!(c, ':' | '[') || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let (pid, rest) = match rest.strip_prefix('[') {
        Some(inside) => inside.split_once(']').map(|(pid, rest)| (Some(pid), rest))?,
        None => (None, rest),
    };
    let message = rest.strip_prefix(':')?;
    if name.is_empty() {
        return None;
    }
    parts.push(("app_name", Value::Str(name)));
    parts.extend(pid.filter(|pid| !pid.is_empty()).map(|pid| ("proc_id", Value::Str(pid))));
    Some(message.strip_prefix(' ').unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use vigil_query::{Pipe, Unpack};

    fn check(line: &str, expected: Expect) {
        let unpack = Unpack { from: Some("line".into()), ..Unpack::default() };
        let row = serde_json::json!({ "line": line }).to_string();
        let pipes = [Pipe::UnpackSyslog(unpack), Pipe::Delete(vec!["line".into()])];
        crate::steps::testing::check(&pipes, &row, expected);
    }

    #[test]
    fn the_new_form() {
        check(
            r#"<165>1 2003-10-11T22:14:15.003Z web.example.com su - ID47 [ex@1 iut="3" e="a\"b\]\n"][two x="é"] 'su root' failed"#,
            expect![[
                r#"{"priority":165,"facility":"local4","severity":5,"level":"notice","format":"rfc5424","timestamp":"2003-10-11T22:14:15.003Z","hostname":"web.example.com","app_name":"su","msg_id":"ID47","ex@1.iut":"3","ex@1.e":"a\"b]\\n","two.x":"é","message":"'su root' failed"}"#
            ]],
        );
        check(
            "<0>1 - - - - - -",
            expect![[r#"{"priority":0,"facility":"kern","severity":0,"level":"emerg","format":"rfc5424"}"#]],
        );
        check(
            "<0>1 a",
            expect![[
                r#"{"priority":0,"facility":"kern","severity":0,"level":"emerg","format":"rfc5424","timestamp":"a"}"#
            ]],
        );
        check(
            "<14>1 - h a - - [broken x=\"1] text",
            expect![[
                r#"{"priority":14,"facility":"user","severity":6,"level":"info","format":"rfc5424","hostname":"h","app_name":"a","message":"[broken x=\"1] text"}"#
            ]],
        );
    }

    #[test]
    fn the_old_form() {
        check(
            "<34>Oct  1 22:14:15 mymachine su[42]: 'su root' failed: yes",
            expect![[
                r#"{"priority":34,"facility":"auth","severity":2,"level":"crit","format":"rfc3164","timestamp":"Oct  1 22:14:15","hostname":"mymachine","app_name":"su","proc_id":"42","message":"'su root' failed: yes"}"#
            ]],
        );
        check(
            "Oct 11 22:14:15 kernel: oops",
            expect![[r#"{"format":"rfc3164","timestamp":"Oct 11 22:14:15","app_name":"kernel","message":"oops"}"#]],
        );
        check(
            "<13>hello world",
            expect![[
                r#"{"priority":13,"facility":"user","severity":5,"level":"notice","format":"rfc3164","message":"hello world"}"#
            ]],
        );
        check("<999>x", expect!["{}"]);
        check("é no syslog", expect!["{}"]);
    }
}
