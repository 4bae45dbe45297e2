//! Access logs of Apache and nginx: common, combined, with a virtual host in front, with more behind.
//!
//! `message` is short, such as `GET /index.html 200`: everything else on the line is a field of its own, and what follows
//! the user agent (times, upstreams) is `extra`, as it stands there. A request that is none of HTTP stays whole under
//! `http.request.line`. A `-` is a value that is missing. There is no `level`: a status is no verdict.

use std::borrow::Cow;
use std::net::IpAddr;

use vigil_model::Timestamp;

use super::{LineParser, check_length, quoted};
use crate::draft::{Draft, Mismatch};
use crate::event::MESSAGE;
use crate::{Refusal, time};

/// Reads a line.
pub(crate) struct Access;

/// The pieces of a line, still escaped.
struct Entry<'t> {
    host: Option<&'t str>,
    client: &'t str,
    identity: &'t str,
    user: Cow<'t, str>,
    time: Timestamp,
    request: &'t str,
    status: &'t str,
    size: &'t str,
    referrer: Option<&'t str>,
    agent: Option<&'t str>,
    extra: &'t str,
}

impl LineParser for Access {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        check_length(line.len())?;
        let entry = Entry::of(line, draft)?;
        draft.time = Some(entry.time);
        // What no record can hold as fields, it can hold as a line.
        entry.put(draft).map_err(|refusal| Mismatch::Form(refusal.to_string()))
    }
}

impl<'t> Entry<'t> {
    fn of(line: &'t str, draft: &Draft<'_>) -> Result<Entry<'t>, Mismatch> {
        let (front, time, behind) = at_time(line, draft).ok_or("no time such as [10/Oct/2000:13:55:36 -0700]")?;
        let (host, client, identity, user) = front_words(front).ok_or("no client in front of the time")?;
        let (request, behind) = request(behind.trim_ascii_start()).ok_or("no request in quotes behind the time")?;
        let (status, behind) = word(behind);
        if status != "-" && !(status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err("no status behind the request".into());
        }
        let (size, behind) = word(behind);
        let (referrer, behind) = optional_quoted(behind);
        let (agent, extra) = if referrer.is_some() { optional_quoted(behind) } else { (None, behind) };
        let extra = extra.trim_ascii();
        Ok(Entry { host, client, identity, user, time, request, status, size, referrer, agent, extra })
    }

    fn put(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        if let Some(host) = self.host {
            put_host(host, draft)?;
        }
        put_client(self.client, draft)?;
        put_known("user.name", &self.user, draft)?;
        put_known("ident", self.identity, draft)?;
        put_request(&unescape(self.request), draft)?;
        for (name, number) in [("http.response.status_code", self.status), ("http.response.body.bytes", self.size)] {
            match number.parse() {
                Ok(number) => draft.number(name, number)?,
                Err(_) => put_known(name, number, draft)?,
            }
        }
        put_known("http.request.referrer", &unescape(self.referrer.unwrap_or_default()), draft)?;
        put_known("user_agent.original", &unescape(self.agent.unwrap_or_default()), draft)?;
        if !self.extra.is_empty() {
            draft.text("extra", self.extra)?;
        }
        let request = unescape(self.request);
        // The version of HTTP is what people look at last.
        let short = request.rsplit_once(" HTTP/").map_or(&*request, |(short, _)| short);
        draft.text(MESSAGE, &format!("{short} {}", self.status))
    }
}

/// More words in front of the time are no access log, even where a proxy lists many addresses.
const FRONT_WORDS_MAX: usize = 64;

/// What stands in front of the time, the time, and what follows it.
fn at_time<'t>(line: &'t str, draft: &Draft<'_>) -> Option<(&'t str, Timestamp, &'t str)> {
    // An address of IPv6 may have brackets as well.
    memchr::memchr_iter(b'[', line.as_bytes()).take(4).find_map(|open| {
        let (inner, behind) = line[open + 1..].split_once(']')?;
        Some((&line[..open], time::clf::read(inner, draft.zone)?, behind))
    })
}

/// Virtual host, client, identity and user, of the words in front of the time.
fn front_words(front: &str) -> Option<(Option<&str>, &str, &str, Cow<'_, str>)> {
    let words: Vec<&str> = front.split_ascii_whitespace().take(FRONT_WORDS_MAX + 1).collect();
    if words.len() > FRONT_WORDS_MAX {
        return None;
    }
    // Nobody has had an identity for decades: the first `-` behind the client stands for it.
    let identity = (1..words.len()).find(|n| words[*n] == "-" && *n + 1 < words.len());
    let identity = identity.or_else(|| words.len().checked_sub(2).filter(|n| *n > 0))?;
    let user = match &words[identity + 1..] {
        [user] => Cow::Borrowed(*user),
        user => Cow::Owned(user.join(" ")),
    };
    let start = words[0].as_ptr() as usize - front.as_ptr() as usize;
    let last = words[identity - 1];
    let end = last.as_ptr() as usize - front.as_ptr() as usize + last.len();
    let clients = &front[start..end];
    let host = (identity > 1 && !words[0].ends_with(',')).then_some(words[0]);
    let client = host.map_or(clients, |host| clients[host.len()..].trim_ascii_start());
    Some((host, client, words[identity], user))
}

/// The request in quotes: up to the quote that a status follows, for those who do not escape quotes.
fn request(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let (request, behind) = quoted::split(text)?;
    if before_status(behind) {
        return Some((request, behind));
    }
    let ends = memchr::memchr_iter(b'"', inner.as_bytes());
    let end = ends.take(64).find(|end| before_status(&inner[end + 1..]))?;
    Some((&inner[..end], &inner[end + 1..]))
}

fn before_status(text: &str) -> bool {
    text.strip_prefix(' ').is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit() || first == '-'))
}

/// The next word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_ascii_start();
    text.split_at(text.find(' ').unwrap_or(text.len()))
}

fn optional_quoted(text: &str) -> (Option<&str>, &str) {
    match quoted::split(text.trim_ascii_start()) {
        Some((inner, behind)) => (Some(inner), behind),
        None => (None, text),
    }
}

fn put_known(name: &str, text: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if text.is_empty() || text == "-" { Ok(()) } else { draft.text(name, text) }
}

fn put_host(host: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match host.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?))) {
        Some((host, port)) => {
            draft.text("url.domain", host)?;
            draft.number("url.port", i64::from(port))
        }
        None => draft.text("url.domain", host),
    }
}

/// An address, a name, or the addresses that a proxy hands on.
fn put_client(client: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let first = client.split(',').next().unwrap_or_default().trim_ascii();
    if first.len() < client.len() {
        draft.text("source.address", client)?;
    }
    let bare = first.strip_prefix('[').and_then(|first| first.strip_suffix(']')).unwrap_or(first);
    match bare.parse::<IpAddr>() {
        Ok(_) => draft.text("source.ip", bare),
        Err(_) => put_known("source.domain", first, draft),
    }
}

/// `GET /path HTTP/1.1`, taken apart; whole where it is something else. Also for the requests in error logs.
pub(super) fn put_request(request: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let Some((method, target, version)) = request_parts(request) else {
        return put_known("http.request.line", request, draft);
    };
    draft.text("http.request.method", method)?;
    draft.text("url.original", target)?;
    if target.starts_with('/') {
        draft.text("url.path", target.split(['?', '#']).next().unwrap_or_default())?;
    }
    put_known("http.version", version, draft)
}

fn request_parts(request: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = request.split_once(' ')?;
    let (target, version) = match rest.rsplit_once(" HTTP/") {
        Some((target, version)) => (target, version),
        None => (rest, ""),
    };
    let plausible = (1..=20).contains(&method.len())
        && method.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'));
    (plausible && !target.is_empty() && version.len() <= 8).then_some((method, target, version))
}

/// Without the escapes of Apache and nginx, where they stand for text that can be read: `\"`, `\\`, `\xc3\xa9`.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = match rest.as_bytes().get(1) {
            Some(b'"' | b'\\') => {
                plain.push_str(&rest[1..2]);
                2
            }
            _ => letter(rest, &mut plain).unwrap_or_else(|| {
                plain.push('\\');
                1
            }),
        };
        rest = &rest[used..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// One letter in as many `\xHH` as it has bytes, unless it is one that nobody can see.
fn letter(text: &str, out: &mut String) -> Option<usize> {
    let mut bytes = [0; 4];
    for n in 0..4 {
        let digits = text.get(4 * n..4 * n + 4)?.strip_prefix("\\x")?;
        bytes[n] = u8::from_str_radix(digits, 16).ok()?;
        if let Ok(letter) = std::str::from_utf8(&bytes[..=n]) {
            let visible = letter.chars().all(|letter| !letter.is_control());
            out.push_str(if visible { letter } else { &text[..4 * n + 4] });
            return Some(4 * n + 4);
        }
    }
    None
}
