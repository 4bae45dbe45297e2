//! What of an unfinished line or element is kept until its end comes.

use vigil_model::limits::LINE_BYTES_MAX;

use crate::Refusal;

/// The beginning of one piece; holds at most [`LINE_BYTES_MAX`].
#[derive(Default)]
pub(crate) struct Carry {
    bytes: Vec<u8>,
    /// The piece is too long already; what follows of it is dropped.
    overflowed: bool,
}

impl Carry {
    /// Whether no piece has begun.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.overflowed
    }

    /// What there is of the piece; nothing when it is too long.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps more of the piece.
    pub(crate) fn keep(&mut self, more: &[u8]) {
        self.overflowed |= self.bytes.len() + more.len() > LINE_BYTES_MAX;
        if self.overflowed {
            self.bytes.clear();
        } else {
            self.bytes.extend_from_slice(more);
        }
        assert!(self.bytes.len() <= LINE_BYTES_MAX, "an unfinished piece keeps its limit");
    }

    /// The whole piece, `tail` being its end; copied only where it had begun before. Call
    /// [`Carry::clear`] after use.
    pub(crate) fn complete<'a>(&'a mut self, tail: &'a [u8]) -> Result<&'a [u8], Refusal> {
        if self.is_empty() && tail.len() <= LINE_BYTES_MAX {
            return Ok(tail);
        }
        self.keep(tail);
        if self.overflowed { Err(Refusal::TooLong) } else { Ok(&self.bytes) }
    }

    /// Ready for the next piece.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.overflowed = false;
    }
}
