//! JSON objects in an array, or simply one after another, over any number of lines.
//!
//! Elements are found by their braces and parsed one by one, so memory is bounded by one element.
//! Once something else stands between two elements their ends can no longer be trusted: what came
//! before is kept, and the rest is refused with the offset where it went wrong.

use super::{Framing, Sink};
use crate::Refusal;
use crate::carry::Carry;
use crate::scan::Scanner;

pub(super) struct Objects {
    /// Whether the objects stand in an array.
    array: bool,
    place: Place,
    /// Elements begun so far.
    count: u64,
    /// Offset in the body of the next byte.
    offset: u64,
    /// The unfinished element.
    carry: Carry,
}

#[derive(Clone, Copy)]
enum Place {
    /// Before the `[`.
    Open,
    /// Before the first element: one may come, or the end.
    First,
    /// After a comma: an element must come.
    Element,
    /// Inside an object, list or string.
    Value(Scanner),
    /// Inside a number or word.
    Bare,
    /// After an element: a comma or the end.
    Comma,
    /// After the `]`.
    Closed,
    /// After something that does not belong there.
    Broken,
}

impl Objects {
    pub(super) fn array() -> Objects {
        Objects { array: true, place: Place::Open, count: 0, offset: 0, carry: Carry::default() }
    }

    pub(super) fn bare() -> Objects {
        Objects { array: false, place: Place::First, ..Objects::array() }
    }

    /// Reads on from `bytes`, at least one of them, and answers how many it used.
    fn step(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> usize {
        match self.place {
            Place::Broken => bytes.len(),
            Place::Value(mut scanner) => {
                let end = scanner.advance(bytes);
                self.place = Place::Value(scanner);
                self.take(bytes, end, sink)
            }
            Place::Bare => self.take(bytes, bytes.iter().position(|byte| ends_bare(*byte)), sink),
            Place::Open | Place::First | Place::Element | Place::Comma | Place::Closed => self.between(bytes[0], sink),
        }
    }

    /// One byte between elements; answers whether it was used up.
    fn between(&mut self, byte: u8, sink: &mut Sink<'_>) -> usize {
        let next = match (self.place, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => return 1,
            (Place::Open | Place::First, 0xef | 0xbb | 0xbf) if self.offset < 3 => return 1,
            (Place::Open, b'[') => Place::First,
            (Place::First | Place::Comma, b']') if self.array => Place::Closed,
            (Place::Comma, b',') if self.array => Place::Element,
            (Place::First | Place::Element, b'{' | b'[' | b'"') => return self.begin(Place::Value(Scanner::default())),
            (Place::First | Place::Element, b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
                return self.begin(Place::Bare);
            }
            _ => return self.fail(sink),
        };
        self.place = next;
        1
    }

    fn begin(&mut self, place: Place) -> usize {
        self.count += 1;
        self.place = place;
        0
    }

    fn fail(&mut self, sink: &mut Sink<'_>) -> usize {
        let expected = match self.place {
            Place::Open => "`[`",
            Place::First | Place::Element => "a JSON object",
            Place::Comma => "`,` or `]`",
            Place::Closed => "nothing after the array",
            Place::Value(_) | Place::Bare | Place::Broken => unreachable!("these places take any byte"),
        };
        sink.reject(self.count + 1, &Refusal::Broken { expected, at: self.offset });
        self.place = Place::Broken;
        0
    }

    /// The element's bytes up to `end`, or all where it goes on; answers how many were used.
    fn take(&mut self, bytes: &[u8], end: Option<usize>, sink: &mut Sink<'_>) -> usize {
        match end {
            Some(end) => self.end_element(&bytes[..end], sink),
            None => self.carry.keep(bytes),
        }
        end.unwrap_or(bytes.len())
    }

    fn end_element(&mut self, tail: &[u8], sink: &mut Sink<'_>) {
        self.place = if self.array { Place::Comma } else { Place::Element };
        match self.carry.complete(tail) {
            Ok(element) => sink.json(self.count, element),
            Err(refusal) => sink.reject(self.count, &refusal),
        }
        self.carry.clear();
    }

    fn unclosed(&self) -> Option<(u64, &'static str)> {
        match self.place {
            Place::Value(_) => Some((self.count, "the element is closed")),
            Place::First | Place::Element | Place::Comma if self.array => Some((self.count + 1, "`]`")),
            _ => None,
        }
    }
}

fn ends_bare(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'"') || byte.is_ascii_whitespace()
}

impl Framing for Objects {
    fn feed(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) {
        while !bytes.is_empty() {
            let used = self.step(bytes, sink);
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if matches!(self.place, Place::Bare) {
            self.end_element(&[], sink);
        }
        if let Some((element, missing)) = self.unclosed() {
            sink.reject(element, &Refusal::Unclosed { missing, at: self.offset });
        }
    }
}
