//! What is wrong with a query, where, and what to do about it.

use std::fmt;
use std::ops::Range;

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    /// Bytes of the query at fault; empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, in one line.
    pub hint: Option<String>,
}

/// Characters of a source line that are drawn; a longer line is cut around the fault.
const LINE_CHARS_MAX: usize = 100;
/// Characters of the query that are repeated inside a message.
const QUOTE_CHARS_MAX: usize = 40;

impl ParseError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> ParseError {
        ParseError { span, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> ParseError {
        self.hint = Some(hint.into());
        self
    }

    /// Draws the line of `source` at fault with a mark below it, then the hint.
    pub fn render(&self, source: &str) -> String {
        let start = boundary_before(source, self.span.start);
        let end = boundary_before(source, self.span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let number = source[..start].matches('\n').count() + 1;
        let drawn = Drawn::new(&source[line_start..line_end], start - line_start, end.min(line_end) - line_start);
        let gutter = " ".repeat(number.to_string().len());
        let mut out = format!("error: {}\n{number} | {}\n{gutter} | {}", self.message, drawn.line, drawn.mark);
        if let Some(hint) = &self.hint {
            out.push_str(&format!("\n{gutter} = hint: {hint}"));
        }
        out
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.span.start)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// `text` as it may stand in a message: one short line.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(QUOTE_CHARS_MAX).map(visible).collect();
    if text.chars().nth(QUOTE_CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

/// A source line and the marks below it, one column for each character.
struct Drawn {
    line: String,
    mark: String,
}

impl Drawn {
    fn new(line: &str, start: usize, end: usize) -> Drawn {
        let column = line[..start].chars().count();
        let marked = line[start..end].chars().count().max(1);
        let skipped = column.saturating_sub(LINE_CHARS_MAX / 2);
        let line: String = line.chars().skip(skipped).take(LINE_CHARS_MAX).map(visible).collect();
        let marked = marked.min(LINE_CHARS_MAX - (column - skipped));
        let mark = format!("{}{}", " ".repeat(column - skipped), "^".repeat(marked));
        Drawn { line, mark }
    }
}

fn visible(c: char) -> char {
    if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c }
}

fn boundary_before(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}
