//! Error logs of Apache (2.2 and 2.4) and of nginx.
//!
//! `log.level` is the server's own word, `level` ours; the module of Apache is `log.logger`, its code (`AH00128`)
//! `event.code`. What nginx appends (`client`, `server`, `request`, `upstream`, `host`, `referrer`) is taken off the message
//! where all of it reads; brackets of Apache that are not known stay in the message. Times are of the source's zone.

use std::net::IpAddr;

use super::access::{put_request, unescape};
use super::{LineParser, check_length, quoted};
use crate::draft::{Draft, Mismatch};
use crate::event::MESSAGE;
use crate::{Refusal, Severity, time};

/// Reads a line.
pub(crate) struct ErrorLog;

impl LineParser for ErrorLog {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        check_length(line.len())?;
        let read = if line.starts_with('[') { apache(line, draft) } else { nginx(line, draft) };
        match read {
            Some(put) => put.map_err(|refusal| Mismatch::Form(refusal.to_string())),
            None => Err("neither of Apache nor of nginx".into()),
        }
    }
}

/// What the brackets hold that `text` begins with, and what follows them.
fn bracket(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once(']').map(|(inner, behind)| (inner, behind.trim_ascii_start()))
}

/// `None`: the line is none of Apache's. Nothing was put then.
fn apache(line: &str, draft: &mut Draft<'_>) -> Option<Result<(), Refusal>> {
    let (written, behind) = bracket(line)?;
    let time = time::month_first::read(written, draft.now, draft.zone)?;
    let (module, behind) = bracket(behind)?;
    let (logger, word) = module.rsplit_once(':').unwrap_or(("", module));
    let level = level(word)?;
    draft.time = Some(time);
    Some(apache_rest(logger, word, level, behind, draft))
}

/// One of the servers' words; `trace1` to `trace8` are Apache's.
fn level(word: &str) -> Option<Severity> {
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    Severity::of_word(word.trim_end_matches(|digit: char| digit.is_ascii_digit()))
}

fn apache_rest(
    logger: &str,
    word: &str,
    level: Severity,
    mut text: &str,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    put_level(word, level, draft)?;
    if !logger.is_empty() {
        draft.text("log.logger", logger)?;
    }
    while let Some((inner, behind)) = bracket(text) {
        let known = match inner.split_once(' ') {
            Some(("pid", numbers)) => put_process(numbers, draft)?,
            Some(("client" | "remote", address)) => put_client(address, !logger.is_empty(), draft)?,
            _ => false,
        };
        if !known {
            break;
        }
        text = behind;
    }
    // `(13)Permission denied: [client 1.2.3.4:5] AH00132: …`
    let inner = text.split_once(": [client ").and_then(|(_, behind)| behind.split_once(']'));
    if let Some((address, _)) = inner.filter(|_| text.starts_with('(') && !draft.has("source.ip")) {
        put_client(address, !logger.is_empty(), draft)?;
    }
    let message = match text.rsplit_once(", referer: ") {
        Some((message, referrer)) if !referrer.contains(' ') => {
            draft.text("http.request.referrer", referrer)?;
            message
        }
        _ => text,
    };
    if let Some(code) = code(message) {
        draft.text("event.code", code)?;
    }
    draft.text(MESSAGE, message)
}

fn put_level(word: &str, level: Severity, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.text("log.level", word)?;
    draft.text("level", level.name())
}

/// `35708` or `35708:tid 4328636416`.
fn put_process(numbers: &str, draft: &mut Draft<'_>) -> Result<bool, Refusal> {
    let (process, thread) = numbers.split_once(":tid ").unwrap_or((numbers, ""));
    let Ok(process) = process.parse() else { return Ok(false) };
    let thread = match (thread, thread.parse()) {
        ("", _) => None,
        (_, Ok(thread)) => Some(thread),
        (_, Err(_)) => return Ok(false),
    };
    draft.number("process.pid", process)?;
    thread.map_or(Ok(()), |thread| draft.number("process.thread.id", thread))?;
    Ok(true)
}

/// An address, with a port behind it where the server writes one; answers whether it was an address. Apache 2.4 writes
/// ports, and no brackets around an address of IPv6; Apache 2.2 and nginx write none.
fn put_client(address: &str, ported: bool, draft: &mut Draft<'_>) -> Result<bool, Refusal> {
    let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let with_port = || {
        let (ip, port) = address.rsplit_once(':').filter(|_| ported)?;
        Some((bare(ip)?, Some(port.parse::<u16>().ok()?)))
    };
    let Some((ip, port)) = with_port().or_else(|| Some((bare(address)?, None))) else { return Ok(false) };
    draft.text("source.ip", &ip.to_string())?;
    port.map_or(Ok(()), |port| draft.number("source.port", i64::from(port)))?;
    Ok(true)
}

/// `AH00128` at the start of the message or behind the text of an error of the system.
fn code(message: &str) -> Option<&str> {
    let start =
        message.find("AH").filter(|at| *at == 0 || message[..*at].ends_with(": ") || message[..*at].ends_with("] "))?;
    let code = message[start..].split(':').next()?;
    (code.len() == 7 && code.bytes().skip(2).all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// `2026/11/21 10:00:00 [error] 123#0: *45 message`. `None`: the line is none of nginx's. Nothing was put then.
fn nginx(line: &str, draft: &mut Draft<'_>) -> Option<Result<(), Refusal>> {
    let (written, behind) = line.split_once(" [")?;
    let time = time::year_first::read(written, draft.zone)?;
    let (word, behind) = behind.split_once("] ")?;
    let level = level(word)?;
    let (process, text) = behind.split_once(": ")?;
    let (process, thread) = process.split_once('#')?;
    let (process, thread) = (process.parse().ok()?, thread.parse().ok()?);
    draft.time = Some(time);
    let put = put_level(word, level, draft)
        .and_then(|()| draft.number("process.pid", process))
        .and_then(|()| draft.number("process.thread.id", thread))
        .and_then(|()| nginx_rest(text, draft));
    Some(put)
}

fn nginx_rest(text: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let connection = text.strip_prefix('*').and_then(|text| text.split_once(' '));
    let text = match connection.and_then(|(number, behind)| Some((number.parse().ok()?, behind))) {
        Some((number, behind)) => {
            draft.number("nginx.connection", number)?;
            behind
        }
        None => text,
    };
    let Some((message, pieces)) = appended(text) else { return draft.text(MESSAGE, text) };
    for (key, value) in pieces {
        match key {
            "client" => {
                if !put_client(value, false, draft)? {
                    draft.text("source.address", value)?;
                }
            }
            "request" => put_request(&unescape(value), draft)?,
            "host" => draft.text("url.domain", &unescape(value))?,
            "referrer" => draft.text("http.request.referrer", &unescape(value))?,
            other => draft.text(&format!("nginx.{other}"), &unescape(value))?,
        }
    }
    draft.text(MESSAGE, message)
}

/// The pieces that nginx may append, in the order in which it does.
const APPENDED: [&str; 9] =
    ["client", "server", "login", "upstream", "request", "subrequest", "upstream", "host", "referrer"];

/// The message without what nginx appended, and that in pieces; `None` where nothing was, or not all of it reads.
fn appended(text: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let (message, mut rest) = text.rsplit_once(", client: ").map(|(message, _)| text.split_at(message.len()))?;
    let mut pieces: Vec<(&str, &str)> = Vec::with_capacity(APPENDED.len());
    while !rest.is_empty() {
        let (key, behind) = rest.strip_prefix(", ")?.split_once(": ")?;
        if !APPENDED.contains(&key) || pieces.iter().any(|(known, _)| *known == key) {
            return None;
        }
        let (value, left) = match quoted::split(behind) {
            Some((value, left)) => (value, left),
            None => behind.split_at(behind.find(", ").unwrap_or(behind.len())),
        };
        pieces.push((key, value));
        rest = left;
    }
    Some((message, pieces))
}
