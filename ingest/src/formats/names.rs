//! Under which name a field goes in when the sender says one name twice.
//!
//! The first stays under its name, the next ones under `name_2`, `name_3` …: no value is lost, and none takes the place
//! of another.

use std::collections::BTreeMap;

use vigil_model::Value;

use super::mapping::{self, Kind};
use crate::Refusal;
use crate::draft::Draft;

/// Words of the filter: 4,096 bits tell most names of an event apart.
const WORDS: usize = 4_096 / 64;

/// The names that one event has so far; reused from event to event.
pub(super) struct Names {
    /// A bit for each name: where it is clear, the name is new, and the event need not be searched.
    seen: [u64; WORDS],
    /// Names that came more than once, and the number that the last one got.
    again: BTreeMap<String, u32>,
}

impl Default for Names {
    fn default() -> Names {
        Names { seen: [0; WORDS], again: BTreeMap::new() }
    }
}

impl Names {
    /// Ready for the next event.
    pub(super) fn clear(&mut self) {
        self.seen = [0; WORDS];
        self.again.clear();
    }

    /// Names that fields may have gone in under without being asked for here.
    pub(super) fn reserve(&mut self, names: &[&str]) {
        for name in names {
            let (word, mask) = place(name);
            self.seen[word] |= mask;
        }
    }

    /// Whether the event has this name already; from now on it has.
    pub(super) fn take(&mut self, draft: &Draft<'_>, name: &str) -> bool {
        let (word, mask) = place(name);
        let maybe = self.seen[word] & mask != 0;
        self.seen[word] |= mask;
        maybe && draft.has(name)
    }

    /// Adds a field under its name or, where that is taken, under one with a number; answers whether it was taken.
    pub(super) fn put(&mut self, draft: &mut Draft<'_>, name: &str, value: Value<'_>) -> Result<bool, Refusal> {
        if self.take(draft, name) {
            self.put_again(draft, name, value)?;
            return Ok(true);
        }
        draft.put(name, value)?;
        Ok(false)
    }

    /// Adds a vendor's key under the name that a rule gives it, where the value is what that name holds and the event has
    /// no such field yet; else under its own. `repeated` says whether the same key came before.
    pub(super) fn put_mapped(
        &mut self,
        draft: &mut Draft<'_>,
        key: &str,
        value: &str,
        rule: Option<(&'static str, Kind)>,
        repeated: impl FnOnce() -> bool,
    ) -> Result<(), Refusal> {
        if let Some((name, value)) = rule.and_then(|(name, kind)| mapping::fitting(name, kind, value)) {
            if !self.take(draft, name) {
                return draft.put(name, value);
            }
            if repeated() {
                return self.put_again(draft, key, value);
            }
        }
        self.put(draft, key, Value::Str(value)).map(|_| ())
    }

    /// Adds a field whose name is known to be taken.
    #[cold]
    pub(super) fn put_again(&mut self, draft: &mut Draft<'_>, name: &str, value: Value<'_>) -> Result<(), Refusal> {
        loop {
            let number = self.again.entry(name.to_owned()).or_insert(1);
            *number += 1;
            let numbered = format!("{name}_{number}");
            if !self.take(draft, &numbered) {
                return draft.put(&numbered, value);
            }
        }
    }

    /// The names that came more than once, in their order.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &str> {
        self.again.keys().map(String::as_str)
    }
}

/// The bit of a name in the filter: by its length, its first eight bytes and its last.
fn place(name: &str) -> (usize, u64) {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = name.as_bytes();
    let word = |chunk: Option<&[u8; 8]>| chunk.map_or_else(|| short(bytes), |chunk| u64::from_le_bytes(*chunk));
    let (first, last) = (word(bytes.first_chunk()), word(bytes.last_chunk()));
    let mixed = (first ^ bytes.len() as u64).wrapping_mul(MIX) ^ last.rotate_left(29).wrapping_mul(MIX.rotate_left(17));
    let bit = (mixed.wrapping_mul(MIX) >> 52) as usize;
    (bit / 64, 1 << (bit % 64))
}

/// Up to eight bytes as one number.
fn short(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}
