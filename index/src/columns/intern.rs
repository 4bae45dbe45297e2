//! How the different values of a field get their codes, at the pace of ingest.

use vigil_model::limits::COLUMN_VALUE_BYTES_MAX;

use super::Dictionary;
use crate::terms::term_hash;

const SLOTS_MIN: usize = 16;
/// Slots looked at for one value: whoever makes values collide loses the column, not our time.
const PROBES_MAX: usize = 48;
const SEED: u64 = 7;

/// Values and their codes.
#[derive(Clone, Debug)]
pub(super) struct Interner {
    pub(super) dictionary: Dictionary,
    /// Codes by hash; 0 is free.
    slots: Vec<u16>,
    /// Code of the value met last: neighbours are often equal.
    last: u16,
}

/// What a value amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interned {
    /// It was there.
    Old(u16),
    /// It is new.
    New(u16),
    /// It cannot be taken.
    Refused,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner { dictionary: Dictionary::default(), slots: vec![0; SLOTS_MIN], last: 0 }
    }
}

impl Interner {
    /// The code of a value, by its canonical encoding.
    #[inline]
    pub(super) fn intern(&mut self, encoded: &[u8]) -> Interned {
        if self.last > 0 && self.dictionary.encoded(usize::from(self.last) - 1) == Some(encoded) {
            return Interned::Old(self.last);
        }
        let interned = self.find(encoded);
        if let Interned::Old(code) | Interned::New(code) = interned {
            self.last = code;
        }
        interned
    }

    fn find(&mut self, encoded: &[u8]) -> Interned {
        let mask = self.slots.len() - 1;
        let hash = term_hash(SEED, encoded) as usize;
        for probe in 0..PROBES_MAX {
            let at = (hash + probe) & mask;
            match self.slots[at] {
                0 => return self.put(at, encoded),
                code if self.dictionary.encoded(usize::from(code) - 1) == Some(encoded) => return Interned::Old(code),
                _ => {}
            }
        }
        Interned::Refused
    }

    fn put(&mut self, at: usize, encoded: &[u8]) -> Interned {
        let Ok(code) = u16::try_from(self.dictionary.len()) else { return Interned::Refused };
        if encoded.len() > COLUMN_VALUE_BYTES_MAX {
            return Interned::Refused;
        }
        self.dictionary.push(encoded);
        self.slots[at] = code;
        let kept = self.dictionary.len() * 2 <= self.slots.len() || self.grow();
        if kept { Interned::New(code) } else { Interned::Refused }
    }

    /// More slots; `false` when too many values fall together.
    fn grow(&mut self) -> bool {
        let mask = self.slots.len() * 2 - 1;
        let mut slots = vec![0; mask + 1];
        for code in 1..self.dictionary.len() {
            let encoded = self.dictionary.encoded(code - 1).expect("every code has a value");
            let hash = term_hash(SEED, encoded) as usize;
            let free = (0..PROBES_MAX).map(|probe| (hash + probe) & mask).find(|at| slots[*at] == 0);
            let Some(at) = free else { return false };
            slots[at] = code as u16;
        }
        self.slots = slots;
        true
    }

    /// Bytes on the heap.
    pub(super) fn size(&self) -> usize {
        self.dictionary.size() + self.slots.len() * size_of::<u16>()
    }
}
