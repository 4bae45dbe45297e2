//! Which host and which program a header of RFC 3164 names, if it names any.

/// What stands between time and message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    pub(super) host: Option<&'a str>,
    pub(super) program: Option<&'a str>,
    pub(super) pid: Option<&'a str>,
}

/// What the text behind a time names, and the message. The host may be missing: then the program comes first, known by
/// its colon or its number in brackets.
pub(super) fn after_time(text: &str) -> (Origin<'_>, &str) {
    // AIX says whose message it passes on.
    if let Some((host, rest)) = text.strip_prefix("Message forwarded from ").and_then(|rest| rest.split_once(": ")) {
        let (origin, message) = program(rest);
        return (Origin { host: Some(host), ..origin }, message);
    }
    let Some((first, rest)) = text.split_once(' ') else { return program(text) };
    if is_message(text) {
        return (Origin::default(), text);
    }
    // A name with two colons at its end is an address of IPv6 rather than a program.
    let address = first.ends_with("::");
    if !address && (is_program(first) || first.ends_with(':') && rest.starts_with('%')) {
        return match rest.starts_with('%') && !first.contains('[') {
            true => (Origin { host: first.strip_suffix(':'), ..Origin::default() }, rest),
            false => program(text),
        };
    }
    let rest = rest.trim_start_matches(' ');
    // Cisco's ASA puts a colon between host and message.
    if let Some(message) = rest.strip_prefix(": ").filter(|message| message.starts_with('%')) {
        return (Origin { host: Some(first), ..Origin::default() }, message);
    }
    let (origin, message) = if is_message(rest) { (Origin::default(), rest) } else { program(rest) };
    (Origin { host: Some(first.strip_suffix(':').filter(|_| !address).unwrap_or(first)), ..origin }, message)
}

/// The program at the beginning of a text, and the message.
pub(super) fn program(text: &str) -> (Origin<'_>, &str) {
    let word = text.split(' ').next().unwrap_or_default();
    match split_tag(word) {
        Some((program, pid, used)) => {
            let rest = &text[used..];
            (Origin { host: None, program: Some(program), pid }, rest.strip_prefix(' ').unwrap_or(rest))
        }
        None => (Origin::default(), text),
    }
}

/// Whether a message begins here that is in a form of its own: another parser's, or Cisco's.
fn is_message(text: &str) -> bool {
    text.starts_with("CEF:") || text.starts_with("LEEF:") || text.starts_with('%') || text.starts_with('{')
}

/// Whether a word is a whole tag: `su:`, `sshd[12]:`, `sshd[12]`.
fn is_program(word: &str) -> bool {
    split_tag(word).is_some_and(|(_, _, used)| used == word.len())
}

/// Program, its number, and how many bytes of the word they take with brackets and colon.
fn split_tag(word: &str) -> Option<(&str, Option<&str>, usize)> {
    let bytes = word.as_bytes();
    let at = memchr::memchr2(b'[', b':', bytes)?;
    if at == 0 {
        return None;
    }
    if bytes[at] == b'[' {
        let end = at + memchr::memchr(b']', &bytes[at..])?;
        let pid = &word[at + 1..end];
        let colon = usize::from(bytes.get(end + 1) == Some(&b':'));
        let ended = colon == 1 || end + 1 == word.len();
        return (ended && !pid.is_empty()).then_some((&word[..at], Some(pid), end + 1 + colon));
    }
    // Names with colons inside (`Foo::Bar:`) end with the last one.
    if let Some(name) = word.strip_suffix(':') {
        return Some((name.trim_end_matches(':'), None, word.len())).filter(|(name, ..)| !name.is_empty());
    }
    // `su:text` without a space; not `http://`, `C:\` or `10:15`.
    let name = bytes[0].is_ascii_alphabetic() && bytes[..at].iter().all(|byte| is_name(*byte)) && at > 1;
    let text = bytes.get(at + 1).is_some_and(|byte| byte.is_ascii_alphabetic());
    (name && text).then_some((&word[..at], None, at + 1))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin<'a>(host: &'a str, program: &'a str, pid: &'a str) -> Origin<'a> {
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Origin { host: some(host), program: some(program), pid: some(pid) }
    }

    #[test]
    fn hosts_and_programs_that_may_be_missing() {
        for (text, host, program, pid, message) in [
            ("web1 sshd[12]: hi", "web1", "sshd", "12", "hi"),
            ("web1 su: hi: there", "web1", "su", "", "hi: there"),
            ("web1  su:hi", "web1", "su", "", "hi"),
            ("web1 sshd[12] hi", "web1", "sshd", "12", "hi"),
            ("web1 postfix/smtpd[9]:  two", "web1", "postfix/smtpd", "9", " two"),
            ("web1 su(pam_unix)[7]: x", "web1", "su(pam_unix)", "7", "x"),
            ("web1 last message repeated 3 times", "web1", "", "", "last message repeated 3 times"),
            ("web1 http://x y", "web1", "", "", "http://x y"),
            ("web1 C:\\x y", "web1", "", "", "C:\\x y"),
            ("sshd[12]: hi", "", "sshd", "12", "hi"),
            ("su: hi", "", "su", "", "hi"),
            ("su:", "", "su", "", ""),
            ("hello", "", "", "", "hello"),
            ("", "", "", "", ""),
            ("fe80::1 su: x", "fe80::1", "su", "", "x"),
            ("fe80:: su: x", "fe80::", "su", "", "x"),
            ("Message forwarded from aix1: su: x", "aix1", "su", "", "x"),
            ("asa1 : %ASA-6-302013: x", "asa1", "", "", "%ASA-6-302013: x"),
            ("asa1: %ASA-6-302013: x", "asa1", "", "", "%ASA-6-302013: x"),
            ("%ASA-6-302013: x", "", "", "", "%ASA-6-302013: x"),
            ("web1 CEF:0|a|b c", "web1", "", "", "CEF:0|a|b c"),
            ("web1 [x] y", "web1", "", "", "[x] y"),
            ("web1 a[]: y", "web1", "", "", "a[]: y"),
        ] {
            assert_eq!(after_time(text), (origin(host, program, pid), message), "{text}");
        }
    }
}
