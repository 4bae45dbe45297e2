//! How numbers, texts and names are taken out of a chunk, in which every offset may be wrong.

use crate::Refusal;

/// A place in a chunk, and where what is being read ends.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'c> {
    chunk: &'c [u8],
    at: usize,
    end: usize,
}

impl<'c> Cursor<'c> {
    /// From `at` up to `end`, or to the end of the chunk.
    pub(super) fn new(chunk: &'c [u8], at: usize, end: usize) -> Cursor<'c> {
        let end = end.min(chunk.len());
        Cursor { chunk, at: at.min(end), end }
    }

    /// Offset in the chunk.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// The next bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'c [u8], Refusal> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.end).ok_or_else(|| damaged("it ends early"))?;
        let taken = &self.chunk[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        Ok(*self.take(N)?.first_chunk().expect("as many bytes as were asked for"))
    }

    /// A byte.
    pub(super) fn u8(&mut self) -> Result<u8, Refusal> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes, little endian as all numbers here.
    pub(super) fn u16(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub(super) fn u64(&mut self) -> Result<u64, Refusal> {
        self.array().map(u64::from_le_bytes)
    }

    /// Text of UTF-16 with its length in letters in front.
    pub(super) fn text(&mut self) -> Result<String, Refusal> {
        let letters = usize::from(self.u16()?);
        Ok(utf16(self.take(2 * letters)?))
    }

    /// A name: the offset of its first use in the chunk, where it stands itself.
    pub(super) fn name(&mut self) -> Result<String, Refusal> {
        let offset = self.u32()? as usize;
        let mut there = Cursor::new(self.chunk, offset, self.chunk.len());
        there.take(6)?;
        let name = there.text()?;
        if offset == self.at {
            // A zero follows the text.
            there.take(2)?;
            let used = there.at - self.at;
            self.take(used)?;
        }
        Ok(name)
    }
}

/// Text of UTF-16, up to a zero if there is one.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|letter| letter.unwrap_or('\u{fffd}')).collect()
}

/// What is said of a record that cannot be read.
pub(super) fn damaged(why: &str) -> Refusal {
    Refusal::Malformed { what: "record", why: why.to_owned() }
}
