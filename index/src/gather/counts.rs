//! How often each text is there.

use std::cmp::Reverse;

use vigil_model::limits::GROUPS_MAX;

use crate::OwnedValue;
use crate::aggregates::Budget;
use crate::groups::lookup::{KEY_BYTES, Lookup, hash_of};

/// Different texts, numbered as they come, and their counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    lookup: Lookup,
    /// All texts one after another; `ends` tells where each ends.
    texts: String,
    ends: Vec<u32>,
    counts: Vec<u64>,
    /// After each text, the one that came next: fields come in the same order again and again.
    next: Vec<u32>,
    last: u32,
}

const TEXT_BYTES: usize = KEY_BYTES + 2 * size_of::<u32>() + size_of::<u64>();

impl Counts {
    /// Adds to a text. Answers its number; `None` where it is new and there is no room.
    #[inline]
    pub(crate) fn add(&mut self, text: &str, times: u64, budget: &mut Budget) -> Option<usize> {
        let number = self.find_or_make(text, budget)?;
        self.counts[number] = self.counts[number].saturating_add(times);
        Some(number)
    }

    /// As [`Counts::add`], guessing which text it is from the one before it.
    #[inline]
    pub(crate) fn add_next(&mut self, text: &str, budget: &mut Budget) -> Option<usize> {
        let guess = self.next.get(self.last as usize).map(|guess| *guess as usize);
        let number = match guess {
            Some(guess) if self.text(guess) == text => guess,
            _ => {
                let number = self.find_or_make(text, budget)?;
                self.next[self.last as usize] = number as u32;
                number
            }
        };
        self.last = number as u32;
        self.counts[number] = self.counts[number].saturating_add(1);
        Some(number)
    }

    fn find_or_make(&mut self, text: &str, budget: &mut Budget) -> Option<usize> {
        let hash = hash_of(text.as_bytes());
        if let Some(number) = self.lookup.find(hash, text.as_bytes(), |number| self.text(number as usize) == text) {
            return Some(number as usize);
        }
        if self.len() >= GROUPS_MAX {
            budget.refuse(1);
            return None;
        }
        budget.take(text.len() + TEXT_BYTES).then(|| {
            self.texts.push_str(text);
            self.ends.push(u32::try_from(self.texts.len()).expect("texts are bounded by the budget"));
            self.counts.push(0);
            self.next.push(0);
            self.lookup.push(hash, |number| text_of(&self.texts, &self.ends, number as usize)) as usize
        })
    }

    #[inline]
    fn text(&self, number: usize) -> &str {
        text_of(&self.texts, &self.ends, number)
    }

    /// How many different texts.
    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Texts and counts, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().enumerate().map(|(number, count)| (self.text(number), *count))
    }

    /// The most frequent first, then by text.
    pub(crate) fn sorted(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_unstable_by_key(|(text, count)| (Reverse(*count), *text));
        all
    }

    /// Bytes that were taken from the budget.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.len() + self.len() * TEXT_BYTES
    }
}

fn text_of<'a>(texts: &'a str, ends: &[u32], number: usize) -> &'a str {
    let start = number.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &texts[start..ends[number] as usize]
}

/// A count as a value.
pub(crate) fn hits(count: u64) -> OwnedValue {
    OwnedValue::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
