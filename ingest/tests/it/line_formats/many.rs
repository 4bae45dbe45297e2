//! A hundred thousand damaged lines through every format of lines: is any of them lost?

use vigil_ingest::Format;

use super::{bare, samples};
use crate::decode;

const LINES: u64 = 100_000;
const FORMATS: [Format; 8] = [
    Format::Cef,
    Format::Leef,
    Format::Logfmt,
    Format::Access,
    Format::ErrorLog,
    Format::Syslog,
    Format::Custom,
    Format::Lines,
];
/// What is put in: bytes that mean something to some format, and some that are no text.
const BYTES: &[u8] = b"=|\\\"#[]:, \t<>{}()-%0159kxCEF\x00\x7f\xc3\xff";

/// splitmix64: the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % end as u64) as usize
    }

    /// Changes, puts in, cuts out or doubles up to six bytes or runs; never makes an empty line or two of one.
    fn damage(&mut self, line: &[u8]) -> Vec<u8> {
        let mut line = line.to_vec();
        for _ in 0..1 + self.below(6) {
            let at = self.below(line.len());
            let byte = BYTES[self.below(BYTES.len())];
            match self.below(4) {
                0 => line[at] = byte,
                1 => line.insert(at, byte),
                2 if line.len() > 8 => drop(line.drain(at..(at + 4).min(line.len()))),
                _ => line.extend_from_within(at..(at + 12).min(line.len())),
            }
        }
        line.push(b'x');
        line
    }
}

#[test]
fn none_is_lost() {
    let samples = samples();
    let mut random = Random(17);
    let mut body = Vec::new();
    for _ in 0..LINES {
        let sample = &samples[random.below(samples.len())];
        body.extend(random.damage(if sample.is_empty() { b"empty" } else { sample.as_bytes() }));
        body.push(b'\n');
    }
    for format in FORMATS {
        let pieces: Vec<&[u8]> = body.chunks(64 * 1024).collect();
        let outcome = decode(&bare(format), &pieces);
        assert_eq!((outcome.accepted, outcome.rejects.count()), (LINES, 0), "{format:?}");
    }
}
