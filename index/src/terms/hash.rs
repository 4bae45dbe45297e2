//! How terms are hashed: fast, the same on every machine, for ever (the index is built of it).
//!
//! Whoever knows it can make two words collide. That only makes the index less precise: rows decide.

const A: u64 = 0xa076_1d64_78bd_642f;
const B: u64 = 0xe703_7ed1_a0b4_28db;

/// Hashes `bytes` under `seed`.
#[inline]
pub(crate) fn term_hash(seed: u64, bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let (a, b) = match len {
        0 => (0, 0),
        1..=3 => (u64::from(bytes[0]) << 16 | u64::from(bytes[len / 2]) << 8 | u64::from(bytes[len - 1]), 0),
        4..=8 => (four(bytes, 0), four(bytes, len - 4)),
        9..=16 => (eight(bytes, 0), eight(bytes, len - 8)),
        _ => (long(seed, bytes), eight(bytes, len - 8)),
    };
    mix(mix(a ^ A ^ seed, b ^ B), len as u64 ^ A)
}

/// All full groups of eight but the last, which the caller adds.
fn long(seed: u64, bytes: &[u8]) -> u64 {
    bytes.chunks_exact(8).fold(seed, |state, group| mix(state ^ eight(group, 0) ^ A, B))
}

#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn four(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}

#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        let text = b"the quick brown fox jumps over the lazy dog";
        let lengths = [0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 24, 43];
        let all = lengths.iter().fold(0, |state, len| mix(state ^ term_hash(3, &text[..*len]) ^ A, B));
        assert_eq!(all, EXPECTED, "an index written before would no longer be found in");
    }

    const EXPECTED: u64 = 18_331_008_192_542_755_600;

    #[test]
    fn every_byte_counts() {
        for len in 1..40 {
            let bytes = vec![b'a'; len];
            for at in 0..len {
                let mut other = bytes.clone();
                other[at] = b'b';
                assert_ne!(term_hash(0, &bytes), term_hash(0, &other), "byte {at} of {len}");
            }
        }
    }
}
