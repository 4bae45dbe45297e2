//! `ip("10.0.0.0/8")`: which addresses a text means, and what finds them in a line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::reader::Reader;
use super::{Result, error};
use crate::logql::ast::Address;
use crate::{IpRange, ParseError, Pattern};

const HINT: &str = "write ip(\"10.0.0.1\"), ip(\"10.0.0.0/8\") or ip(\"10.0.0.1-10.0.0.9\")";

impl Reader<'_> {
    /// `ip("…")`, if it stands here: its text, where that stands, and the addresses.
    pub(super) fn ip(&mut self) -> Result<Option<(String, Range<usize>, IpRange)>> {
        if self.peek_word() != "ip" {
            return Ok(None);
        }
        self.at += "ip".len();
        self.need("(", HINT)?;
        let (text, span) = self.quoted("an address")?;
        self.need(")", HINT)?;
        let range = read(&text).ok_or_else(|| error(span.clone(), "this is no address, range or network", HINT))?;
        Ok(Some((text, span, range)))
    }
}

fn read(text: &str) -> Option<IpRange> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (address(first)?, address(last)?);
        return (first <= last && is_v4(first) == is_v4(last)).then_some(IpRange { first, last });
    }
    let Some((network, bits)) = text.split_once('/') else {
        return address(text).map(|own| IpRange { first: own, last: own });
    };
    let network = address(network)?;
    let bits = bits.parse::<u32>().ok()?;
    let kept = if is_v4(network) { bits.checked_add(96)? } else { bits };
    let rest = u128::MAX.checked_shr(kept).unwrap_or(0);
    (kept <= 128).then(|| {
        let network = u128::from(network);
        IpRange { first: Ipv6Addr::from(network & !rest), last: Ipv6Addr::from(network | rest) }
    })
}

fn address(text: &str) -> Option<Ipv6Addr> {
    match text.trim().parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => Some(v6),
    }
}

fn is_v4(address: Ipv6Addr) -> bool {
    address.to_ipv4_mapped().is_some()
}

/// What finds an address of the range in a line.
pub(super) fn in_line(text: String, span: Range<usize>, range: IpRange) -> Result<Address> {
    let regex = match (range.first.to_ipv4_mapped(), range.last.to_ipv4_mapped()) {
        (Some(first), Some(last)) => format!(r"(?:^|[^0-9.])(?:{})(?:$|[^0-9.]|\.(?:$|[^0-9]))", v4(first, last)),
        _ if range.first == range.last => {
            format!("(?i)(?:^|[^0-9a-f:]){}(?:$|[^0-9a-f:])", regex::escape(&range.first.to_string()))
        }
        _ => {
            let message = "ranges of IPv6 addresses cannot be looked for in lines";
            return Err(error(span, message, "extract the address into a label, then write | label = ip(\"…\")"));
        }
    };
    let pattern = Pattern::new(&regex).map_err(|_| ParseError::new(span, "this range is too large a pattern"))?;
    Ok(Address { text, pattern })
}

/// A regular expression of the addresses from `first` to `last`: by octets, so that no list of addresses is made.
fn v4(first: Ipv4Addr, last: Ipv4Addr) -> String {
    octets(&first.octets(), &last.octets())
}

fn octets(low: &[u8], high: &[u8]) -> String {
    let rest = low.len() - 1;
    if rest == 0 {
        return octet(low[0], high[0]);
    }
    if low[0] == high[0] {
        return format!(r"{}\.{}", low[0], octets(&low[1..], &high[1..]));
    }
    let mut parts = Vec::new();
    let (mut from, mut to) = (u16::from(low[0]), u16::from(high[0]));
    if low[1..].iter().any(|octet| *octet != 0) {
        parts.push(format!(r"{}\.{}", low[0], octets(&low[1..], &[255; 3][..rest])));
        from += 1;
    }
    if high[1..].iter().any(|octet| *octet != 255) {
        parts.push(format!(r"{}\.{}", high[0], octets(&[0; 3][..rest], &high[1..])));
        to -= 1;
    }
    if from <= to {
        let any = format!(r"(?:\.{})", octet(0, 255)).repeat(rest);
        parts.push(format!("{}{any}", octet(from as u8, to as u8)));
    }
    format!("(?:{})", parts.join("|"))
}

/// One octet from `low` to `high`.
fn octet(low: u8, high: u8) -> String {
    if low == 0 && high == 255 {
        return "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])".to_owned();
    }
    let numbers: Vec<String> = (low..=high).rev().map(|number| number.to_string()).collect();
    format!("(?:{})", numbers.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, line: &str) -> bool {
        let range = read(text).expect("good");
        in_line(text.to_owned(), 0..0, range).expect("finds").pattern.regex().is_match(line)
    }

    #[test]
    fn addresses_are_found_whole() {
        assert!(finds("10.0.0.1", "from 10.0.0.1 to x"));
        assert!(finds("10.0.0.1", "10.0.0.1."));
        assert!(!finds("10.0.0.1", "from 10.0.0.12"));
        assert!(!finds("10.0.0.1", "from 110.0.0.1"));
        assert!(!finds("10.0.0.1", "v10.0.0.1.5"));
        assert!(finds("192.168.4.5/16", "a=192.168.77.250,"));
        assert!(!finds("192.168.4.5/16", "a=192.169.0.1"));
        assert!(finds("10.0.0.250-10.0.1.3", "[10.0.1.3]"));
        assert!(!finds("10.0.0.250-10.0.1.3", "[10.0.1.4]"));
        assert!(finds("::1", "peer ::1 up"));
    }

    #[test]
    fn a_range_is_the_addresses_between_its_ends() {
        let (low, high) = (u32::from(Ipv4Addr::new(9, 250, 3, 7)), u32::from(Ipv4Addr::new(12, 1, 0, 255)));
        let text = "9.250.3.7-12.1.0.255";
        let address = in_line(text.to_owned(), 0..0, read(text).expect("good")).expect("finds");
        for step in 0..20_000_u32 {
            let at = low - 200_000 + step * 2_111;
            let own = Ipv4Addr::from(at);
            let found = address.pattern.regex().is_match(&format!("<{own}>"));
            assert_eq!(found, (low..=high).contains(&at), "{own}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "x", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "::/129"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
