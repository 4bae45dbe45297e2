//! How much a terminal shows: colour, width, and text that cannot move its cursor.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use crate::exit::Failure;

/// How output looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns of the terminal; none when output goes elsewhere, and nothing is cut.
    pub(crate) width: Option<usize>,
    /// Whether stdout may have colour.
    pub(crate) color: bool,
    /// Whether stderr may have colour.
    pub(crate) color_errors: bool,
    /// Say nothing but data and errors.
    pub(crate) quiet: bool,
    /// JSON was asked for.
    pub(crate) json: bool,
}

/// When there is colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR or TERM=dumb says no.
    #[default]
    Auto,
    /// Also into pipes.
    Always,
    /// Nowhere.
    Never,
}

/// A colour or weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// As it is.
    Plain,
    /// Less important.
    Dim,
    /// More important.
    Bold,
    /// Wrong.
    Red,
    /// Look at it.
    Yellow,
    /// Well.
    Green,
    /// Names.
    Cyan,
}

impl Look {
    /// Of this process.
    pub(crate) fn detect(choice: ColorChoice, quiet: bool, json: bool) -> Look {
        let (out, errors) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let welcome = welcomes_color(std::env::var_os("NO_COLOR").as_deref(), std::env::var("TERM").ok().as_deref());
        let color = |terminal: bool| match choice {
            ColorChoice::Auto => terminal && welcome,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Look { width: out.then(terminal_width), color: color(out), color_errors: color(errors), quiet, json }
    }

    /// The same without a width: what may not be cut, wraps.
    pub(crate) fn uncut(self) -> Look {
        Look { width: None, ..self }
    }

    /// `text` in this colour, if stdout has colours.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        painted(self.color, paint, text)
    }

    /// `text` in this colour, if stderr has colours.
    pub(crate) fn paint_error(&self, paint: Paint, text: &str) -> String {
        painted(self.color_errors, paint, text)
    }

    /// A line on stderr, unless quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }
}

/// A line on stderr. Nobody there to read it is no reason to stop.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Stdout, buffered and locked.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(64 * 1024, io::stdout().lock())
}

/// The node's answer as it is, on a line.
pub(crate) fn print_json(answer: &[u8]) -> Result<(), Failure> {
    let mut out = stdout();
    out.write_all(answer.trim_ascii_end())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Columns that the terminal has; 80 when it does not say.
fn terminal_width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
    size.filter(|columns| *columns > 0).unwrap_or(80)
}

fn welcomes_color(no_color: Option<&std::ffi::OsStr>, term: Option<&str>) -> bool {
    no_color.is_none_or(|value| value.is_empty()) && term != Some("dumb")
}

fn painted(color: bool, paint: Paint, text: &str) -> String {
    let code = match paint {
        Paint::Plain => return text.to_owned(),
        Paint::Dim => 2,
        Paint::Bold => 1,
        Paint::Red => 31,
        Paint::Yellow => 33,
        Paint::Green => 32,
        Paint::Cyan => 36,
    };
    if color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// `text` on one line, with nothing in it that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    if !text.chars().any(is_active) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_active(c) => out.push_str(&c.escape_unicode().to_string()),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, and those that turn the direction of writing.
fn is_active(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Columns that `text` takes.
pub(crate) fn width_of(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// As much of `text` as fits into `width` columns, with `…` where something is cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1);
    for c in text.chars() {
        let columns = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + columns > width {
            break;
        }
        out.push(c);
        used += columns;
    }
    if width > 0 { out + "…" } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_its_line_and_does_nothing() {
        assert_eq!(one_line("a\x1b[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(one_line("grün 你好"), "grün 你好");
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("你好世界", 5), "你好…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn no_color_and_dumb_terminals_are_honoured() {
        assert!(!welcomes_color(Some("1".as_ref()), None));
        assert!(welcomes_color(Some("".as_ref()), Some("xterm")));
        assert!(!welcomes_color(None, Some("dumb")));
    }
}
