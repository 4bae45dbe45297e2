//! Where does the value behind a name end?
//!
//! A secret may hold any character, so a comma, a bracket or a quotation mark ends a value only where something follows
//! that says so: the end, a space, another mark, or the next `name=`.

/// Longest value that is looked at where its look decides: no key is longer, and work stays in proportion.
pub(crate) const LOOKED_AT_MAX: usize = 256;
/// So far ahead the next `name=` is looked for.
const NEXT_NAME_MAX: usize = 64;

/// How a value is enclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    /// Not at all.
    None,
    /// In this mark.
    Plain(u8),
    /// In this mark with a backslash before it: a text in a text.
    Escaped(u8),
}

impl Quote {
    /// The quotation mark that stands at `at`.
    pub(crate) fn at(text: &[u8], at: usize) -> Quote {
        match (text.get(at), text.get(at + 1)) {
            (Some(mark), _) if is_mark(*mark) => Quote::Plain(*mark),
            (Some(b'\\'), Some(mark)) if is_mark(*mark) => Quote::Escaped(*mark),
            _ => Quote::None,
        }
    }

    /// Bytes of it.
    pub(crate) fn len(self) -> usize {
        match self {
            Quote::None => 0,
            Quote::Plain(_) => 1,
            Quote::Escaped(_) => 2,
        }
    }

    /// Itself, as text.
    pub(crate) fn text(self) -> String {
        match self {
            Quote::None => String::new(),
            Quote::Plain(mark) => char::from(mark).to_string(),
            Quote::Escaped(mark) => format!("\\{}", char::from(mark)),
        }
    }

    /// Where a value enclosed by it ends that begins at `from`. Without an end it is that of the line.
    pub(crate) fn end(self, text: &[u8], from: usize) -> usize {
        match self {
            Quote::None => open_end(text, from),
            Quote::Plain(mark) => plain_end(text, from, mark),
            Quote::Escaped(mark) => escaped_end(text, from, mark),
        }
    }
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn plain_end(text: &[u8], from: usize, mark: u8) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            _ if *byte == mark => return at,
            _ => {}
        }
        at += 1;
    }
    line_end(text, from)
}

fn escaped_end(text: &[u8], from: usize, mark: u8) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match (*byte, text.get(at + 1)) {
            (b'\\', Some(next)) if *next == mark => return at,
            // What is escaped in the inner text too: a backslash, then something that it is for.
            (b'\\', Some(b'\\')) => at += if text.get(at + 2) == Some(&b'\\') { 4 } else { 3 },
            (b'\\', _) => at += 2,
            // The outer text ends.
            _ if *byte == mark => return at,
            _ => at += 1,
        }
    }
    line_end(text, from)
}

/// The end of the line that `from` is in.
pub(crate) fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text[from..]).map_or(text.len(), |at| from + at)
}

/// The end of a line, or the quotation mark around it.
pub(crate) fn quoted_line_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && !matches!(text[at], b'\n' | b'\r') {
        let quote = Quote::at(text, at);
        let behind = at + quote.len();
        let mark = !matches!(quote, Quote::None | Quote::Plain(b'\''));
        if mark && goes_no_further(text, behind) && !is_next_part(text, behind) {
            return at;
        }
        at += 1;
    }
    at
}

/// Whether a header goes on there: `, response=`.
fn is_next_part(text: &[u8], at: usize) -> bool {
    let rest = text[at..].iter().skip(1).take(NEXT_NAME_MAX);
    let spaces = rest.take_while(|byte| **byte == b' ').count();
    text.get(at) == Some(&b',') && is_name_with_value(text, at + 1 + spaces)
}

/// The end of a value without quotation marks.
fn open_end(text: &[u8], from: usize) -> usize {
    (from..text.len()).find(|at| ends_at(text, *at)).unwrap_or(text.len())
}

fn ends_at(text: &[u8], at: usize) -> bool {
    match text[at] {
        byte if byte.is_ascii_whitespace() || byte.is_ascii_control() => true,
        b'<' if text.get(at + 1) == Some(&b'/') => true,
        b'"' | b'\'' | b'`' | b',' | b';' | b'&' | b')' | b']' | b'}' | b'>' | b'<' | b'|' => {
            goes_no_further(text, at + 1)
        }
        b'\\' => match Quote::at(text, at) {
            Quote::None => is_escape(text, at) && goes_no_further(text, at + 2),
            quote => goes_no_further(text, at + quote.len()),
        },
        _ => false,
    }
}

/// Whether what stands at `at` is no part of a value before it.
fn goes_no_further(text: &[u8], at: usize) -> bool {
    let Some(byte) = text.get(at) else { return true };
    if byte.is_ascii_whitespace() || byte.is_ascii_control() {
        return true;
    }
    match byte {
        b'"' | b'\'' | b'`' | b',' | b';' | b'&' | b')' | b']' | b'}' | b'>' | b'<' | b'|' => true,
        b'\\' => Quote::at(text, at) != Quote::None || is_escape(text, at),
        _ => is_name_with_value(text, at),
    }
}

/// Whether the end of a line or a tab stands there, as a text in a text has it: `\n`.
pub(crate) fn is_escape(text: &[u8], at: usize) -> bool {
    text[at] == b'\\' && matches!(text.get(at + 1), Some(b'n' | b'r' | b't'))
}

/// Whether a quotation mark that ends before `at` closes a text rather than opens one: brackets close behind it, or the
/// next text follows.
pub(crate) fn closes(text: &[u8], at: usize) -> bool {
    let rest = &text[at..];
    let brackets = rest.iter().take(8).take_while(|byte| matches!(byte, b'}' | b']')).count();
    match &rest[brackets..] {
        [] => true,
        [b',', next, ..] => matches!(next, b'"' | b'\\' | b'{' | b' '),
        _ => false,
    }
}

/// Whether the next `name=` stands there.
fn is_name_with_value(text: &[u8], at: usize) -> bool {
    let name = text[at..].iter().take(NEXT_NAME_MAX).take_while(|byte| is_name_byte(**byte)).count();
    name > 0 && matches!(text.get(at + name), Some(b'=' | b':'))
}

/// Whether a byte may be in a name.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The end of the list or object that opens at `from`; that of the text where it has none.
pub(crate) fn bracket_end(text: &[u8], from: usize, quote: Quote) -> usize {
    if quote == Quote::Plain(b'"') {
        let whole = crate::scan::Scanner::default().advance(&text[from..]);
        return whole.map_or(text.len(), |bytes| from + bytes);
    }
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate().skip(from) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}
