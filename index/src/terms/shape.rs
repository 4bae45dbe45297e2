//! Which words look random: decided on the folded word alone, so that index and query agree.

/// How a random-looking word is made up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Shape {
    /// Digits only.
    Digits = 1,
    /// Hexadecimal digits.
    Hex = 2,
    /// Anything else.
    Mixed = 3,
}

const DIGIT: u8 = 1;
const HEX_LETTER: u8 = 2;
const OTHER: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'0'..=b'9' => classes[byte] = DIGIT,
            b'a'..=b'f' => classes[byte] = HEX_LETTER,
            _ => {}
        }
        byte += 1;
    }
    classes
};

/// The shape of a folded word that looks random; `None` for a word that belongs in a dictionary.
/// A word that has a shape has at least four bytes.
#[inline]
pub(crate) fn shape(word: &[u8]) -> Option<Shape> {
    if word.len() < 4 {
        return None;
    }
    let mut digits = 0;
    let mut seen = 0;
    for byte in word {
        let class = CLASSES[usize::from(*byte)];
        seen |= class;
        digits += usize::from(class & DIGIT);
    }
    match seen {
        DIGIT => (word.len() >= 5).then_some(Shape::Digits),
        HEX_LETTER => (word.len() >= 16).then_some(Shape::Hex),
        _ if seen & OTHER == 0 => Some(Shape::Hex),
        _ => looks_random(word.len(), digits).then_some(Shape::Mixed),
    }
}

/// Whether a folded word is a short number: one of a dictionary, but found nearly everywhere.
#[inline]
pub(crate) fn is_number(word: &[u8]) -> bool {
    word.len() <= 4 && word.iter().all(u8::is_ascii_digit)
}

fn looks_random(len: usize, digits: usize) -> bool {
    (len >= 8 && digits >= 3) || (len >= 20 && digits >= 2) || len >= 40
}

/// Whether a word of this shape can begin with `head`.
pub(crate) fn can_begin(shape: Shape, head: &[u8]) -> bool {
    let allowed = match shape {
        Shape::Digits => DIGIT,
        Shape::Hex => DIGIT | HEX_LETTER,
        Shape::Mixed => DIGIT | HEX_LETTER | OTHER,
    };
    head.iter().all(|byte| CLASSES[usize::from(*byte)] & !allowed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_counters_look_random_and_words_do_not() {
        let mixed = ["i0123456789z", "user_20260131", "kx83hd02mz71"];
        let hex = ["4f5a", "deadbeefdeadbeef", "7c9e6679f0"];
        let digits = ["12345", "1608999687919862906"];
        let words = ["error", "500", "2026", "web01", "x86_64", "connection", "ipv4", "face", "größe", "v2"];
        assert!(mixed.iter().all(|word| shape(word.as_bytes()) == Some(Shape::Mixed)));
        assert!(hex.iter().all(|word| shape(word.as_bytes()) == Some(Shape::Hex)));
        assert!(digits.iter().all(|word| shape(word.as_bytes()) == Some(Shape::Digits)));
        assert!(words.iter().all(|word| shape(word.as_bytes()).is_none()));
    }

    #[test]
    fn a_word_can_begin_as_it_does() {
        for word in ["i0123456789z", "4f5a", "12345", "deadbeefdeadbeef"] {
            let shape = shape(word.as_bytes()).expect("looks random");
            for end in 0..=word.len() {
                assert!(can_begin(shape, &word.as_bytes()[..end]));
            }
        }
        assert!(!can_begin(Shape::Hex, b"fai") && !can_begin(Shape::Digits, b"1a"));
    }
}
