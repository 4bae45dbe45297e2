//! Where a JSON object or list ends, without parsing it.

/// Counts braces and brackets outside strings. Kinds are not told apart: the parser does that
/// when it gets the whole value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scanner {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Scanner {
    /// How many of `bytes` belong to the value, its last byte included; `None` when it goes on.
    /// The first byte that a new scanner sees must open an object, a list or a string.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            at += if self.in_string { self.in_text(&bytes[at..])? } else { self.between(&bytes[at..])? };
            if self.is_closed() {
                return Some(at);
            }
        }
        None
    }

    /// Whether the value has ended.
    fn is_closed(&self) -> bool {
        self.depth == 0 && !self.in_string
    }

    /// Whether the last byte was inside a string.
    pub(crate) fn is_in_string(&self) -> bool {
        self.in_string
    }

    /// Steps to the end of the string, or as far as the bytes go.
    fn in_text(&mut self, bytes: &[u8]) -> Option<usize> {
        if std::mem::take(&mut self.escaped) {
            return Some(1);
        }
        let at = memchr::memchr2(b'"', b'\\', bytes)?;
        match bytes[at] {
            b'"' => self.in_string = false,
            _ => self.escaped = true,
        }
        Some(at + 1)
    }

    /// Steps to the next string, or to the end of the value, or as far as the bytes go.
    fn between(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => continue,
            }
            if self.in_string || self.depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_however_the_bytes_are_cut() {
        for (text, end) in [
            (r#"{"a":"}\"\\"},x"#, 13),
            ("{}{", 2),
            ("[[],{\"]\":1}]]", 12),
            (r#""a\"b" "#, 6),
            ("{\"a\":{\"b\":[1,2]}}", 17),
        ] {
            assert_eq!(Scanner::default().advance(text.as_bytes()), Some(end), "{text}");
            let mut scanner = Scanner::default();
            let ended = text.bytes().position(|byte| scanner.advance(&[byte]).is_some());
            assert_eq!(ended, Some(end - 1), "{text}");
        }
        assert_eq!(Scanner::default().advance(br#"{"a":"}"#), None);
    }
}
