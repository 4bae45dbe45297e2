//! Where in a text could a secret be? One pass over the bytes, for all recognisers at once.
//!
//! This is the Shift-And algorithm (Baeza-Yates and Gonnet): each short pattern has a run of bits, a byte says by a
//! table which bits may stay, and a bit that reaches the end of its run is a hit. There are no branches but the one
//! that a hit takes, so text without secrets costs two shifts and two masks a byte, whatever it says. A hit proves
//! nothing; the recogniser that it is for looks exactly.

/// What a hit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trigger {
    /// A piece of a name that values are secret behind.
    Name,
    /// `Bearer`.
    Bearer,
    /// `://`.
    Url,
    /// `eyJ`.
    Jwt,
    /// `-BEG`.
    Pem,
    /// The beginning of a key that its vendor marks.
    Vendor,
    /// Four digits, a separator, four digits.
    CardGroups,
    /// Twelve digits.
    CardDigits,
    /// The first digits of a social security number.
    Ssn,
    /// A country, check digits.
    Iban,
    /// `@`.
    Email,
}

/// Patterns of both lanes. `#` is a digit, `^` a capital, `%` a capital or digit or space, `&` a space or hyphen, `~`
/// no letter, `!` one of `wpc`, `$` one of `KS`, `*` one of `sr`, `+` a hyphen or underscore, `?` a small letter, `=` a
/// small hexadecimal digit. Words are found in capitals and small letters alike.
const LANES: [&[(Trigger, &str)]; 2] = [
    &[
        (Trigger::Name, "ass!"),
        (Trigger::Name, "pass~"),
        (Trigger::Name, "pwd"),
        (Trigger::Name, "ecret"),
        (Trigger::Name, "token"),
        (Trigger::Name, "key~"),
        (Trigger::Name, "izat"),
        (Trigger::Name, "ooki"),
        (Trigger::Name, "sess"),
        (Trigger::Name, "edent"),
        (Trigger::Bearer, "arer "),
        (Trigger::Url, "://"),
        (Trigger::Jwt, "eyJ"),
        (Trigger::Pem, "-BEG"),
        (Trigger::Vendor, "xox"),
        (Trigger::Vendor, "SG."),
    ],
    &[
        (Trigger::Vendor, "A$IA"),
        (Trigger::Vendor, "gh?_"),
        (Trigger::Vendor, "pat+"),
        (Trigger::Vendor, "*k+"),
        (Trigger::Vendor, "AIza"),
        (Trigger::Vendor, "npm_"),
        (Trigger::Vendor, "SK=="),
        (Trigger::Iban, "^^##%"),
        (Trigger::Ssn, "###-##-###"),
        (Trigger::CardGroups, "####&####"),
        (Trigger::CardDigits, "############"),
        (Trigger::Email, "@"),
    ],
];

/// The tables of the patterns that are wanted.
#[derive(Debug)]
pub(crate) struct Triggers {
    /// For each byte the bits of both lanes that may stay.
    masks: Box<[[u64; 2]; 256]>,
    /// First bits.
    first: [u64; 2],
    /// Last bits.
    last: [u64; 2],
    /// Whose each last bit is.
    owners: [[Option<Trigger>; 64]; 2],
}

/// Where a pass over a text stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pass {
    lanes: [u64; 2],
    /// The next byte.
    pub(crate) at: usize,
}

impl Pass {
    /// A pass that begins at `at`, as if nothing stood before.
    pub(crate) fn from(at: usize) -> Pass {
        Pass { lanes: [0; 2], at }
    }
}

impl Triggers {
    /// The tables for those triggers that `wanted` says.
    pub(crate) fn new(wanted: impl Fn(Trigger) -> bool) -> Triggers {
        let mut triggers =
            Triggers { masks: Box::new([[0; 2]; 256]), first: [0; 2], last: [0; 2], owners: [[None; 64]; 2] };
        for (lane, patterns) in LANES.iter().enumerate() {
            let mut bit = 0;
            for (owner, pattern) in patterns.iter().filter(|(owner, _)| wanted(*owner)) {
                triggers.add(lane, bit, *owner, pattern);
                bit += pattern.len();
            }
        }
        triggers
    }

    fn add(&mut self, lane: usize, from: usize, owner: Trigger, pattern: &str) {
        let end = from + pattern.len();
        assert!(end <= 64, "the patterns of a lane have 64 bits together");
        self.first[lane] |= 1 << from;
        self.last[lane] |= 1 << (end - 1);
        self.owners[lane][end - 1] = Some(owner);
        let folded = matches!(owner, Trigger::Name | Trigger::Bearer);
        for (bit, what) in (from..end).zip(pattern.bytes()) {
            for byte in 0..=u8::MAX {
                let seen = if folded { byte.to_ascii_lowercase() } else { byte };
                if fits(what, seen) {
                    self.masks[usize::from(byte)][lane] |= 1 << bit;
                }
            }
        }
    }

    /// Goes on to the next hit; answers what the hits at its last byte are for, as bits of both lanes. Afterwards
    /// `pass.at` is behind that byte.
    #[inline]
    pub(crate) fn next(&self, bytes: &[u8], pass: &mut Pass) -> Option<[u64; 2]> {
        let [mut a, mut b] = pass.lanes;
        let ([first_a, first_b], [last_a, last_b]) = (self.first, self.last);
        for (n, byte) in bytes[pass.at..].iter().enumerate() {
            let [mask_a, mask_b] = self.masks[usize::from(*byte)];
            a = ((a << 1) | first_a) & mask_a;
            b = ((b << 1) | first_b) & mask_b;
            let hits = [a & last_a, b & last_b];
            if hits[0] | hits[1] != 0 {
                *pass = Pass { lanes: [a, b], at: pass.at + n + 1 };
                return Some(hits);
            }
        }
        pass.at = bytes.len();
        None
    }

    /// Whose hits these are.
    pub(crate) fn owners(&self, hits: [u64; 2]) -> impl Iterator<Item = Trigger> {
        (0..2).flat_map(move |lane| {
            let mut rest = hits[lane];
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                self.owners[lane].get(bit).copied().flatten()
            })
        })
    }
}

/// Whether a byte is what a character of a pattern stands for.
fn fits(what: u8, byte: u8) -> bool {
    match what {
        b'#' => byte.is_ascii_digit(),
        b'^' => byte.is_ascii_uppercase(),
        b'%' => byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ',
        b'&' => matches!(byte, b' ' | b'-'),
        b'~' => !byte.is_ascii_alphabetic(),
        b'!' => matches!(byte, b'w' | b'p' | b'c'),
        b'$' => matches!(byte, b'K' | b'S'),
        b'*' => matches!(byte, b's' | b'r'),
        b'+' => matches!(byte, b'-' | b'_'),
        b'?' => byte.is_ascii_lowercase(),
        b'=' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        _ => byte == what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str) -> Vec<(Trigger, usize)> {
        let triggers = Triggers::new(|_| true);
        let mut pass = Pass::default();
        let mut found = Vec::new();
        while let Some(hits) = triggers.next(text.as_bytes(), &mut pass) {
            found.extend(triggers.owners(hits).map(|owner| (owner, pass.at)));
        }
        found
    }

    #[test]
    fn every_pattern_is_found_where_it_ends() {
        for (owner, pattern) in LANES.concat() {
            let text: String = pattern.chars().map(example).collect();
            let found = hits(&format!("é{text}"));
            assert!(found.contains(&(owner, text.len() + 2)), "{pattern} {text} {found:?}");
        }
    }

    fn example(what: char) -> char {
        let byte = (b' '..=b'z').rev().find(|byte| fits(what as u8, *byte));
        byte.map_or(what, char::from)
    }

    #[test]
    fn plain_text_hits_nothing() {
        assert_eq!(hits("2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.Foo: Created 5 blocks, took 12 ms"), []);
    }

    #[test]
    fn a_hit_does_not_end_the_pass() {
        let found = hits("PassWord=eyJ");
        assert_eq!(found, [(Trigger::Name, 5), (Trigger::Jwt, 12)]);
    }
}
