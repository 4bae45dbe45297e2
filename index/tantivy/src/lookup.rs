//! Which documents of a segment meet a prune: sets of bits, joined and met; nothing is scored.

use std::io;
use std::sync::Arc;

use memchr::memmem::Finder;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{InvertedIndexReader, SegmentReader};
use vigil_index::{HASHED_TERMS, OPAQUE_TERM, Prune};

use crate::schema::TERMS;

/// Documents of a segment.
pub(crate) struct Documents {
    words: Vec<u64>,
}

impl Documents {
    fn none(count: u32) -> Documents {
        Documents { words: vec![0; count.div_ceil(64) as usize] }
    }

    fn all(count: u32) -> Documents {
        let mut all = Documents { words: vec![u64::MAX; count.div_ceil(64) as usize] };
        if let Some(last) = all.words.last_mut()
            && !count.is_multiple_of(64)
        {
            *last = (1 << (count % 64)) - 1;
        }
        all
    }

    fn insert(&mut self, document: u32) {
        self.words[document as usize / 64] |= 1 << (document % 64);
    }

    fn join(&mut self, other: &Documents) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    fn meet(&mut self, other: &Documents) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The numbers of the documents, rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(n, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(n as u32 * 64 + bit)
            })
        })
    }
}

/// The documents of `segment` that meet `prune`, and those of frames that could not be read: nobody
/// knows what these hold.
pub(crate) fn documents(segment: &SegmentReader, prune: &Prune) -> tantivy::Result<Documents> {
    let lookup = Lookup { terms: segment.inverted_index(TERMS)?, count: segment.max_doc() };
    let mut found = lookup.find(prune)?;
    found.join(&lookup.with_term(OPAQUE_TERM)?);
    Ok(found)
}

struct Lookup {
    terms: Arc<InvertedIndexReader>,
    count: u32,
}

impl Lookup {
    fn find(&self, prune: &Prune) -> io::Result<Documents> {
        match prune {
            Prune::All => Ok(Documents::all(self.count)),
            Prune::Nothing => Ok(Documents::none(self.count)),
            Prune::Term(term) => self.with_term(term),
            Prune::Prefix(prefix) => self.with_prefix(prefix),
            Prune::Inside { piece, at_end } => self.with_word_that_holds(piece, *at_end),
            Prune::And(parts) => self.with_every(parts),
            Prune::Or(parts) => self.with_some(parts),
        }
    }

    fn with_term(&self, term: &[u8]) -> io::Result<Documents> {
        let mut found = Documents::none(self.count);
        if let Some(info) = self.terms.terms().get(term)? {
            self.read(&info, &mut found)?;
        }
        Ok(found)
    }

    fn with_prefix(&self, prefix: &[u8]) -> io::Result<Documents> {
        let mut found = Documents::none(self.count);
        let range = self.terms.terms().range().ge(prefix);
        let mut terms = match next_prefix(prefix) {
            Some(end) => range.lt(end).into_stream()?,
            None => range.into_stream()?,
        };
        while let Some((_, info)) = terms.next() {
            self.read(info, &mut found)?;
        }
        Ok(found)
    }

    /// Reads the whole dictionary of words: some ten thousand for each segment.
    fn with_word_that_holds(&self, piece: &[u8], at_end: bool) -> io::Result<Documents> {
        let mut found = Documents::none(self.count);
        let finder = Finder::new(piece);
        let mut terms = self.terms.terms().range().lt(HASHED_TERMS).into_stream()?;
        while let Some((term, info)) = terms.next() {
            if if at_end { term.ends_with(piece) } else { finder.find(term).is_some() } {
                self.read(info, &mut found)?;
            }
        }
        Ok(found)
    }

    fn with_every(&self, parts: &[Prune]) -> io::Result<Documents> {
        let mut found = Documents::all(self.count);
        for part in parts {
            if found.is_empty() {
                break;
            }
            found.meet(&self.find(part)?);
        }
        Ok(found)
    }

    fn with_some(&self, parts: &[Prune]) -> io::Result<Documents> {
        let mut found = Documents::none(self.count);
        for part in parts {
            found.join(&self.find(part)?);
        }
        Ok(found)
    }

    fn read(&self, info: &TermInfo, found: &mut Documents) -> io::Result<()> {
        let mut blocks = self.terms.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        while !blocks.docs().is_empty() {
            blocks.docs().iter().for_each(|document| found.insert(*document));
            blocks.advance();
        }
        Ok(())
    }
}

/// The least text that is greater than everything that begins with `prefix`.
fn next_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|byte| *byte < 0xff)?;
    let mut next = prefix[..=keep].to_vec();
    next[keep] += 1;
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_documents() {
        for count in [0, 1, 63, 64, 65, 200] {
            let all: Vec<u32> = Documents::all(count).iter().collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
            assert!(Documents::none(count).is_empty());
        }
        let mut found = Documents::none(130);
        [0, 63, 64, 129].into_iter().for_each(|document| found.insert(document));
        assert_eq!(found.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
    }

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        assert_eq!(next_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(next_prefix(&[b'a', 0xff]), Some(b"b".to_vec()));
        assert_eq!(next_prefix(&[0xff]), None);
    }
}
