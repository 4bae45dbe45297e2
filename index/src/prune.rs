//! Which frames cannot hold an answer, said in terms.
//!
//! The law: where a record passes the filter, the prune holds on the record's terms. Nothing is
//! ever negated, since what is said is always "perhaps".

use vigil_query::{Field, FieldTest, Filter, words};

use crate::terms::{HEAD_BYTES, Shape, ShortTerm, can_begin, cut, field_hash, kind, shape};

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

/// The name by which a query reads the event time; it has no terms.
const TIME_FIELD: &str = crate::row::TIME;

impl Prune {
    /// What the terms of a frame must meet if some record of it passes `filter`.
    pub fn of(filter: &Filter) -> Prune {
        match filter {
            Filter::All | Filter::Not(_) => Prune::All,
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
        FieldTest::Phrase(text) | FieldTest::Exact(text) => {
            Prune::and(folded_words(text).iter().map(|word| of_word(word)))
        }
        FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) => of_prefix_text(text, &|word| of_word(word)),
        FieldTest::Exists | FieldTest::Empty | FieldTest::Compare(..) | FieldTest::Range { .. } => Prune::All,
    }
}

fn of_named(field: u64, test: &FieldTest) -> Prune {
    let present = || Prune::short(ShortTerm::present(field));
    match test {
        FieldTest::Empty => Prune::All,
        FieldTest::Phrase(text) | FieldTest::Exact(text) if text.is_empty() => Prune::All,
        FieldTest::Phrase(text) | FieldTest::Exact(text) => {
            let words = folded_words(text);
            Prune::and(std::iter::once(present()).chain(words.iter().map(|word| of_field_word(field, word))))
        }
        FieldTest::Prefix(text) | FieldTest::ExactPrefix(text) => {
            Prune::and([present(), of_prefix_text(text, &|word| of_field_word(field, word))])
        }
        FieldTest::Exists | FieldTest::Compare(..) | FieldTest::Range { .. } => present(),
    }
}

fn folded_words(text: &str) -> Vec<String> {
    words::words(text).map(folded).collect()
}

fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    words::fold_into(word, &mut folded);
    folded
}

/// Frames with this word, folded.
fn of_word(word: &str) -> Prune {
    let word = word.as_bytes();
    match shape(word) {
        Some(_) => Prune::And(vec![Prune::short(ShortTerm::bucket(word)), Prune::short(ShortTerm::head(word))]),
        None => Prune::Term(cut(word).to_vec()),
    }
}

/// Frames with this word in this field, as far as terms tell.
fn of_field_word(field: u64, word: &str) -> Prune {
    let bytes = word.as_bytes();
    if shape(bytes).is_some() {
        return of_word(word);
    }
    let with_field = [ShortTerm::field_word(field, cut(bytes)), ShortTerm::long(field)];
    Prune::and([of_word(word), Prune::or(with_field.map(Prune::short))])
}

/// The words of `text`, of which the last may go on where the text ends.
fn of_prefix_text(text: &str, of_whole: &dyn Fn(&str) -> Prune) -> Prune {
    let mut words = folded_words(text);
    let open = text.chars().next_back().is_some_and(words::is_word);
    let last = if open { words.pop() } else { None };
    let whole = words.iter().map(|word| of_whole(word));
    Prune::and(whole.chain(last.as_deref().map(of_beginning)))
}

/// Frames with a word that begins so.
fn of_beginning(head: &str) -> Prune {
    let head = head.as_bytes();
    let plain =
        if cut(head).len() < head.len() { Prune::Term(cut(head).to_vec()) } else { Prune::Prefix(head.to_vec()) };
    let random = if head.len() >= HEAD_BYTES { Prune::short(ShortTerm::head(head)) } else { of_markers(head) };
    Prune::or([plain, random])
}

/// Frames with a random-looking word that begins with so few bytes.
fn of_markers(head: &[u8]) -> Prune {
    let shapes = [Shape::Digits, Shape::Hex, Shape::Mixed].into_iter().filter(|shape| can_begin(*shape, head));
    Prune::or(shapes.map(|shape| match shape {
        Shape::Mixed if head.len() < 2 => Prune::Prefix([&[kind::MARKER, shape as u8], head].concat()),
        _ => Prune::short(ShortTerm::marker(shape, head)),
    }))
}
