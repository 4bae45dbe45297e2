//! How one event is one line for people: time, severity, where, message, the other fields.

use std::borrow::Cow;

use super::output::{Look, Paint, cut, one_line, width_of};
use super::row::{Row, plain};

/// Columns of an event that are not printed as fields.
const HIDDEN: [&str; 3] = ["_time", "_id", "_here"];

/// How bad an event is, by a letter and a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Severity {
    letter: char,
    paint: Paint,
}

/// The line, without its end. It is cut to the terminal, and whole in a pipe.
pub(crate) fn log_line(row: &Row, with_id: bool, look: &Look) -> String {
    let mut line = Line { out: String::new(), left: look.width.unwrap_or(usize::MAX), look };
    if with_id {
        line.add(Paint::Dim, &row.text("_id").unwrap_or_default());
    }
    line.add(Paint::Dim, &short_time(&row.text("_time").unwrap_or_default()));
    let severity = row.level_field().and_then(|field| severity(&row.text(field)?));
    line.add(severity.map_or(Paint::Plain, |is| is.paint), &severity.map_or('-', |is| is.letter).to_string());
    if let Some(host) = row.host_field() {
        line.add(Paint::Cyan, &row.text(host).unwrap_or_default());
    }
    if let Some(message) = row.message_field() {
        line.add(message_paint(severity), &row.text(message).unwrap_or_default());
    }
    add_fields(&mut line, row, severity.is_some());
    line.out
}

fn message_paint(severity: Option<Severity>) -> Paint {
    match severity {
        Some(Severity { letter: 'E' | 'F', .. }) => Paint::Bold,
        _ => Paint::Plain,
    }
}

fn add_fields(line: &mut Line<'_>, row: &Row, level_is_shown: bool) {
    let level = row.level_field().filter(|_| level_is_shown);
    let shown = [row.message_field(), row.host_field(), level];
    for (name, value) in row.columns() {
        if HIDDEN.contains(&name) || shown.contains(&Some(name)) {
            continue;
        }
        if line.left == 0 {
            return;
        }
        line.add(Paint::Dim, &format!("{name}={}", quoted(&plain(value))));
    }
}

/// A line that knows how many columns are left.
struct Line<'a> {
    out: String,
    left: usize,
    look: &'a Look,
}

impl Line<'_> {
    fn add(&mut self, paint: Paint, text: &str) {
        let gap = usize::from(!self.out.is_empty());
        if text.is_empty() || self.left <= gap {
            self.left = self.left.saturating_sub(gap);
            return;
        }
        let text = one_line(text);
        let shown = cut(&text, self.left - gap);
        let whole = shown.len() == text.len();
        self.left = if whole { self.left - gap - width_of(&shown) } else { 0 };
        self.out.push_str(&" ".repeat(gap));
        self.out.push_str(&self.look.paint(paint, &shown));
    }
}

/// The severity that a level names, whatever its case: `WARNING`, `err`, `6` of syslog.
pub(crate) fn severity(level: &str) -> Option<Severity> {
    let of = |letter, paint| Some(Severity { letter, paint });
    match level.to_ascii_lowercase().as_str() {
        "fatal" | "panic" | "emerg" | "emergency" | "alert" | "critical" | "crit" | "0" | "1" | "2" => {
            of('F', Paint::Red)
        }
        "error" | "err" | "e" | "severe" | "3" => of('E', Paint::Red),
        "warn" | "warning" | "w" | "4" => of('W', Paint::Yellow),
        "notice" | "info" | "information" | "informational" | "i" | "5" | "6" => of('I', Paint::Green),
        "debug" | "dbg" | "d" | "7" => of('D', Paint::Dim),
        "trace" | "verbose" | "t" => of('T', Paint::Dim),
        _ => None,
    }
}

/// A time with at least three decimals, so that lines stand below each other.
fn short_time(time: &str) -> Cow<'_, str> {
    let Some(whole) = time.strip_suffix('Z') else { return Cow::Borrowed(time) };
    let (seconds, decimals) = whole.split_once('.').unwrap_or((whole, ""));
    match decimals.len() {
        0..3 => Cow::Owned(format!("{seconds}.{decimals:0<3}Z")),
        _ => Cow::Borrowed(time),
    }
}

/// A value as it stands after `=`: quoted where a reader could not tell its end.
fn quoted(text: &str) -> Cow<'_, str> {
    let plain = !text.is_empty() && !text.contains([' ', '"', '=']);
    if plain { Cow::Borrowed(text) } else { Cow::Owned(format!("\"{}\"", text.replace('"', "\\\""))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn row(text: &str) -> Row {
        Row::parse(text.as_bytes()).expect("a row")
    }

    const EVENT: &str = r#"{"_time":"2026-01-31T12:00:00.5Z","_id":"n.1.2.logs.3","level":"WARN","host":"web-1",
        "message":"slow\nrequest","ms":1200,"path":"/a b","ok":true,"none":null,"_time_assumed":true}"#;

    #[test]
    fn a_line_into_a_pipe_has_everything() {
        expect![[
            r#"2026-01-31T12:00:00.500Z W web-1 slow\nrequest ms=1200 path="/a b" ok=true none=null _time_assumed=true"#
        ]]
        .assert_eq(&log_line(&row(EVENT), false, &Look::default()));
        expect!["2026-01-31T12:00:00.000Z - n=1"].assert_eq(&log_line(
            &row(r#"{"_time":"2026-01-31T12:00:00Z","n":1}"#),
            false,
            &Look::default(),
        ));
    }

    #[test]
    fn a_line_on_a_terminal_fits_it_and_begins_alike() {
        let whole = log_line(&row(EVENT), false, &Look::default());
        for width in 0..140 {
            let line = log_line(&row(EVENT), false, &Look { width: Some(width), ..Look::default() });
            assert!(width_of(&line) <= width, "{width}: {line}");
            assert!(whole.starts_with(line.trim_end_matches('…')), "{width}: {line}");
        }
    }

    #[test]
    fn levels() {
        let letters: String = ["err", "Warning", "INFO", "debug", "crit", "trace"]
            .iter()
            .filter_map(|level| severity(level).map(|severity| severity.letter))
            .collect();
        assert_eq!(letters, "EWIDFT");
        assert_eq!(severity("purple"), None);
    }
}
