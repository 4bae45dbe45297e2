//! Where a key stands in a list: a hash table of places, the same on every run.
//!
//! Whoever writes logs chooses the keys, and can make as many as they like whose hashes are alike. A run of places
//! that is full sends what comes after it to a tree by key, so no choice of keys makes it slow.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use crate::terms::term_hash;

/// So many neighbouring places are looked at.
const PROBES: usize = 32;
const PLACES_MIN: usize = 16;

/// Numbers of keys by their hash. The keys themselves lie with whoever asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    /// The number of a key, plus one; 0 where there is none. As many as a power of two.
    places: Vec<u32>,
    /// Of each key, by number.
    hashes: Vec<u64>,
    /// Keys whose run of places was full.
    crowded: BTreeMap<Box<[u8]>, u32>,
}

/// Bytes that one key takes in the table, about: a table is a quarter to half full.
pub(crate) const KEY_BYTES: usize = size_of::<u64>() + 4 * size_of::<u32>();

/// The hash of a key.
#[inline]
pub(crate) fn hash_of(key: &[u8]) -> u64 {
    term_hash(0, key)
}

/// A hash that stands for the value itself, where values are not kept: nobody can find many that are alike. It is
/// the same within a process; no file may hold it.
pub(crate) fn strong_hash_of(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(value);
    hasher.finish()
}

impl Lookup {
    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The number of a key: the one with this hash of which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, key: &[u8], is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let fits = |number: u32| self.hashes[number as usize] == hash && is_it(number);
        if !self.places.is_empty() {
            for at in self.run(hash) {
                match self.places[at] {
                    0 => break,
                    place if fits(place - 1) => return Some(place - 1),
                    _ => {}
                }
            }
        }
        if self.crowded.is_empty() { None } else { self.crowded.get(key).copied() }
    }

    /// Adds a key that is not there. Answers its number: keys are counted from 0. `key_of` tells every key by its
    /// number, the new one as well.
    pub(crate) fn push<K: AsRef<[u8]>>(&mut self, hash: u64, key_of: impl Fn(u32) -> K) -> u32 {
        let number = u32::try_from(self.hashes.len()).expect("far fewer keys are held");
        self.hashes.push(hash);
        if self.hashes.len() * 2 > self.places.len() {
            self.grow(&key_of);
        } else {
            self.put(number, hash, &key_of);
        }
        number
    }

    fn grow<K: AsRef<[u8]>>(&mut self, key_of: &impl Fn(u32) -> K) {
        let places = (self.places.len() * 2).max(PLACES_MIN);
        self.places.clear();
        self.places.resize(places, 0);
        self.crowded.clear();
        for number in 0..self.hashes.len() {
            self.put(number as u32, self.hashes[number], key_of);
        }
    }

    fn put<K: AsRef<[u8]>>(&mut self, number: u32, hash: u64, key_of: &impl Fn(u32) -> K) {
        match self.run(hash).find(|at| self.places[*at] == 0) {
            Some(at) => self.places[at] = number + 1,
            None => {
                self.crowded.insert(key_of(number).as_ref().into(), number);
            }
        }
    }

    /// Places where a key of this hash may stand, in order.
    fn run(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        debug_assert!(self.places.len().is_power_of_two());
        let mask = self.places.len() - 1;
        (0..PROBES.min(mask + 1)).map(move |step| (hash as usize).wrapping_add(step) & mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_again_even_where_all_hashes_are_alike() {
        for hash_of in [|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15), |n: u64| n << 32, |n: u64| n / 100, |_| 7] {
            let mut lookup = Lookup::default();
            let keys: Vec<u64> = (0..1_000).collect();
            for key in &keys {
                let bytes = key.to_le_bytes();
                let find = |lookup: &Lookup| lookup.find(hash_of(*key), &bytes, |number| keys[number as usize] == *key);
                assert_eq!(find(&lookup), None);
                assert_eq!(u64::from(lookup.push(hash_of(*key), |number| keys[number as usize].to_le_bytes())), *key);
            }
            for key in &keys {
                let found = lookup.find(hash_of(*key), &key.to_le_bytes(), |number| keys[number as usize] == *key);
                assert_eq!(found.map(u64::from), Some(*key));
            }
            assert_eq!(lookup.len(), 1_000);
        }
    }
}
