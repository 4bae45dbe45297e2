//! What stands next in MessagePack, and where a value ends?

use vigil_model::limits::MSGPACK_DEPTH_MAX;

/// The beginning of a value. Lengths are bytes that follow; counts are values, or pairs of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Head {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(usize),
    Bytes(usize),
    Ext(i8, usize),
    List(usize),
    Map(usize),
}

/// No MessagePack, or nested beyond what anybody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoMsgpack;

/// Reads a head, and answers how many bytes it takes; `None` where it is cut off.
pub(super) fn head(bytes: &[u8]) -> Result<Option<(Head, usize)>, NoMsgpack> {
    match bytes.first() {
        None => Ok(None),
        Some(0xc1) => Err(NoMsgpack),
        Some(first) => Ok(short(*first).map(|head| (head, 1)).or_else(|| long(*first, &bytes[1..]))),
    }
}

/// What says everything in one byte.
fn short(first: u8) -> Option<Head> {
    Some(match first {
        0x00..=0x7f => Head::Int(i64::from(first)),
        0x80..=0x8f => Head::Map(usize::from(first & 0x0f)),
        0x90..=0x9f => Head::List(usize::from(first & 0x0f)),
        0xa0..=0xbf => Head::Text(usize::from(first & 0x1f)),
        0xc0 => Head::Nil,
        0xc2 => Head::Bool(false),
        0xc3 => Head::Bool(true),
        0xe0..=0xff => Head::Int(i64::from(first as i8)),
        _ => return None,
    })
}

fn long(first: u8, rest: &[u8]) -> Option<(Head, usize)> {
    let number = |width: usize| big_endian(rest.get(..width)?);
    let length = |width: usize| Some((number(width)? as usize, 1 + width));
    let kind = |at: usize| rest.get(at).map(|byte| *byte as i8);
    Some(match first {
        0xc4..=0xc6 => length(1 << (first - 0xc4)).map(|(length, used)| (Head::Bytes(length), used))?,
        0xc7..=0xc9 => {
            let (length, used) = length(1 << (first - 0xc7))?;
            (Head::Ext(kind(used - 1)?, length), used + 1)
        }
        0xca => (Head::Float(f64::from(f32::from_bits(number(4)? as u32))), 5),
        0xcb => (Head::Float(f64::from_bits(number(8)?)), 9),
        0xcc..=0xcf => (Head::Uint(number(1 << (first - 0xcc))?), 1 + (1 << (first - 0xcc))),
        0xd0 => (Head::Int(i64::from(number(1)? as i8)), 2),
        0xd1 => (Head::Int(i64::from(number(2)? as i16)), 3),
        0xd2 => (Head::Int(i64::from(number(4)? as i32)), 5),
        0xd3 => (Head::Int(number(8)? as i64), 9),
        0xd4..=0xd8 => (Head::Ext(kind(0)?, 1 << (first - 0xd4)), 2),
        0xd9..=0xdb => length(1 << (first - 0xd9)).map(|(length, used)| (Head::Text(length), used))?,
        0xdc | 0xdd => length(2 << (first - 0xdc)).map(|(count, used)| (Head::List(count), used))?,
        0xde | 0xdf => length(2 << (first - 0xde)).map(|(count, used)| (Head::Map(count), used))?,
        _ => unreachable!("every other first byte says everything, and 0xc1 was refused"),
    })
}

fn big_endian(bytes: &[u8]) -> Option<u64> {
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Finds the end of one value while its bytes come in; looks at each head once.
#[derive(Debug, Default)]
pub(super) struct Span {
    /// Where the next head begins, or the value ends; may lie beyond what came in.
    at: usize,
    /// How many values each open list or map still misses.
    open: Vec<usize>,
    done: bool,
}

impl Span {
    /// Goes on over `bytes`, which begin where the value begins and hold all that came so far. Answers the length of
    /// the value once it is whole.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, NoMsgpack> {
        while !self.done {
            let Some((head, used)) = head(bytes.get(self.at..).unwrap_or_default())? else { return Ok(None) };
            self.at += used;
            self.enter(head)?;
        }
        Ok((self.at <= bytes.len()).then_some(self.at))
    }

    /// How many bytes the value takes at least, by what is known.
    pub(super) fn least(&self) -> usize {
        self.at
    }

    fn enter(&mut self, head: Head) -> Result<(), NoMsgpack> {
        match head {
            Head::List(count) if count > 0 => self.open.push(count),
            Head::Map(count) if count > 0 => self.open.push(2 * count),
            Head::Text(length) | Head::Bytes(length) | Head::Ext(_, length) => {
                self.at += length;
                self.leave();
            }
            _ => self.leave(),
        }
        if self.open.len() > MSGPACK_DEPTH_MAX { Err(NoMsgpack) } else { Ok(()) }
    }

    /// One value is whole, and with it those whose last it was.
    fn leave(&mut self) {
        while let Some(missing) = self.open.last_mut() {
            *missing -= 1;
            if *missing > 0 {
                return;
            }
            self.open.pop();
        }
        self.done = true;
    }
}

/// Reads values one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next head; `None` where the bytes end, or are no MessagePack.
    pub(super) fn head(&mut self) -> Option<Head> {
        let (head, used) = head(self.0).ok()??;
        self.0 = &self.0[used..];
        Some(head)
    }

    /// Bytes that a head announced.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The bytes of the next value.
    pub(super) fn value(&mut self) -> Option<Reader<'a>> {
        let end = Span::default().advance(self.0).ok()??;
        self.take(end).map(Reader)
    }

    /// A text, or bytes in its place.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        match self.head()? {
            Head::Text(length) | Head::Bytes(length) => self.take(length),
            _ => None,
        }
    }

    /// How many values a list has.
    pub(super) fn list(&mut self) -> Option<usize> {
        match self.head()? {
            Head::List(count) => Some(count),
            _ => None,
        }
    }

    /// How many pairs a map has.
    pub(super) fn map(&mut self) -> Option<usize> {
        match self.head()? {
            Head::Map(count) => Some(count),
            _ => None,
        }
    }
}

/// Appends the head of a list of at most 15 values.
pub(super) fn put_list(count: u8, out: &mut Vec<u8>) {
    assert!(count < 16, "a short list");
    out.push(0x90 | count);
}

/// Appends a text.
pub(super) fn put_text(text: &[u8], out: &mut Vec<u8>) {
    match u8::try_from(text.len()) {
        Ok(length) => out.extend_from_slice(&[0xd9, length]),
        Err(_) => {
            out.push(0xdb);
            out.extend_from_slice(&(text.len() as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn heads_are_what_the_specification_says() {
        let table: [(&[u8], Head, usize); 16] = [
            (&[0x7f], Head::Int(127), 1),
            (&[0xff], Head::Int(-1), 1),
            (&[0xc0], Head::Nil, 1),
            (&[0x82], Head::Map(2), 1),
            (&[0xa3], Head::Text(3), 1),
            (&[0xc5, 1, 2], Head::Bytes(258), 3),
            (&[0xc7, 8, 0], Head::Ext(0, 8), 3),
            (&[0xd7, 0], Head::Ext(0, 8), 2),
            (&[0xca, 0x3f, 0xc0, 0, 0], Head::Float(1.5), 5),
            (&[0xcd, 1, 0], Head::Uint(256), 3),
            (&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255], Head::Uint(u64::MAX), 9),
            (&[0xd1, 0xff, 0xfe], Head::Int(-2), 3),
            (&[0xda, 0, 9], Head::Text(9), 3),
            (&[0xdc, 0, 3], Head::List(3), 3),
            (&[0xdd, 0, 0, 0, 3], Head::List(3), 5),
            (&[0xdf, 0, 1, 0, 0], Head::Map(65_536), 5),
        ];
        for (bytes, expected, used) in table {
            assert_eq!(head(bytes), Ok(Some((expected, used))), "{bytes:x?}");
            for cut in 0..bytes.len() {
                assert_eq!(head(&bytes[..cut]), Ok(None), "{bytes:x?} cut at {cut}");
            }
        }
        assert_eq!(head(&[0xc1]), Err(NoMsgpack));
    }

    #[test]
    fn what_nests_without_end_is_refused() {
        assert_eq!(Span::default().advance(&[0x91; 100]), Err(NoMsgpack));
    }

    proptest! {
        #[test]
        fn where_a_value_ends_does_not_depend_on_how_it_came(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            cuts in prop::collection::vec(1..9usize, 1..8),
        ) {
            let whole = Span::default().advance(&bytes);
            let (mut span, mut length) = (Span::default(), 0);
            let mut found = Ok(None);
            for cut in cuts.iter().cycle() {
                length = (length + cut).min(bytes.len());
                found = span.advance(&bytes[..length]);
                if found != Ok(None) || length == bytes.len() {
                    break;
                }
            }
            prop_assert_eq!(found, whole);
        }
    }
}
