//! How many rows each minute of a chunk has, by level where it has one: what a histogram asks most.

/// Rows by minute and level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUp {
    /// Which field of the chunk is the level; `None` when it has none: then every code is 0.
    pub level: Option<usize>,
    /// Minute since 1970, code of the level, rows; rising.
    pub counts: Vec<(i64, u16, u32)>,
}

/// Nanoseconds of a minute.
pub(crate) const MINUTE: i64 = 60_000_000_000;

/// A roll-up with more counts than a row has bytes of them saves nothing.
const ROWS_FOR_A_COUNT: usize = 8;

impl RollUp {
    /// Counts the rows; `None` where they are spread so thin that it is not worth it.
    pub(super) fn of(times: &[i64], level: Option<(usize, &[u16])>) -> Option<RollUp> {
        let codes = level.map(|(_, codes)| codes);
        let mut keys: Vec<(i64, u16)> = Vec::with_capacity(times.len());
        for (row, time) in times.iter().enumerate() {
            keys.push((time.div_euclid(MINUTE), codes.map_or(0, |codes| codes[row])));
        }
        keys.sort_unstable();
        let mut counts: Vec<(i64, u16, u32)> = Vec::new();
        for (minute, code) in keys {
            match counts.last_mut() {
                Some(last) if (last.0, last.1) == (minute, code) => last.2 += 1,
                _ => counts.push((minute, code, 1)),
            }
        }
        let worth = counts.len() * ROWS_FOR_A_COUNT <= times.len();
        worth.then_some(RollUp { level: level.map(|(field, _)| field), counts })
    }
}
