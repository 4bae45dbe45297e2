//! Which of the chosen rows of a chunk are equal in some columns.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A table from pairs of numbers to numbers may have so many places for each row.
const PLACES_A_ROW: usize = 4;
/// So many places cost nothing.
const PLACES_FREE: usize = 1 << 12;

/// What rows are grouped by.
#[derive(Clone)]
pub(super) enum Key {
    /// All alike.
    Same,
    /// By code, of so many.
    Codes(Arc<Vec<u16>>, usize),
    /// By the run of time that holds the row's time.
    Time { times: Arc<Vec<i64>>, width: i64, offset: i64 },
}

/// The chosen rows, each with the number of its group.
pub(super) struct Grouped {
    /// For each chosen row the number of its group.
    pub(super) numbers: Vec<u32>,
    /// For each group one of its rows.
    pub(super) samples: Vec<u32>,
}

impl Grouped {
    /// Groups rows that are equal in every key.
    pub(super) fn of(rows: &[u32], keys: &[Key]) -> Grouped {
        let samples = rows.first().copied().into_iter().collect();
        let one = Grouped { numbers: vec![0; rows.len()], samples };
        keys.iter().fold(one, |grouped, key| grouped.refined(rows, key))
    }

    fn refined(self, rows: &[u32], key: &Key) -> Grouped {
        match key {
            Key::Same => self,
            Key::Codes(codes, entries) => self.refined_by(rows, |row| u32::from(codes[row]), *entries),
            Key::Time { times, width, offset } => {
                let (buckets, count) = buckets(rows, times, *width, *offset);
                let mut next = buckets.into_iter();
                self.refined_by(rows, |_| next.next().expect("a bucket for each row"), count)
            }
        }
    }

    /// Splits groups by a number of each row, below `most`.
    fn refined_by(self, rows: &[u32], mut number: impl FnMut(usize) -> u32, most: usize) -> Grouped {
        let places = self.samples.len().saturating_mul(most);
        let mut refined = Grouped { numbers: self.numbers, samples: Vec::new() };
        let mut numbers = Numbers::new(places, rows.len());
        for (group, row) in refined.numbers.iter_mut().zip(rows) {
            let key = u64::from(*group) * most as u64 + u64::from(number(*row as usize));
            let next = refined.samples.len() as u32;
            *group = numbers.get(key, next);
            if *group == next {
                refined.samples.push(*row);
            }
        }
        refined
    }

    /// The places of the rows of each group, in the order in which the rows were given: group `n` has those from
    /// bound `n` to bound `n + 1`.
    pub(super) fn sorted(&self) -> (Vec<u32>, Vec<usize>) {
        let mut bounds = vec![0; self.samples.len() + 1];
        self.numbers.iter().for_each(|group| bounds[*group as usize + 1] += 1);
        (1..bounds.len()).for_each(|n| bounds[n] += bounds[n - 1]);
        let mut next = bounds.clone();
        let mut places = vec![0; self.numbers.len()];
        for (place, group) in self.numbers.iter().enumerate() {
            let at = &mut next[*group as usize];
            places[*at] = place as u32;
            *at += 1;
        }
        (places, bounds)
    }
}

/// Numbers given to keys in the order in which they come.
enum Numbers {
    /// By key; the maximum is "none yet".
    Table(Vec<u32>),
    Map(BTreeMap<u64, u32>),
}

impl Numbers {
    fn new(places: usize, rows: usize) -> Numbers {
        if places <= PLACES_FREE.max(rows * PLACES_A_ROW) {
            Numbers::Table(vec![u32::MAX; places])
        } else {
            Numbers::Map(BTreeMap::new())
        }
    }

    #[inline]
    fn get(&mut self, key: u64, next: u32) -> u32 {
        match self {
            Numbers::Table(table) => {
                let number = &mut table[key as usize];
                if *number == u32::MAX {
                    *number = next;
                }
                *number
            }
            Numbers::Map(map) => *map.entry(key).or_insert(next),
        }
    }
}

/// For each row the number of its run of time, and how many runs there are.
fn buckets(rows: &[u32], times: &[i64], width: i64, offset: i64) -> (Vec<u32>, usize) {
    let mut known: BTreeMap<i128, u32> = BTreeMap::new();
    let (width, offset) = (i128::from(width.max(1)), i128::from(offset));
    // Neighbours mostly lie in one run.
    let (mut start, mut end, mut number) = (0_i128, 0_i128, 0);
    let mut bucket = |row: &u32| {
        let time = i128::from(times[*row as usize]);
        if time < start || time >= end {
            let bucket = (time - offset).div_euclid(width);
            start = bucket * width + offset;
            end = start + width;
            let next = known.len() as u32;
            number = *known.entry(bucket).or_insert(next);
        }
        number
    };
    let numbers = rows.iter().map(&mut bucket).collect();
    (numbers, known.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_together_that_are_equal_in_all_keys() {
        let codes = |codes: &[u16]| Key::Codes(Arc::new(codes.to_vec()), 3);
        let keys = [codes(&[0, 1, 1, 0, 2, 0]), codes(&[2, 2, 2, 2, 2, 0])];
        let grouped = Grouped::of(&[0, 1, 2, 3, 5], &keys);
        assert_eq!(grouped.numbers, [0, 1, 1, 0, 2]);
        assert_eq!(grouped.samples, [0, 1, 5]);
        assert_eq!(grouped.sorted(), (vec![0, 3, 1, 2, 4], vec![0, 2, 4, 5]));
        let map = Numbers::new(1 << 30, 5);
        assert!(matches!(map, Numbers::Map(_)));
    }

    #[test]
    fn runs_of_time_begin_at_the_offset() {
        let times = vec![-1, 0, 4, 5, 14, 15, i64::MAX, i64::MIN];
        let rows: Vec<u32> = (0..8).collect();
        assert_eq!(buckets(&rows, &times, 10, 5), (vec![0, 0, 0, 1, 1, 2, 3, 4], 5));
    }
}
