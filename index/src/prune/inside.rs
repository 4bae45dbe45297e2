//! Which frames can hold a text that may begin and end inside of words.

use vigil_query::words::is_word;

use super::{Prune, of_beginning};
use crate::terms::{HEAD_BYTES, Shape, ShortTerm, can_begin, kind, trigrams};

/// A piece of a word of fewer characters stands in nearly every frame.
const PIECE_CHARS_MIN: usize = 2;

/// Frames with a text that holds `text`, which is folded. Its first word may go on to the left, its last one to the right;
/// `of_whole` are frames with a word as it is.
pub(super) fn of_inside(text: &str, of_whole: &dyn Fn(&[u8]) -> Prune) -> Prune {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let from = &rest[start..];
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let open_left = start == 0 && rest.len() == text.len();
        let open_right = end == from.len();
        parts.push(of_piece(&from[..end], open_left, open_right, of_whole));
        rest = &from[end..];
    }
    Prune::and(parts)
}

fn of_piece(piece: &str, open_left: bool, open_right: bool, of_whole: &dyn Fn(&[u8]) -> Prune) -> Prune {
    let long_enough = piece.chars().nth(PIECE_CHARS_MIN - 1).is_some();
    match (open_left, open_right) {
        (false, false) => of_whole(piece.as_bytes()),
        (false, true) => of_beginning(piece.as_bytes()),
        (true, _) if long_enough => of_middle(piece.as_bytes(), !open_right),
        (true, _) => Prune::All,
    }
}

/// Frames with a word that holds `piece`, or ends so.
fn of_middle(piece: &[u8], at_end: bool) -> Prune {
    let word = Prune::Inside { piece: piece.to_vec(), at_end };
    let random = [Shape::Digits, Shape::Hex, Shape::Mixed].into_iter().filter(|shape| can_begin(*shape, piece));
    Prune::or([word].into_iter().chain(random.map(|shape| of_random(shape, piece, at_end))))
}

/// Frames with a random-looking word of this shape that holds `piece`.
fn of_random(shape_of_word: Shape, piece: &[u8], at_end: bool) -> Prune {
    match shape_of_word {
        Shape::Digits if at_end && piece.len() >= HEAD_BYTES => {
            Prune::short(ShortTerm::head(&piece[piece.len() - HEAD_BYTES..]))
        }
        Shape::Digits | Shape::Hex => Prune::short(ShortTerm::marker(shape_of_word, piece)),
        Shape::Mixed => of_mixed(piece),
    }
}

fn of_mixed(piece: &[u8]) -> Prune {
    let mut parts = Vec::new();
    trigrams(piece, &mut |term| parts.push(Prune::or([term, ShortTerm::MANY_TRIGRAMS].map(Prune::short))));
    match parts.is_empty() {
        // Some word of mixed shape, however it begins.
        true => Prune::Prefix(vec![kind::MARKER, Shape::Mixed as u8]),
        false => Prune::and(parts),
    }
}
