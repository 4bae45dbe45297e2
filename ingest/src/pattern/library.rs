//! Which patterns have a name: those of grok that people know, written for an engine without look-around.
//!
//! Where the usual ones look around to stop at the end of a number, these stop by what they match: put a separator behind
//! them, as every log has one.

/// Names and patterns, those of one kind together.
const PATTERNS: [(&str, &str); 77] = [
    // Words and numbers
    ("WORD", r"(?-u:\b)[0-9A-Za-z_]+(?-u:\b)"),
    ("NOTSPACE", r"\S+"),
    ("SPACE", r"\s*"),
    ("DATA", r".*?"),
    ("GREEDYDATA", r".*"),
    ("QUOTEDSTRING", r#"(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`)"#),
    ("QS", "%{QUOTEDSTRING}"),
    ("INT", r"[+-]?[0-9]+"),
    ("BASE10NUM", r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ("NUMBER", "%{BASE10NUM}"),
    ("BASE16NUM", r"[+-]?(?:0[xX])?[0-9A-Fa-f]+"),
    ("BASE16FLOAT", r"[+-]?(?:0[xX])?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)"),
    ("POSINT", r"[1-9][0-9]*"),
    ("NONNEGINT", r"[0-9]+"),
    ("BOOL", r"(?i:true|false)"),
    ("UUID", r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    ("URN", r"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#%-]+"),
    ("HASH", r"[0-9A-Fa-f]{32,128}"),
    // People and machines
    ("USERNAME", r"[0-9A-Za-z._-]+"),
    ("USER", "%{USERNAME}"),
    ("EMAILLOCALPART", r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~.-]{1,64}"),
    ("EMAILADDRESS", "%{EMAILLOCALPART}@%{HOSTNAME}"),
    ("CISCOMAC", r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"),
    ("WINDOWSMAC", r"(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}"),
    ("COMMONMAC", r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"),
    ("MAC", "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})"),
    ("IPV4", r"(?-u:\b)(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?-u:\b)"),
    ("HEX4", "[0-9A-Fa-f]{1,4}"),
    (
        "IPV6",
        r"(?:(?:%{HEX4}:){6}%{IPV4}|(?:%{HEX4}:){7}%{HEX4}|(?:%{HEX4}(?::%{HEX4}){0,6})?::(?:(?:%{HEX4}:){0,5}%{IPV4}|%{HEX4}(?::%{HEX4}){0,6})?)(?:%[0-9A-Za-z]+)?",
    ),
    ("IP", "(?:%{IPV6}|%{IPV4})"),
    ("HOSTNAME", r"(?-u:\b)[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62})(?:\.[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}))*\.?"),
    ("HOST", "%{HOSTNAME}"),
    ("IPORHOST", "(?:%{IP}|%{HOSTNAME})"),
    ("HOSTPORT", "%{IPORHOST}:%{POSINT}"),
    // Paths and addresses of the web
    ("UNIXPATH", r"(?:/[0-9A-Za-z_%!$@:.,+~-]*)+"),
    ("WINPATH", r#"(?:[A-Za-z]:|\\)(?:\\[^\\?*"<>|\r\n]*)+"#),
    ("PATH", "(?:%{UNIXPATH}|%{WINPATH})"),
    ("TTY", r"/dev/(?:pts|tty(?:[pq])?)[0-9A-Za-z_+~-]*/?(?:[0-9]+)?"),
    ("URIPROTO", r"[A-Za-z](?:[0-9A-Za-z+.-]+)+"),
    ("URIHOST", "%{IPORHOST}(?::%{POSINT})?"),
    ("URIPATH", r"(?:/[0-9A-Za-z$.+!*'(){},~:;=@#%&_-]*)+"),
    ("URIQUERY", r"[0-9A-Za-z$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*"),
    ("URIPARAM", r"\?%{URIQUERY}"),
    ("URIPATHPARAM", "%{URIPATH}(?:%{URIPARAM})?"),
    ("URI", "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?"),
    // Times
    (
        "MONTH",
        r"(?-u:\b)(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?-u:\b)",
    ),
    ("MONTHNUM", r"(?:0?[1-9]|1[0-2])"),
    ("MONTHNUM2", r"(?:0[1-9]|1[0-2])"),
    ("MONTHDAY", r"(?:0[1-9]|[12][0-9]|3[01]|[1-9])"),
    ("DAY", r"(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)"),
    ("YEAR", r"[0-9]{2}(?:[0-9]{2})?"),
    ("HOUR", r"(?:2[0-3]|[01]?[0-9])"),
    ("MINUTE", r"[0-5][0-9]"),
    ("SECOND", r"(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?"),
    ("TIME", "%{HOUR}:%{MINUTE}(?::%{SECOND})"),
    ("DATE_US", "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"),
    ("DATE_EU", "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"),
    ("DATE", "(?:%{DATE_US}|%{DATE_EU})"),
    ("ISO8601_TIMEZONE", "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))"),
    ("ISO8601_SECOND", "%{SECOND}"),
    (
        "TIMESTAMP_ISO8601",
        "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?:%{ISO8601_TIMEZONE})?",
    ),
    ("TZ", r"[A-Z]{3,4}"),
    ("DATESTAMP", "%{DATE}[- ]%{TIME}"),
    ("DATESTAMP_RFC822", "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}"),
    ("DATESTAMP_RFC2822", "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}"),
    ("DATESTAMP_OTHER", "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}"),
    ("SYSLOGTIMESTAMP", "%{MONTH} +%{MONTHDAY} %{TIME}"),
    ("HTTPDATE", r"%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} [+-][0-9]{4}"),
    // What logs begin with
    ("PROG", r"[\x21-\x5a\x5c\x5e-\x7e]+"),
    ("SYSLOGPROG", r"%{PROG:process.name}(?:\[%{POSINT:process.pid:int}\])?"),
    ("SYSLOGHOST", "%{IPORHOST}"),
    ("SYSLOGFACILITY", "<%{NONNEGINT}\\.%{NONNEGINT}>"),
    ("SYSLOGBASE", "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.name} %{SYSLOGPROG}:"),
    (
        "LOGLEVEL",
        r"(?i:trace|debug|info(?:rmation(?:al)?)?|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|alert|emerg(?:ency)?|panic)",
    ),
    ("HTTPDUSER", "(?:%{EMAILADDRESS}|%{USER})"),
    (
        "COMMONAPACHELOG",
        r#"%{IPORHOST:source.ip} (?:-|%{NOTSPACE:ident}) (?:-|%{NOTSPACE:user.name}) \[%{HTTPDATE:timestamp}\] "(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA:http.request.line})" (?:-|%{INT:http.response.status_code:int}) (?:-|%{INT:http.response.body.bytes:int})"#,
    ),
    (
        "COMBINEDAPACHELOG",
        r#"%{COMMONAPACHELOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})""#,
    ),
];

/// The pattern of a name.
pub(super) fn pattern(name: &str) -> Option<&'static str> {
    PATTERNS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// All names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PATTERNS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    #[test]
    fn every_pattern_compiles_and_names_are_unique() {
        for (n, name) in names().enumerate() {
            let made = Pattern::new(&[&format!("^%{{{name}:x}}$")], &[], None);
            assert!(made.is_ok(), "{name}: {made:?}");
            assert!(names().skip(n + 1).all(|other| other != name), "{name}");
        }
    }

    /// The first part that a pattern finds.
    fn first<'t>(name: &str, text: &'t str) -> Option<&'t str> {
        let pattern = Pattern::new(&[&format!("%{{{name}:x}}")], &[], None).expect("a pattern");
        let mut room = pattern.room();
        let (groups, places) = pattern.find(text, &mut room)?;
        let (start, end) = places.get(groups[0].place)?;
        Some(&text[start..end])
    }

    #[test]
    fn patterns_find_what_they_are_called() {
        for (name, text, found) in [
            ("IP", "at 10:00:00 from 192.168.100.200:80", Some("192.168.100.200")),
            ("IP", "1.2.3.456 or 300.1.1.1", None),
            ("IP", "[2001:db8::7]", Some("2001:db8::7")),
            ("IP", "x ::ffff:10.0.0.1 y", Some("::ffff:10.0.0.1")),
            ("IP", "1:2:3:4:5:6:7:8", Some("1:2:3:4:5:6:7:8")),
            ("NUMBER", "took -1.50e3s", Some("-1.50e3")),
            ("WORD", "-- élan up_1!", Some("lan")),
            ("QS", r#"say "a \" b" now"#, Some(r#""a \" b""#)),
            ("TIMESTAMP_ISO8601", "[2026-11-21T10:00:00.123+01:00]", Some("2026-11-21T10:00:00.123+01:00")),
            ("HTTPDATE", "[21/Nov/2026:10:00:00 +0100]", Some("21/Nov/2026:10:00:00 +0100")),
            ("SYSLOGTIMESTAMP", "<13>Nov  1 10:00:00 h", Some("Nov  1 10:00:00")),
            ("URI", "GET https://u:p@a.example:8443/x/y?z=1 now", Some("https://u:p@a.example:8443/x/y?z=1")),
            ("UNIXPATH", "open /var/log/a b", Some("/var/log/a")),
            ("WINPATH", r"at C:\Users\x", Some(r"C:\Users\x")),
            ("LOGLEVEL", "x WARNING y", Some("WARNING")),
            ("MAC", "00:1b:63:84:45:e6", Some("00:1b:63:84:45:e6")),
            ("UUID", "id 123e4567-e89b-12d3-a456-426614174000.", Some("123e4567-e89b-12d3-a456-426614174000")),
            ("EMAILADDRESS", "<a.b@c.example>", Some("a.b@c.example")),
        ] {
            assert_eq!(first(name, text), found, "{name} in {text}");
        }
    }
}
