//! Which frames cannot hold an answer, said in terms.
//!
//! The law: where a record passes the filter, the prune holds on the record's terms. Nothing is
//! ever negated, since what is said is always "perhaps".

mod inside;

use vigil_query::{Field, FieldTest, Filter, Set, TIME_FIELD, required_literals, words};

use crate::terms::{HEAD_BYTES, Shape, ShortTerm, Tokens, can_begin, cut, field_hash, kind, runs, shape};
use inside::of_inside;

/// A set of more values than this prunes no better than it costs.
const SET_VALUES_MAX: usize = 256;

/// A condition on the terms of a frame that every frame with an answer meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prune {
    /// Every frame.
    All,
    /// No frame.
    Nothing,
    /// Frames with this term.
    Term(Vec<u8>),
    /// Frames with a term that begins so.
    Prefix(Vec<u8>),
    /// Frames with a word of the dictionary that holds this, or ends so when `at_end`.
    Inside {
        /// At least one byte.
        piece: Vec<u8>,
        /// Whether the word ends with it.
        at_end: bool,
    },
    /// Frames that meet every part.
    And(Vec<Prune>),
    /// Frames that meet some part.
    Or(Vec<Prune>),
}

impl Prune {
    /// What the terms of a frame must meet if some record of it passes `filter`.
    pub fn of(filter: &Filter) -> Prune {
        match filter {
            Filter::All | Filter::Not(_) | Filter::Fields { .. } => Prune::All,
            Filter::And(parts) => Prune::and(parts.iter().map(Prune::of)),
            Filter::Or(parts) => Prune::or(parts.iter().map(Prune::of)),
            Filter::Field { field: Field::Any, test } => of_any(test),
            Filter::Field { field: Field::Named(name), .. } if name == TIME_FIELD => Prune::All,
            Filter::Field { field: Field::Named(name), test } => of_named(field_hash(name.as_bytes()), test),
        }
    }

    /// Whether the condition holds of these terms.
    pub fn holds(&self, terms: &dyn Terms) -> bool {
        match self {
            Prune::All => true,
            Prune::Nothing => false,
            Prune::Term(term) => terms.has(term),
            Prune::Prefix(prefix) => terms.some_begins(prefix),
            Prune::Inside { piece, at_end } => terms.some_word_holds(piece, *at_end),
            Prune::And(parts) => parts.iter().all(|part| part.holds(terms)),
            Prune::Or(parts) => parts.iter().any(|part| part.holds(terms)),
        }
    }

    /// All of `parts`, as simple as can be.
    pub fn and(parts: impl IntoIterator<Item = Prune>) -> Prune {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Prune::All => {}
                Prune::Nothing => return Prune::Nothing,
                Prune::And(parts) => kept.extend(parts),
                part if kept.contains(&part) => {}
                part => kept.push(part),
            }
        }
        single_or(kept, Prune::All, Prune::And)
    }

    /// Some of `parts`, as simple as can be.
    pub fn or(parts: impl IntoIterator<Item = Prune>) -> Prune {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Prune::Nothing => {}
                Prune::All => return Prune::All,
                Prune::Or(parts) => kept.extend(parts),
                part if kept.contains(&part) => {}
                part => kept.push(part),
            }
        }
        single_or(kept, Prune::Nothing, Prune::Or)
    }

    fn short(term: ShortTerm) -> Prune {
        Prune::Term(term.bytes().to_vec())
    }
}

/// The terms of a frame, or of many.
pub trait Terms {
    /// Whether this is one of them.
    fn has(&self, term: &[u8]) -> bool;
    /// Whether one begins so.
    fn some_begins(&self, prefix: &[u8]) -> bool;
    /// Whether one that is a word, and so before [`HASHED_TERMS`], holds `piece`, or ends so when `at_end`.
    fn some_word_holds(&self, piece: &[u8], at_end: bool) -> bool;
}

/// Terms before this are words of the dictionary, those from here on hashes of something: words are UTF-8, which has none
/// of the bytes that begin other terms.
pub const HASHED_TERMS: &[u8] = &[kind::TRIGRAM];

fn single_or(mut parts: Vec<Prune>, none: Prune, many: fn(Vec<Prune>) -> Prune) -> Prune {
    match parts.len() {
        0 => none,
        1 => parts.remove(0),
        _ => many(parts),
    }
}

fn of_any(test: &FieldTest) -> Prune {
    of_test(test, &of_word, Prune::All)
}

fn of_named(field: u64, test: &FieldTest) -> Prune {
    of_test(test, &|word| of_field_word(field, word), Prune::short(ShortTerm::present(field)))
}

/// Frames with a value that passes. `of_whole` are frames with a word, `present` those where there is a value at all.
fn of_test(test: &FieldTest, of_whole: &dyn Fn(&[u8]) -> Prune, present: Prune) -> Prune {
    let texts = match test {
        FieldTest::Phrase(text) | FieldTest::CasedPhrase(text) | FieldTest::Exact(text) => phrase(text, of_whole),
        FieldTest::Prefix(text) | FieldTest::CasedPrefix(text) | FieldTest::ExactPrefix(text) => {
            Some(of_text(text, true, of_whole))
        }
        FieldTest::Substring(text, _) => Some(of_inside(&folded(text), of_whole)),
        FieldTest::Regex(pattern) => {
            let some_of = |texts: &Vec<String>| Prune::or(texts.iter().map(|text| of_inside(text, of_whole)));
            // Where nothing must stand there, the empty text may match, and a value that holds it has no term.
            let literals = required_literals(pattern);
            (!literals.is_empty()).then(|| Prune::and(literals.iter().map(some_of)))
        }
        FieldTest::In(set) | FieldTest::ContainsAny(set) => some_phrase(set, of_whole).map(Prune::or),
        FieldTest::ContainsAll(set) => some_phrase(set, of_whole).and_then(every),
        FieldTest::Sequence(texts) => {
            let phrases: Option<Vec<_>> = texts.iter().map(|text| phrase(text, of_whole)).collect();
            phrases.and_then(every)
        }
        FieldTest::Exists | FieldTest::Compare(..) | FieldTest::Range { .. } | FieldTest::IpRange(_) => {
            Some(Prune::All)
        }
        FieldTest::Empty
        | FieldTest::StringRange(..)
        | FieldTest::LengthRange(..)
        | FieldTest::ValueType(_)
        | FieldTest::DayRange { .. }
        | FieldTest::WeekRange { .. } => None,
    };
    texts.map_or(Prune::All, |texts| Prune::and([present, texts]))
}

/// All of them; where there are none, anything passes.
fn every(parts: Vec<Prune>) -> Option<Prune> {
    (!parts.is_empty()).then(|| Prune::and(parts))
}

/// `None` where an empty value may pass.
fn phrase(text: &str, of_whole: &dyn Fn(&[u8]) -> Prune) -> Option<Prune> {
    (!text.is_empty()).then(|| of_text(text, false, of_whole))
}

/// What each value of a set prunes; `None` where an empty value may pass, and where there are too many.
fn some_phrase(set: &Set, of_whole: &dyn Fn(&[u8]) -> Prune) -> Option<Vec<Prune>> {
    match set {
        Set::Values(values) if values.len() <= SET_VALUES_MAX => {
            values.iter().map(|value| phrase(value, of_whole)).collect()
        }
        Set::Values(_) | Set::Query(_) => None,
    }
}

fn folded(text: &str) -> String {
    text.chars().map(words::fold).collect()
}

/// Frames with the words of `text`; when `open`, the last word may go on where the text ends.
fn of_text(text: &str, open: bool, of_whole: &dyn Fn(&[u8]) -> Prune) -> Prune {
    let mut words = Tokens::default();
    words.cut(text);
    let last_is_open = open && text.chars().next_back().is_some_and(words::is_word);
    let whole = words.len() - usize::from(last_is_open);
    let mut parts: Vec<Prune> = words.iter().take(whole).map(of_whole).collect();
    runs(&words, whole, &mut |term| parts.push(Prune::short(term)));
    if last_is_open {
        parts.push(of_beginning(words.get(whole)));
    }
    Prune::and(parts)
}

/// Frames with this word, folded.
fn of_word(word: &[u8]) -> Prune {
    match shape(word) {
        Some(shape) => Prune::and([ShortTerm::bucket(word), ShortTerm::second(shape, word)].map(Prune::short)),
        None => Prune::Term(cut(word).to_vec()),
    }
}

/// Frames with this word in this field, as far as terms tell.
fn of_field_word(field: u64, word: &[u8]) -> Prune {
    if shape(word).is_some() {
        return of_word(word);
    }
    let with_field = [ShortTerm::field_word(field, cut(word)), ShortTerm::long(field)];
    Prune::and([of_word(word), Prune::or(with_field.map(Prune::short))])
}

/// Frames with a word that begins so.
fn of_beginning(head: &[u8]) -> Prune {
    let plain =
        if cut(head).len() < head.len() { Prune::Term(cut(head).to_vec()) } else { Prune::Prefix(head.to_vec()) };
    Prune::or([plain, of_random_beginning(head)])
}

/// Frames with a random-looking word that begins so.
fn of_random_beginning(head: &[u8]) -> Prune {
    if head.len() < HEAD_BYTES {
        return of_markers(head);
    }
    let digits = can_begin(Shape::Digits, head).then(|| Prune::short(ShortTerm::marker(Shape::Digits, head)));
    Prune::or(digits.into_iter().chain([Prune::short(ShortTerm::head(head))]))
}

/// Frames with a random-looking word that begins with so few bytes.
fn of_markers(head: &[u8]) -> Prune {
    let shapes = [Shape::Digits, Shape::Hex, Shape::Mixed].into_iter().filter(|shape| can_begin(*shape, head));
    Prune::or(shapes.map(|shape| match shape {
        Shape::Mixed if head.len() < 2 => Prune::Prefix([&[kind::MARKER, shape as u8], head].concat()),
        _ => Prune::short(ShortTerm::marker(shape, head)),
    }))
}
