//! How many different values: exactly while they are few, then within about one percent.

use vigil_model::limits::COUNT_UNIQ_EXACT_MAX;

use crate::aggregates::budget::Budget;
use crate::groups::lookup::{KEY_BYTES, Lookup};

/// Different hashes of values.
///
/// Up to [`COUNT_UNIQ_EXACT_MAX`] they are all kept. Beyond that a HyperLogLog of 2^14 registers estimates how
/// many there are; its standard error is 0.81 %. Which of both depends on the values alone.
#[derive(Clone, Debug)]
pub(crate) enum CountUniq {
    Exact(Seen),
    Estimate(Box<[u8; REGISTERS]>),
}

/// Hashes, each once, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    lookup: Lookup,
    hashes: Vec<u64>,
}

/// Bits of a hash that name a register.
const NAME_BITS: u32 = 14;
const REGISTERS: usize = 1 << NAME_BITS;
/// Of an exact hash: its place, and itself once more.
const HASH_BYTES: usize = KEY_BYTES + size_of::<u64>();

impl Default for CountUniq {
    fn default() -> CountUniq {
        CountUniq::Exact(Seen::default())
    }
}

impl CountUniq {
    #[inline]
    pub(crate) fn add(&mut self, hash: u64, budget: &mut Budget) {
        match self {
            CountUniq::Estimate(registers) => note(registers, hash),
            CountUniq::Exact(seen) => {
                if seen.lookup.find(hash, &hash.to_le_bytes(), |_| true).is_some() {
                    return;
                }
                if seen.hashes.len() >= COUNT_UNIQ_EXACT_MAX {
                    note(self.registers(budget), hash);
                } else if budget.take(HASH_BYTES) {
                    seen.hashes.push(hash);
                    seen.lookup.push(hash, |number| seen.hashes[number as usize].to_le_bytes());
                }
            }
        }
    }

    /// Goes over to estimating. That takes less than the full list of hashes.
    fn registers(&mut self, budget: &mut Budget) -> &mut [u8; REGISTERS] {
        if let CountUniq::Exact(seen) = self {
            let mut registers = Box::new([0; REGISTERS]);
            seen.hashes.iter().for_each(|hash| note(&mut registers, *hash));
            budget.give(seen.hashes.len() * HASH_BYTES);
            budget.force(REGISTERS);
            *self = CountUniq::Estimate(registers);
        }
        match self {
            CountUniq::Estimate(registers) => registers,
            CountUniq::Exact(_) => unreachable!("it was just made an estimate"),
        }
    }

    pub(crate) fn merge(&mut self, other: CountUniq, budget: &mut Budget) {
        match other {
            CountUniq::Exact(seen) => seen.hashes.iter().for_each(|hash| self.add(*hash, budget)),
            CountUniq::Estimate(from) => {
                let into = self.registers(budget);
                into.iter_mut().zip(*from).for_each(|(into, from)| *into = from.max(*into));
            }
        }
    }

    pub(crate) fn count(&self) -> u64 {
        match self {
            CountUniq::Exact(seen) => seen.hashes.len() as u64,
            CountUniq::Estimate(registers) => estimate(registers),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            CountUniq::Exact(seen) => seen.hashes.len() * HASH_BYTES,
            CountUniq::Estimate(_) => REGISTERS,
        }
    }
}

fn note(registers: &mut [u8; REGISTERS], hash: u64) {
    let name = (hash >> (u64::BITS - NAME_BITS)) as usize;
    let rank = ((hash << NAME_BITS) | (1 << (NAME_BITS - 1))).leading_zeros() as u8 + 1;
    registers[name] = registers[name].max(rank);
}

/// Ertl's estimate: without bias at any number, and without tables.
fn estimate(registers: &[u8; REGISTERS]) -> u64 {
    const RANK_MAX: usize = (u64::BITS - NAME_BITS) as usize;
    let mut of_rank = [0_u32; RANK_MAX + 2];
    registers.iter().for_each(|rank| of_rank[usize::from(*rank)] += 1);
    let all = REGISTERS as f64;
    let mut z = all * tau(1.0 - f64::from(of_rank[RANK_MAX + 1]) / all);
    for rank in (1..=RANK_MAX).rev() {
        z = 0.5 * (z + f64::from(of_rank[rank]));
    }
    z += all * sigma(f64::from(of_rank[0]) / all);
    (all * all / (2.0 * std::f64::consts::LN_2 * z)).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    let (mut y, mut z) = (1.0, x);
    if x >= 1.0 {
        return f64::INFINITY;
    }
    loop {
        x *= x;
        let next = z + x * y;
        y += y;
        if next == z {
            return z;
        }
        z = next;
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        y *= 0.5;
        let next = z - (1.0 - x) * (1.0 - x) * y;
        if next == z {
            return z / 3.0;
        }
        z = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::lookup::strong_hash_of;

    fn count(numbers: impl Iterator<Item = u64>) -> (u64, usize) {
        let (mut uniq, mut budget) = (CountUniq::default(), Budget::new(usize::MAX));
        numbers.for_each(|number| uniq.add(strong_hash_of(&number.to_le_bytes()), &mut budget));
        assert_eq!(budget.held(), uniq.bytes());
        (uniq.count(), budget.held())
    }

    #[test]
    fn few_are_exact_and_many_within_three_standard_errors() {
        let most = COUNT_UNIQ_EXACT_MAX as u64;
        assert_eq!(count((0..most).chain(0..most)).0, most);
        for number in [most + 1, 3 * most, 300_000, 1_000_000] {
            let (found, bytes) = count(0..number);
            assert!(found.abs_diff(number) as f64 <= 0.0243 * number as f64, "{found} of {number}");
            assert_eq!(bytes, REGISTERS);
        }
    }

    #[test]
    fn halves_make_the_whole() {
        let most = COUNT_UNIQ_EXACT_MAX as u64;
        for (a, b) in [(0..10, 5..20), (0..most, 1..most + 1), (0..3 * most, 0..7), (0..most * 2, most..most * 4)] {
            let make = |numbers: &mut dyn Iterator<Item = u64>| {
                let (mut uniq, mut budget) = (CountUniq::default(), Budget::new(usize::MAX));
                numbers.for_each(|number| uniq.add(strong_hash_of(&number.to_le_bytes()), &mut budget));
                (uniq, budget)
            };
            let whole = make(&mut a.clone().chain(b.clone())).0;
            let ((mut ab, mut budget), (mut ba, mut other)) = (make(&mut a.clone()), make(&mut b.clone()));
            ab.merge(make(&mut b.clone()).0, &mut budget);
            ba.merge(make(&mut a.clone()).0, &mut other);
            assert_eq!((ab.count(), ba.count()), (whole.count(), whole.count()));
            assert_eq!((budget.held(), other.held()), (ab.bytes(), ba.bytes()));
        }
    }
}
