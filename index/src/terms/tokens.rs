//! The words of one text, folded, cut once for all who ask.

use vigil_query::words;

/// Words of a text, folded, in order. Reused from text to text, it allocates only while it grows.
#[derive(Default)]
pub(crate) struct Tokens {
    folded: String,
    /// Where each word begins and ends in `folded`.
    ranges: Vec<(u32, u32)>,
}

/// Whether an ASCII byte is of a word: [`words::is_word`], as a table.
const WORD: [bool; 128] = {
    let mut table = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

impl Tokens {
    /// Cuts and folds a text.
    pub(crate) fn cut(&mut self, text: &str) {
        self.folded.clear();
        self.ranges.clear();
        if text.is_ascii() { self.cut_ascii(text) } else { self.cut_any(text) }
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Word `n`.
    #[inline]
    pub(crate) fn get(&self, n: usize) -> &[u8] {
        let (start, end) = self.ranges[n];
        &self.folded.as_bytes()[start as usize..end as usize]
    }

    /// The words in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        (0..self.len()).map(|n| self.get(n))
    }

    fn cut_any(&mut self, text: &str) {
        for word in words::words(text) {
            let start = self.folded.len() as u32;
            words::fold_into(word, &mut self.folded);
            self.ranges.push((start, self.folded.len() as u32));
        }
    }

    /// The same, a byte at a time: nearly all text of logs is ASCII.
    fn cut_ascii(&mut self, text: &str) {
        self.folded.push_str(text);
        self.folded.make_ascii_lowercase();
        let mut start = None;
        for (at, byte) in self.folded.bytes().enumerate() {
            match (WORD[usize::from(byte & 0x7f)], start) {
                (true, None) => start = Some(at as u32),
                (false, Some(begun)) => {
                    self.ranges.push((begun, at as u32));
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(begun) = start {
            self.ranges.push((begun, self.folded.len() as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_cut_and_folded_as_the_query_language_does(text in "[ -~]{0,40}|\\PC{0,20}") {
            let mut tokens = Tokens::default();
            tokens.cut(&text);
            let cut: Vec<String> = tokens.iter().map(|word| String::from_utf8(word.to_vec()).expect("folded text")).collect();
            let mut expected = Vec::new();
            for word in words::words(&text) {
                let mut folded = String::new();
                words::fold_into(word, &mut folded);
                expected.push(folded);
            }
            prop_assert_eq!(cut, expected);
        }

        #[test]
        fn ascii_is_no_other_language(text in "[\\x00-\\x7f]{0,60}") {
            let (mut fast, mut plain) = (Tokens::default(), Tokens::default());
            fast.cut_ascii(&text);
            plain.cut_any(&text);
            prop_assert!(fast.iter().eq(plain.iter()));
        }
    }
}
