//! How whole numbers lie in few bits: blocks of neighbours, each as wide as its widest.
//!
//! ```text
//! for each 256 numbers: least varint │ width u8 │ number − least, `width` bits each, from the lowest bit on
//! ```

use vigil_model::{Reader, put_varint};

const BLOCK: usize = 256;
/// Widths up to here are read from one unaligned word of eight bytes.
const WIDTH_OF_A_WORD: usize = 57;

/// Appends numbers; how many is for the reader to know.
pub(super) fn put_packed<T: Copy + Into<u64>>(out: &mut Vec<u8>, numbers: &[T]) {
    for block in numbers.chunks(BLOCK) {
        let (low, high) = block.iter().fold((u64::MAX, 0), |(low, high), number| {
            let number = (*number).into();
            (low.min(number), high.max(number))
        });
        let width = (64 - (high - low).leading_zeros()) as usize;
        put_varint(out, low);
        out.push(width as u8);
        put_bits(out, block.iter().map(|number| (*number).into() - low), width);
    }
}

/// Reads `count` numbers; `None` when the bytes are none, or a number is too large for `T`.
pub(super) fn packed<T: TryFrom<u64>>(reader: &mut Reader<'_>, count: usize) -> Option<Vec<T>> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let len = BLOCK.min(count - numbers.len());
        let low = reader.varint()?;
        let width = usize::from(reader.u8()?);
        if width > 64 {
            return None;
        }
        let bits = Bits { bytes: reader.take((len * width).div_ceil(8))?, width };
        for n in 0..len {
            numbers.push(T::try_from(low.checked_add(bits.get(n))?).ok()?);
        }
    }
    Some(numbers)
}

fn put_bits(out: &mut Vec<u8>, numbers: impl Iterator<Item = u64>, width: usize) {
    let (mut held, mut bits) = (0_u128, 0);
    for number in numbers {
        held |= u128::from(number) << bits;
        bits += width;
        if bits >= 64 {
            out.extend_from_slice(&(held as u64).to_le_bytes());
            held >>= 64;
            bits -= 64;
        }
    }
    out.extend_from_slice(&(held as u64).to_le_bytes()[..bits.div_ceil(8)]);
}

/// Numbers of one width, one after another.
struct Bits<'a> {
    bytes: &'a [u8],
    width: usize,
}

impl Bits<'_> {
    #[inline]
    fn get(&self, n: usize) -> u64 {
        let at = n * self.width;
        match self.bytes.get(at / 8..).and_then(|bytes| bytes.first_chunk::<8>()) {
            Some(word) if self.width <= WIDTH_OF_A_WORD => {
                (u64::from_le_bytes(*word) >> (at % 8)) & ((1 << self.width) - 1)
            }
            _ => self.get_slowly(at),
        }
    }

    /// Near the end, or where a number may lie in nine bytes.
    fn get_slowly(&self, at: usize) -> u64 {
        let mut word = [0; 16];
        let bytes = self.bytes.get(at / 8..).unwrap_or_default();
        let len = bytes.len().min(word.len());
        word[..len].copy_from_slice(&bytes[..len]);
        ((u128::from_le_bytes(word) >> (at % 8)) & ((1_u128 << self.width) - 1)) as u64
    }
}

/// Small numbers of either sign as small numbers without one.
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// What [`zigzag`] was given.
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_packed(
            width in 0u32..=64,
            low in any::<u64>(),
            raw in vec(any::<u64>(), 0..2_500),
        ) {
            let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            let numbers: Vec<u64> = raw.iter().map(|number| (number & mask).saturating_add(low >> width.min(63))).collect();
            let mut bytes = Vec::new();
            put_packed(&mut bytes, &numbers);
            let mut reader = Reader(&bytes);
            prop_assert_eq!(packed::<u64>(&mut reader, numbers.len()), Some(numbers.clone()));
            prop_assert!(reader.is_empty());
            for end in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
                if end < bytes.len() {
                    prop_assert_eq!(packed::<u64>(&mut Reader(&bytes[..end]), numbers.len()), None);
                }
            }
        }
    }

    #[test]
    fn equal_numbers_take_no_room() {
        let mut bytes = Vec::new();
        put_packed(&mut bytes, &[7_u16; 256]);
        assert_eq!(bytes, [7, 0]);
        assert_eq!(packed::<u8>(&mut Reader(&[0xac, 2, 0]), 5), None, "300 is no byte");
        assert_eq!((unzigzag(zigzag(i64::MIN)), unzigzag(zigzag(-3)), zigzag(-1)), (i64::MIN, -3, 1));
    }
}
