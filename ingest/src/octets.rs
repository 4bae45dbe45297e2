//! Where a message of a connection ends, when each may come with its length in front (RFC 6587).
//!
//! A message that begins with a digit other than 0 has its length first: `LEN SP MSG`. Any other goes to the next LF or
//! NUL. So does one that begins with digits but no space behind them, such as a time in ISO form: both kinds, even
//! mixed, come out of one connection right. A length beyond [`LINE_BYTES_MAX`] is refused, and reading goes on behind
//! the next LF. LF, CR and NUL between messages are skipped, because many senders add them behind a counted one.

use vigil_model::limits::LINE_BYTES_MAX;

use crate::Refusal;
use crate::carry::Carry;
use crate::split::{Line, trim};

/// More digits are no length but the beginning of a line.
const DIGITS_MAX: usize = 20;

/// Cuts a stream into messages; holds at most one unfinished message.
pub(crate) struct Frames {
    /// Whether lengths are looked for at all.
    octets: bool,
    /// Messages begun so far.
    count: u64,
    place: Place,
    carry: Carry,
}

#[derive(Clone, Copy)]
enum Place {
    /// Before a message.
    Start,
    /// Within digits that may be a length; they lie in the carry.
    Length,
    /// Within a counted message of which so many bytes are to come.
    Counted(usize),
    /// Within a message that ends with LF or NUL.
    Line,
    /// Behind a length that no message has; the next LF ends this.
    Lost,
}

impl Frames {
    /// Messages that end with LF or NUL, or, with `octets`, have their length in front.
    pub(crate) fn new(octets: bool) -> Frames {
        Frames { octets, count: 0, place: Place::Start, carry: Carry::default() }
    }

    /// Calls `each` with number and content of every message that ends in `bytes` and is not empty.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(u64, Line<'_>)) {
        while !bytes.is_empty() {
            let used = self.step(bytes, &mut each);
            bytes = &bytes[used..];
        }
    }

    /// The last message, if it lacks its end.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(u64, Line<'_>)) {
        if !self.carry.is_empty() {
            self.end(&[], &mut each);
        }
    }

    /// Reads on from `bytes`, at least one of them, and answers how many it used.
    fn step(&mut self, bytes: &[u8], each: &mut impl FnMut(u64, Line<'_>)) -> usize {
        match self.place {
            Place::Start => self.start(bytes[0]),
            Place::Length => self.length(bytes[0], each),
            Place::Counted(left) => self.counted(bytes, left, each),
            Place::Line => self.line(bytes, each),
            Place::Lost => self.lost(bytes),
        }
    }

    fn start(&mut self, byte: u8) -> usize {
        if matches!(byte, b'\n' | b'\r' | 0) {
            return 1;
        }
        self.count += 1;
        let counted = self.octets && matches!(byte, b'1'..=b'9');
        self.place = if counted { Place::Length } else { Place::Line };
        0
    }

    fn length(&mut self, byte: u8, each: &mut impl FnMut(u64, Line<'_>)) -> usize {
        let digits = self.carry.bytes().len();
        match byte {
            b'0'..=b'9' if digits < DIGITS_MAX => self.carry.keep(&[byte]),
            b' ' => self.begin_counted(each),
            _ => {
                self.place = Place::Line;
                return 0;
            }
        }
        1
    }

    fn begin_counted(&mut self, each: &mut impl FnMut(u64, Line<'_>)) {
        let digits = std::str::from_utf8(self.carry.bytes()).expect("digits are text");
        let length = digits.parse().ok().filter(|length| *length <= LINE_BYTES_MAX);
        self.carry.clear();
        match length {
            Some(length) => self.place = Place::Counted(length),
            None => {
                each(self.count, Err(Refusal::TooLong));
                self.place = Place::Lost;
            }
        }
    }

    fn counted(&mut self, bytes: &[u8], left: usize, each: &mut impl FnMut(u64, Line<'_>)) -> usize {
        assert!(left > 0, "a counted message that is whole has ended");
        if bytes.len() < left {
            self.carry.keep(bytes);
            self.place = Place::Counted(left - bytes.len());
            return bytes.len();
        }
        self.end(&bytes[..left], each);
        left
    }

    fn line(&mut self, bytes: &[u8], each: &mut impl FnMut(u64, Line<'_>)) -> usize {
        let Some(end) = memchr::memchr2(b'\n', 0, bytes) else {
            self.carry.keep(bytes);
            return bytes.len();
        };
        self.end(&bytes[..end], each);
        end + 1
    }

    fn lost(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memchr::memchr(b'\n', bytes) else { return bytes.len() };
        self.place = Place::Start;
        end + 1
    }

    fn end(&mut self, tail: &[u8], each: &mut impl FnMut(u64, Line<'_>)) {
        self.place = Place::Start;
        match self.carry.complete(tail).map(|message| trim(trim_ends(message), self.count)) {
            Ok([]) => {}
            message => each(self.count, message),
        }
        self.carry.clear();
    }
}

/// Without the ends of line that senders count, too.
fn trim_ends(mut message: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | b'\r' | 0] = message {
        message = rest;
    }
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(octets: bool, chunks: &[&[u8]]) -> Vec<(u64, Option<String>)> {
        let mut frames = Frames::new(octets);
        let mut out = Vec::new();
        let mut each = |number, message: Line<'_>| {
            out.push((number, message.ok().map(|message| String::from_utf8_lossy(message).into_owned())));
        };
        chunks.iter().for_each(|chunk| frames.feed(chunk, &mut each));
        frames.finish(&mut each);
        out
    }

    fn texts(octets: bool, body: &[u8]) -> Vec<String> {
        let shown = |(_, text): (_, Option<String>)| text.unwrap_or_else(|| "refused".to_owned());
        frames(octets, &[body]).into_iter().map(shown).collect()
    }

    #[test]
    fn both_kinds_in_one_connection() {
        let body = b"5 <1>ab<2>line\n7 <3>a\nb\n\n8 <4>end\r\n2026-08-01T12:00:00Z iso\n<5>nul\x00<6>x\r\n\r\n10 cut";
        let whole = ["<1>ab", "<2>line", "<3>a\nb", "<4>end", "2026-08-01T12:00:00Z iso", "<5>nul", "<6>x", "cut"];
        assert_eq!(texts(true, body), whole);
    }

    #[test]
    fn without_lengths_digits_are_text() {
        assert_eq!(texts(false, b"5 <1>ab\n{\"a\":1}\x00{}"), ["5 <1>ab", "{\"a\":1}", "{}"]);
    }

    #[test]
    fn a_length_that_no_message_has_costs_what_follows_up_to_the_next_line() {
        assert_eq!(texts(true, b"9999999 <1>lost\n<2>kept\n"), ["refused", "<2>kept"]);
        assert_eq!(texts(true, b"99999999999999999999 x\n4 <3>a"), ["refused", "<3>a"]);
        assert_eq!(texts(true, b"123456789012345678901 x\n"), ["123456789012345678901 x"]);
        let fits = format!("{LINE_BYTES_MAX} {}<2>x\n", "y".repeat(LINE_BYTES_MAX));
        assert_eq!(texts(true, fits.as_bytes()), ["y".repeat(LINE_BYTES_MAX), "<2>x".to_owned()]);
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        let pieces: [&[u8]; 13] = [
            b"5 <1>ab",
            b"<2>line\n",
            b"4 a\nb\n",
            b"12",
            b" ",
            b"\r\n",
            b"\0",
            b"\xef\xbb\xbf",
            b"99999999 x",
            b"\n",
            b"\xff",
            b"03 x",
            b"2026-08",
        ];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(body in body(), octets: bool, size in 1..9usize) {
            let chunks: Vec<_> = body.chunks(size).collect();
            prop_assert_eq!(frames(octets, &chunks), frames(octets, &[&body]));
        }

        #[test]
        fn what_is_counted_comes_out(messages in prop::collection::vec("<[0-9]{1,3}>[a-z \n]{0,20}[a-z]", 0..6)) {
            let body: String = messages.iter().map(|message| format!("{} {message}", message.len())).collect();
            prop_assert_eq!(texts(true, body.as_bytes()), messages);
        }
    }
}
