//! How JSON that is not one object a line becomes one object a line: arrays are taken apart,
//! objects over many lines are joined, and each element keeps the line that it begins on. What is
//! no JSON at all comes out too: the node rejects it by its line.

use vigil_model::limits::LINE_BYTES_MAX;

/// One element on one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// The line of the input that it begins on, from 1.
    pub(super) line: u64,
    /// Its bytes; none when there were too many.
    pub(super) bytes: Option<Vec<u8>>,
}

/// Finds elements in bytes that come piece by piece.
#[derive(Debug)]
pub(super) struct Elements {
    line: u64,
    in_array: bool,
    current: Option<Open>,
}

/// An element that has begun.
#[derive(Debug)]
struct Open {
    line: u64,
    bytes: Vec<u8>,
    too_long: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Elements {
    /// At the start of an input.
    pub(super) fn new() -> Elements {
        Elements { line: 1, in_array: false, current: None }
    }

    /// Reads on; every element that ends goes to `give`.
    pub(super) fn feed(&mut self, bytes: &[u8], give: &mut dyn FnMut(Element)) {
        for byte in bytes {
            self.byte(*byte, give);
            self.line += u64::from(*byte == b'\n');
        }
    }

    /// At the end of the input: what has begun ends here.
    pub(super) fn finish(&mut self, give: &mut dyn FnMut(Element)) {
        self.close(give);
    }

    fn byte(&mut self, byte: u8, give: &mut dyn FnMut(Element)) {
        match &mut self.current {
            Some(open) if open.is_scalar() && ends_scalar(byte) => {
                self.close(give);
                self.between(byte);
            }
            Some(open) => {
                if open.push(byte) {
                    self.close(give);
                }
            }
            None => self.between(byte),
        }
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b',' | b' ' | b'\t' | b'\r' | b'\n' => {}
            b'[' if !self.in_array => self.in_array = true,
            b']' if self.in_array => self.in_array = false,
            byte => {
                let mut open = Open::at(self.line);
                open.push(byte);
                self.current = Some(open);
            }
        }
    }

    fn close(&mut self, give: &mut dyn FnMut(Element)) {
        if let Some(open) = self.current.take() {
            give(Element { line: open.line, bytes: (!open.too_long).then_some(open.bytes) });
        }
    }
}

impl Open {
    fn at(line: u64) -> Open {
        Open { line, bytes: Vec::new(), too_long: false, depth: 0, in_string: false, escaped: false }
    }

    /// A number or a word: ends at a separator. Objects, arrays and texts end by themselves.
    fn is_scalar(&self) -> bool {
        self.depth == 0 && !self.in_string
    }

    /// Takes a byte; true when it is the last.
    fn push(&mut self, byte: u8) -> bool {
        self.keep(byte);
        if self.in_string {
            return self.string_byte(byte) && self.depth == 0;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    /// True when the text ends.
    fn string_byte(&mut self, byte: u8) -> bool {
        match (self.escaped, byte) {
            (true, _) => self.escaped = false,
            (false, b'\\') => self.escaped = true,
            (false, b'"') => self.in_string = false,
            (false, _) => {}
        }
        !self.in_string
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() >= LINE_BYTES_MAX {
            self.too_long = true;
            self.bytes = Vec::new();
        }
        if !self.too_long {
            self.bytes.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
        }
    }
}

fn ends_scalar(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn elements(text: &str, piece: usize) -> Vec<(u64, String)> {
        let (mut found, mut elements) = (Vec::new(), Elements::new());
        let mut give = |element: Element| {
            let bytes = element.bytes.unwrap_or_else(|| b"too long".to_vec());
            found.push((element.line, String::from_utf8(bytes).expect("text")));
        };
        text.as_bytes().chunks(piece).for_each(|piece| elements.feed(piece, &mut give));
        elements.finish(&mut give);
        found
    }

    const TEXT: &str =
        "[\n {\"a\": 1,\n  \"b\": \"]}\\\"\"},\n {\"c\":[{}]}\n]\n{\"d\":\n2} {\"e\":3}\n[5, \"x\",tru]\n{\"open\":";

    #[test]
    fn elements_are_found_wherever_the_pieces_end() {
        let lines: Vec<String> = elements(TEXT, 4_096).iter().map(|(line, text)| format!("{line} {text}")).collect();
        expect![[r#"
            2 {"a": 1,   "b": "]}\""}
            4 {"c":[{}]}
            6 {"d": 2}
            7 {"e":3}
            8 5
            8 "x"
            8 tru
            9 {"open":"#]]
        .assert_eq(&lines.join("\n"));
        for piece in 1..20 {
            assert_eq!(elements(TEXT, piece), elements(TEXT, 4_096));
        }
    }

    #[test]
    fn an_element_without_end_is_bounded() {
        let text = format!("[{{\"a\":\"{}\"}},1]", "x".repeat(LINE_BYTES_MAX + 5));
        assert_eq!(elements(&text, 1 << 16), [(1, "too long".to_owned()), (1, "1".to_owned())]);
    }
}
