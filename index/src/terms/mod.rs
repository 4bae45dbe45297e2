//! Which terms a frame contributes to the index.
//!
//! The same rules make terms of records and of filters, so that a term that a filter asks for is
//! never missing where a record passes it:
//!
//! - every folded word of every value, cut after 64 bytes;
//! - words that look random (ids, hashes, counters) enter only as hashes into few buckets, so that
//!   the dictionary stays small; one bucket is chosen by the first four bytes, for prefixes (of
//!   digits by the last four: counters begin alike);
//! - each three letters that follow one another inside of a random-looking word that is neither digits nor hexadecimal,
//!   for searches inside of words: what stands in the dictionary is searched there;
//! - runs of short numbers (addresses, dates): each three that follow one another, from the second
//!   of the run on, since each number alone is everywhere;
//! - `field` is not empty; `field` holds this word, where the value has few words; `field` holds
//!   many words.

mod collect;
mod hash;
mod shape;
mod tokens;

pub use collect::{FrameTerms, TermCollector};
pub(crate) use hash::term_hash;
pub(crate) use shape::{Shape, can_begin, is_number, shape};
pub(crate) use tokens::Tokens;

/// What a term is, in its first byte; words are UTF-8, which has none of these.
pub(crate) mod kind {
    /// Three letters that follow one another inside of a random-looking word of mixed shape.
    pub(crate) const TRIGRAM: u8 = 0xf7;
    /// Bucket of a random-looking word.
    pub(crate) const BUCKET: u8 = 0xf8;
    /// Bucket of the first four bytes of a random-looking word, or the last four of digits.
    pub(crate) const HEAD: u8 = 0xf9;
    /// Some random-looking word begins so: its shape, and for mixed ones the first two bytes.
    pub(crate) const MARKER: u8 = 0xfa;
    /// A field that holds a word.
    pub(crate) const FIELD_WORD: u8 = 0xfb;
    /// A field with something in it.
    pub(crate) const PRESENT: u8 = 0xfc;
    /// A field with more words than [`super::FEW_WORDS`].
    pub(crate) const LONG: u8 = 0xfd;
    /// Three short numbers that follow one another.
    pub(crate) const RUN: u8 = 0xfe;
    /// The frame could not be read when it was indexed: it may hold anything.
    pub(crate) const OPAQUE: u8 = 0xff;
}

/// The only term of a frame that could not be read when it was indexed ([`Posting::opaque`]): every
/// question finds it, whatever it asks for.
///
/// [`Posting::opaque`]: crate::Posting::opaque
pub const OPAQUE_TERM: &[u8] = &[kind::OPAQUE];

/// A value with at most this many words has a term for each of them with its field.
pub(crate) const FEW_WORDS: usize = 4;
/// Bytes of a word that count; what follows is decided on the row.
pub(crate) const WORD_BYTES_MAX: usize = 64;
/// Bytes of a random-looking word that choose its second bucket.
pub(crate) const HEAD_BYTES: usize = 4;

const BUCKET_BITS: u32 = 14;
const HEAD_BITS: u32 = 12;
const RUN_BITS: u32 = 14;
const TRIGRAM_BITS: u32 = 12;
/// Of a random-looking word so many threes of letters have a term; a word with more has [`ShortTerm::MANY_TRIGRAMS`].
const TRIGRAMS_MAX: usize = 64;
const FIELD_BITS: u32 = 24;

/// A term of at most four bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ShortTerm {
    bytes: [u8; 4],
    len: u8,
}

impl ShortTerm {
    /// `bits` of a hash behind the kind, greatest byte first.
    fn hashed(kind: u8, hash: u64, bits: u32) -> ShortTerm {
        let [.., b, c, d] = ((hash >> (64 - bits)) as u32).to_be_bytes();
        match bits {
            ..=16 => ShortTerm { bytes: [kind, c, d, 0], len: 3 },
            _ => ShortTerm { bytes: [kind, b, c, d], len: 4 },
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Bucket of a random-looking word.
    pub(crate) fn bucket(word: &[u8]) -> ShortTerm {
        ShortTerm::hashed(kind::BUCKET, term_hash(0, word), BUCKET_BITS)
    }

    /// The second bucket of a random-looking word of this shape.
    pub(crate) fn second(shape: Shape, word: &[u8]) -> ShortTerm {
        match shape {
            Shape::Digits => ShortTerm::head(&word[word.len() - HEAD_BYTES..]),
            Shape::Hex | Shape::Mixed => ShortTerm::head(word),
        }
    }

    /// Bucket of how a random-looking word begins; `head` holds at least four bytes.
    pub(crate) fn head(head: &[u8]) -> ShortTerm {
        ShortTerm::hashed(kind::HEAD, term_hash(1, &head[..HEAD_BYTES]), HEAD_BITS)
    }

    /// Marker of a random-looking word of this shape that begins with `head`.
    pub(crate) fn marker(shape: Shape, head: &[u8]) -> ShortTerm {
        match shape {
            Shape::Mixed => ShortTerm { bytes: [kind::MARKER, shape as u8, head[0], head[1]], len: 4 },
            _ => ShortTerm { bytes: [kind::MARKER, shape as u8, 0, 0], len: 2 },
        }
    }

    /// A field, by the hash of its name, that holds a word.
    pub(crate) fn field_word(field: u64, word: &[u8]) -> ShortTerm {
        ShortTerm::hashed(kind::FIELD_WORD, term_hash(field, word), FIELD_BITS)
    }

    /// Three short numbers that follow one another, joined by dots.
    pub(crate) fn run(numbers: &[u8]) -> ShortTerm {
        ShortTerm::hashed(kind::RUN, term_hash(3, numbers), RUN_BITS)
    }

    /// Stands for every three letters: some word has too many of them. No hash of [`TRIGRAM_BITS`] reaches it.
    pub(crate) const MANY_TRIGRAMS: ShortTerm = ShortTerm { bytes: [kind::TRIGRAM, 0xff, 0xff, 0], len: 3 };

    /// Three letters inside of a random-looking word.
    fn trigram(letters: &[u8]) -> ShortTerm {
        ShortTerm::hashed(kind::TRIGRAM, term_hash(4, letters), TRIGRAM_BITS)
    }

    /// A field with something in it.
    pub(crate) fn present(field: u64) -> ShortTerm {
        ShortTerm::hashed(kind::PRESENT, field, FIELD_BITS)
    }

    /// A field with many words.
    pub(crate) fn long(field: u64) -> ShortTerm {
        ShortTerm::hashed(kind::LONG, field, FIELD_BITS)
    }
}

/// The hash that stands for a field's name.
pub(crate) fn field_hash(name: &[u8]) -> u64 {
    term_hash(2, name)
}

/// The part of a word that counts.
pub(crate) fn cut(word: &[u8]) -> &[u8] {
    &word[..word.len().min(WORD_BYTES_MAX)]
}

/// Whether each word of a value has a term with its field: there are few, and not only numbers,
/// of which each stands in nearly every frame anyway.
pub(crate) fn has_field_words(words: &Tokens) -> bool {
    words.len() <= FEW_WORDS && (words.len() <= 1 || !words.iter().all(is_number))
}

/// The terms of each three letters that follow one another in a folded word, or the one that stands for all.
pub(crate) fn trigrams(word: &[u8], each: &mut dyn FnMut(ShortTerm)) {
    let letters = || word.windows(3).filter(|three| three.iter().all(u8::is_ascii_lowercase));
    match letters().nth(TRIGRAMS_MAX) {
        Some(_) => each(ShortTerm::MANY_TRIGRAMS),
        None => letters().for_each(|three| each(ShortTerm::trigram(three))),
    }
}

/// Words from which on a run of numbers has terms.
pub(crate) const RUN_WORDS_MIN: usize = 4;

/// The terms of the runs of short numbers among the first `count` words. A run leaves out its
/// first number, so that a version or a fraction costs nothing.
pub(crate) fn runs(words: &Tokens, count: usize, each: &mut dyn FnMut(ShortTerm)) {
    let mut run = 0;
    for n in 0..count {
        run = if is_number(words.get(n)) { run + 1 } else { 0 };
        if run >= RUN_WORDS_MIN {
            each(ShortTerm::run(&joined([words.get(n - 2), words.get(n - 1), words.get(n)])));
        }
    }
}

/// Three short numbers with a dot behind each.
fn joined(numbers: [&[u8]; 3]) -> [u8; 15] {
    let mut joined = [0; 15];
    let mut at = 0;
    for number in numbers {
        joined[at..at + number.len()].copy_from_slice(number);
        joined[at + number.len()] = b'.';
        at += number.len() + 1;
    }
    joined
}
