//! Which frames cannot hold an answer, said in terms.
//!
//! The law: where a record passes the filter, the prune holds on the record's terms. Nothing is
//! ever negated, since what is said is always "perhaps".

use vigil_query::{Field, FieldTest, Filter, TIME_FIELD, words};

use crate::terms::{HEAD_BYTES, Shape, ShortTerm, Tokens, can_begin, cut, field_hash, kind, runs, shape};

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

    /// Whether the condition holds of these terms; `has_term` and `has_prefix` answer for them.
    pub fn holds(&self, has_term: &dyn Fn(&[u8]) -> bool, has_prefix: &dyn Fn(&[u8]) -> bool) -> bool {
        match self {
            Prune::All => true,
            Prune::Nothing => false,
            Prune::Term(term) => has_term(term),
            Prune::Prefix(prefix) => has_prefix(prefix),
            Prune::And(parts) => parts.iter().all(|part| part.holds(has_term, has_prefix)),
            Prune::Or(parts) => parts.iter().any(|part| part.holds(has_term, has_prefix)),
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

fn single_or(mut parts: Vec<Prune>, none: Prune, many: fn(Vec<Prune>) -> Prune) -> Prune {
    match parts.len() {
        0 => none,
        1 => parts.remove(0),
        _ => many(parts),
    }
}

fn of_any(test: &FieldTest) -> Prune {
    match test {
        FieldTest::Phrase(text) | FieldTest::Exact(text) => of_text(text, false, &of_word),
        FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) => of_text(text, true, &of_word),
        _ => Prune::All,
    }
}

fn of_named(field: u64, test: &FieldTest) -> Prune {
    let present = || Prune::short(ShortTerm::present(field));
    let of_word = |word: &[u8]| of_field_word(field, word);
    match test {
        FieldTest::Empty => Prune::All,
        FieldTest::Phrase(text) | FieldTest::Exact(text) if text.is_empty() => Prune::All,
        FieldTest::Phrase(text) | FieldTest::Exact(text) => Prune::and([present(), of_text(text, false, &of_word)]),
        FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) => {
            Prune::and([present(), of_text(text, true, &of_word)])
        }
        FieldTest::Exists | FieldTest::Compare(..) | FieldTest::Range { .. } => present(),
        _ => Prune::All,
    }
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
