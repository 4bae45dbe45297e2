//! Which kind of JSON a body is, if any, by its first bytes.

use crate::Format;
use crate::scan::Scanner;

/// Looks at each byte once.
pub(super) struct Kind {
    /// The sender promised JSON.
    json: bool,
    stage: Stage,
}

enum Stage {
    /// Nothing but space so far.
    Start,
    /// After `[`.
    Bracket,
    /// After `{`, and whether its line has ended since.
    Brace { spread: bool },
    /// Within the first line of an object.
    FirstLine(Scanner),
    /// After an object that was closed on the line where it began.
    Closed,
}

impl Kind {
    /// `json`: whether the sender promised JSON.
    pub(super) fn new(json: bool) -> Kind {
        Kind { json, stage: Stage::Start }
    }

    /// What the bytes seen so far and `bytes` decide; [`Format::Lines`] where they are no JSON.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Format> {
        bytes.iter().find_map(|byte| self.step(*byte))
    }

    /// What is decided when nothing more comes.
    pub(super) fn at_end(&self) -> Format {
        match self.stage {
            Stage::FirstLine(_) | Stage::Closed => Format::Ndjson,
            _ => self.plain(),
        }
    }

    /// Whether one whole object was seen, and nothing behind it yet.
    pub(super) fn has_object(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    fn step(&mut self, byte: u8) -> Option<Format> {
        match &mut self.stage {
            Stage::Start => self.start(byte),
            Stage::Brace { spread } if byte.is_ascii_whitespace() => {
                *spread |= byte == b'\n';
                None
            }
            Stage::Bracket if byte.is_ascii_whitespace() => None,
            Stage::Bracket => Some(if matches!(byte, b'{' | b']') { Format::JsonArray } else { self.plain() }),
            &mut Stage::Brace { spread } => self.first_key(byte, spread),
            &mut Stage::FirstLine(scanner) => self.first_line(scanner, byte),
            Stage::Closed => after_first(byte),
        }
    }

    fn start(&mut self, byte: u8) -> Option<Format> {
        match byte {
            b'[' if self.json => return Some(Format::JsonArray),
            b'[' => self.stage = Stage::Bracket,
            b'{' => self.stage = Stage::Brace { spread: false },
            // The bytes of a byte order mark stand only at the very start.
            0xef | 0xbb | 0xbf => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return Some(self.plain()),
        }
        None
    }

    fn first_key(&mut self, byte: u8, spread: bool) -> Option<Format> {
        if !matches!(byte, b'"' | b'}') {
            return Some(self.plain());
        }
        if spread {
            return Some(Format::JsonObjects);
        }
        let mut scanner = Scanner::default();
        scanner.advance(b"{");
        self.first_line(scanner, byte)
    }

    /// An object that is closed on the line where it began is most often one of many lines; else it
    /// is spread. No string spans lines, so one that is open at the end means a line cut off.
    fn first_line(&mut self, mut scanner: Scanner, byte: u8) -> Option<Format> {
        let closed = scanner.advance(&[byte]).is_some();
        self.stage = if closed { Stage::Closed } else { Stage::FirstLine(scanner) };
        let format = if scanner.is_in_string() { Format::Ndjson } else { Format::JsonObjects };
        (byte == b'\n').then_some(format)
    }

    /// What is neither array nor object: lines, of JSON where that was promised.
    fn plain(&self) -> Format {
        if self.json { Format::Ndjson } else { Format::Lines }
    }
}

/// What follows an object that was closed on its first line: the next one on the same line, or the
/// end of the line.
fn after_first(byte: u8) -> Option<Format> {
    match byte {
        b' ' | b'\t' | b'\r' => None,
        b'{' => Some(Format::JsonObjects),
        _ => Some(Format::Ndjson),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str, json: bool) -> Format {
        let mut kind = Kind::new(json);
        let decided = text.bytes().find_map(|byte| kind.feed(&[byte]));
        decided.unwrap_or_else(|| kind.at_end())
    }

    #[test]
    fn content_decides() {
        for (text, anything, json) in [
            ("", Format::Lines, Format::Ndjson),
            ("\u{feff} {\"a\":1}\n", Format::Ndjson, Format::Ndjson),
            ("{\"a\":\n1}", Format::JsonObjects, Format::JsonObjects),
            ("{\n  \"a\": 1\n}", Format::JsonObjects, Format::JsonObjects),
            ("{\n\"a\":1}\n{\"b\":\n2}", Format::JsonObjects, Format::JsonObjects),
            ("{}", Format::Ndjson, Format::Ndjson),
            ("{}\r\n{\"b\":\n2}", Format::Ndjson, Format::Ndjson),
            ("{\"a\":1} \t{\"a\":2}", Format::JsonObjects, Format::JsonObjects),
            ("{\"a\":1} torn", Format::Ndjson, Format::Ndjson),
            ("{\"a\":\"cut\n{\"b\":1}\n", Format::Ndjson, Format::Ndjson),
            ("{\"cut", Format::Ndjson, Format::Ndjson),
            (" [ {\"a\":1}]", Format::JsonArray, Format::JsonArray),
            ("[]", Format::JsonArray, Format::JsonArray),
            ("[1]", Format::Lines, Format::JsonArray),
            ("[2026-08-01 12:00:00] started", Format::Lines, Format::JsonArray),
            ("{name} started", Format::Lines, Format::Ndjson),
            ("Aug  1 host sshd", Format::Lines, Format::Ndjson),
        ] {
            assert_eq!(detect(text, false), anything, "{text}");
            assert_eq!(detect(text, true), json, "{text}");
        }
    }
}
