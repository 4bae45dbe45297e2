//! What the number in angle brackets in front of a message says.

/// Names of facilities by their number, as `logger -p` and rsyslog call them.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
/// Names of severities by their number.
const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
/// More digits are no priority.
const DIGITS_MAX: usize = 5;

/// `<34>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Priority(pub(super) u32);

impl Priority {
    /// The facility; `None` where the number is out of range.
    pub(super) fn facility(self) -> Option<&'static str> {
        FACILITIES.get(self.0 as usize / 8).copied()
    }

    /// The severity, 0 to 7; `None` where the number is out of range, because then it may be anything.
    pub(super) fn severity(self) -> Option<u8> {
        self.facility().map(|_| (self.0 % 8) as u8)
    }
}

/// The name of a severity, 0 to 7.
pub(super) fn severity_name(code: u8) -> &'static str {
    SEVERITIES[usize::from(code % 8)]
}

/// The priority, if there is one, and what follows it. Empty brackets are none.
pub(crate) fn read(line: &str) -> (Option<Priority>, &str) {
    let Some(inner) = line.strip_prefix('<') else { return (None, line) };
    let digits = inner.bytes().take(DIGITS_MAX).take_while(u8::is_ascii_digit).count();
    let Some(rest) = inner[digits..].strip_prefix('>') else { return (None, line) };
    (inner[..digits].parse().ok().map(Priority), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_in_brackets() {
        for (line, priority, rest) in [
            ("<34>x", Some(34), "x"),
            ("<0>", Some(0), ""),
            ("<034>x", Some(34), "x"),
            ("<999>x", Some(999), "x"),
            ("<>x", None, "x"),
            ("<123456>x", None, "<123456>x"),
            ("<3", None, "<3"),
            ("<é>", None, "<é>"),
            ("x", None, "x"),
        ] {
            assert_eq!(read(line), (priority.map(Priority), rest), "{line}");
        }
        let parts = |number| (Priority(number).facility(), Priority(number).severity().map(severity_name));
        assert_eq!(parts(165), (Some("local4"), Some("notice")));
        assert_eq!(parts(192), (None, None));
    }
}
