//! Which words a text has, and when two words are the same word.
//!
//! The index cuts and folds by these rules and the evaluator compares by them, so that a term
//! that the evaluator would accept is never missing from the index.

/// Whether `c` belongs to words: a letter or digit of any script, or `_`.
#[inline]
pub fn is_word(c: char) -> bool {
    if c.is_ascii() { is_word_byte(c as u8) } else { c.is_alphanumeric() }
}

/// The words of `text`: its longest runs of word characters, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = first(rest, true);
        let from_word = &rest[start..];
        let (word, after) = from_word.split_at(first(from_word, false));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Appends `word` to `out` with letter case taken away.
#[inline]
pub fn fold_into(word: &str, out: &mut String) {
    if word.is_ascii() {
        let start = out.len();
        out.push_str(word);
        out[start..].make_ascii_lowercase();
    } else {
        out.extend(word.chars().map(fold));
    }
}

/// `c` without letter case: Unicode's simple lower case, always one character.
///
/// The full lower case of `İ` is `i` and a combining dot, which is no word character: it would
/// cut a word in two, so the dot is left out.
#[inline]
pub fn fold(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Offset of the first character that is (or is not) of a word; the length if there is none.
fn first(text: &str, wanted: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii() {
            if is_word_byte(bytes[at]) == wanted {
                return at;
            }
            at += 1;
        } else {
            let c = text[at..].chars().next().expect("a character begins wherever the one before it ended");
            if is_word(c) == wanted {
                return at;
            }
            at += c.len_utf8();
        }
    }
    at
}

#[inline]
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let cut: Vec<_> = words("[ERROR] dfs.DataNode: blk_-38 größe=7, 错误!").collect();
        assert_eq!(cut, ["ERROR", "dfs", "DataNode", "blk_", "38", "größe", "7", "错误"]);
        assert_eq!(words("").count() + words(" .,").count(), 0);
    }

    #[test]
    fn folding_keeps_every_character_inside_or_outside_of_words() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_word(c), is_word(fold(c)), "{c:?}");
            assert_eq!(fold(c), fold(fold(c)), "{c:?}");
        }
    }

    #[test]
    fn folding_ascii_and_other_letters_agrees() {
        let mut out = String::from("x");
        fold_into("ABC_9", &mut out);
        fold_into("İÄẞſΣ\u{212a}", &mut out);
        assert_eq!(out, "xabc_9iäßſσk");
    }
}
