//! How the terms of many records are gathered, each once, without a memory of more than a frame.

use std::fmt::Write;

use vigil_model::{RawField, Record, Value};

use super::{
    RUN_WORDS_MIN, Shape, ShortTerm, Tokens, WORD_BYTES_MAX, field_hash, has_field_words, runs, shape, term_hash,
    trigrams,
};

/// Terms one after another, and where each ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameTerms {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl FrameTerms {
    /// Those of a frame that could not be read: [`OPAQUE_TERM`](super::OPAQUE_TERM) alone.
    pub fn opaque() -> FrameTerms {
        let mut terms = FrameTerms::default();
        terms.push(super::OPAQUE_TERM);
        terms
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all terms.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<u32>()
    }

    /// Term `n`.
    #[inline]
    pub fn get(&self, n: usize) -> Option<&[u8]> {
        let end = *self.ends.get(n)? as usize;
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        Some(&self.bytes[start..end])
    }

    /// Every term, in the order in which it was first met.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|n| self.get(n).expect("n is below len"))
    }

    fn push(&mut self, term: &[u8]) {
        self.bytes.extend_from_slice(term);
        self.ends.push(self.bytes.len() as u32);
    }
}

/// Gathers terms of the records of one frame after another.
pub struct TermCollector {
    terms: FrameTerms,
    seen_terms: Seen,
    /// Fields that were met with the same value before: nothing new can come of them.
    fields: Vec<u8>,
    seen_fields: Seen,
    text: String,
    tokens: Tokens,
}

/// Longest field that is worth remembering.
const FIELD_BYTES_REMEMBERED: usize = 256;

impl Default for TermCollector {
    fn default() -> TermCollector {
        TermCollector {
            terms: FrameTerms::default(),
            seen_terms: Seen::new(),
            fields: Vec::new(),
            seen_fields: Seen::new(),
            text: String::new(),
            tokens: Tokens::default(),
        }
    }
}

impl TermCollector {
    /// Adds the terms of a record.
    pub fn add(&mut self, record: &Record<'_>) {
        for field in record.raw_fields() {
            if self.is_new(&field) {
                self.add_field(&field);
            }
        }
    }

    /// Hands over the terms of all records since the last call.
    pub fn take(&mut self) -> FrameTerms {
        self.seen_terms.forget();
        self.seen_fields.forget();
        self.fields.clear();
        let next = FrameTerms {
            bytes: Vec::with_capacity(self.terms.bytes.len()),
            ends: Vec::with_capacity(self.terms.ends.len()),
        };
        std::mem::replace(&mut self.terms, next)
    }

    fn is_new(&mut self, field: &RawField<'_>) -> bool {
        let bytes = field.bytes;
        if bytes.len() > FIELD_BYTES_REMEMBERED {
            return true;
        }
        let at = self.fields.len() as u32;
        let is_new = self.seen_fields.is_new(term_hash(field.name_len as u64, bytes), at, bytes, &self.fields);
        if is_new {
            self.fields.extend_from_slice(bytes);
        }
        is_new
    }

    fn add_field(&mut self, field: &RawField<'_>) {
        let name = field_hash(field.name());
        match field.value() {
            None | Some(Value::Null | Value::Str("")) => {}
            Some(Value::Str(text)) => self.add_text(name, text),
            Some(value) => {
                let mut text = std::mem::take(&mut self.text);
                text.clear();
                write!(text, "{value}").expect("a string takes everything");
                self.add_text(name, &text);
                self.text = text;
            }
        }
    }

    fn add_text(&mut self, field: u64, text: &str) {
        self.add_short(ShortTerm::present(field));
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.cut(text);
        let with_field = has_field_words(&tokens);
        if !with_field {
            self.add_short(ShortTerm::long(field));
        }
        tokens.iter().for_each(|word| self.add_word(field, word, with_field));
        self.add_runs(&tokens);
        self.tokens = tokens;
    }

    fn add_word(&mut self, field: u64, word: &[u8], with_field: bool) {
        match shape(word) {
            Some(shape) => {
                self.add_short(ShortTerm::bucket(word));
                self.add_short(ShortTerm::second(shape, word));
                self.add_short(ShortTerm::marker(shape, word));
                if shape == Shape::Mixed {
                    trigrams(word, &mut |term| self.add_short(term));
                }
            }
            None => {
                self.add_term(super::cut(word));
                if with_field {
                    self.add_short(ShortTerm::field_word(field, super::cut(word)));
                }
            }
        }
    }

    fn add_runs(&mut self, tokens: &Tokens) {
        if tokens.len() < RUN_WORDS_MIN {
            return;
        }
        let mut terms = std::mem::take(&mut self.terms);
        let seen = &mut self.seen_terms;
        runs(tokens, tokens.len(), &mut |term| put(&mut terms, seen, term.bytes()));
        self.terms = terms;
    }

    fn add_short(&mut self, term: ShortTerm) {
        self.add_term(term.bytes());
    }

    fn add_term(&mut self, term: &[u8]) {
        put(&mut self.terms, &mut self.seen_terms, term);
    }
}

#[inline]
fn put(terms: &mut FrameTerms, seen: &mut Seen, term: &[u8]) {
    assert!(term.len() <= WORD_BYTES_MAX, "words are cut");
    let at = terms.bytes.len() as u32;
    if seen.is_new(term_hash(0, term), at, term, &terms.bytes) {
        terms.push(term);
    }
}

/// Which pieces of an arena were met before. It may forget, and then says "new" once more, but it
/// never says "met" of what was not: that would hide a row from the index.
struct Seen {
    slots: Vec<Slot>,
    round: u32,
    used: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    round: u32,
    hash: u32,
    start: u32,
    len: u32,
}

const SLOTS_MIN: usize = 1 << 10;
/// Slots looked at for one piece: whoever makes pieces collide makes us forget, not slow.
const PROBES_MAX: usize = 16;

impl Seen {
    fn new() -> Seen {
        Seen { slots: vec![Slot::default(); SLOTS_MIN], round: 1, used: 0 }
    }

    fn forget(&mut self) {
        self.used = 0;
        match self.round.checked_add(1) {
            Some(round) => self.round = round,
            None => *self = Seen::new(),
        }
    }

    /// Whether `piece` was not met before; then it is remembered, and the caller puts it at `at`.
    #[inline]
    fn is_new(&mut self, hash: u64, at: u32, piece: &[u8], arena: &[u8]) -> bool {
        let mask = self.slots.len() - 1;
        let tag = (hash >> 32) as u32;
        for probe in 0..PROBES_MAX {
            let slot = &mut self.slots[(hash as usize + probe) & mask];
            if slot.round != self.round {
                *slot = Slot { round: self.round, hash: tag, start: at, len: piece.len() as u32 };
                self.count();
                return true;
            }
            let same = slot.hash == tag && slot.len as usize == piece.len();
            if same && arena[slot.start as usize..][..piece.len()] == *piece {
                return false;
            }
        }
        self.grow();
        true
    }

    #[inline]
    fn count(&mut self) {
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
    }

    /// A larger table, empty: what was met will be met as new once more, which costs little.
    fn grow(&mut self) {
        const SLOTS_MAX: usize = 1 << 16;
        if self.slots.len() < SLOTS_MAX {
            *self = Seen { slots: vec![Slot::default(); self.slots.len() * 2], round: 1, used: 0 };
        }
    }
}
