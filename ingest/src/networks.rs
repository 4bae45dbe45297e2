//! Which of many networks an address is in, the smallest first.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// A network: the length of its prefix among 128 bits, and the bits. IPv4 stands in `::ffff:0:0/96`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Network {
    length: u8,
    bits: u128,
}

impl Network {
    /// `10.0.0.0/8`, `fe80::/10`, or a lone address. Bits behind the prefix do not count.
    pub(crate) fn read(text: &str) -> Option<Network> {
        let text = text.trim_ascii();
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(width);
        (length <= width).then(|| Network::of(address, 128 - width + length))
    }

    fn of(address: IpAddr, length: u8) -> Network {
        Network { length, bits: bits(address) & mask(length) }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

/// Networks, each with something known of it.
#[derive(Debug)]
pub(crate) struct Networks<T> {
    /// Lengths of prefixes that there are, longest first.
    lengths: Vec<u8>,
    held: BTreeMap<Network, T>,
}

impl<T> Default for Networks<T> {
    fn default() -> Networks<T> {
        Networks { lengths: Vec::new(), held: BTreeMap::new() }
    }
}

impl<T> Networks<T> {
    /// What is known of a network, as `new` says where nothing is yet.
    pub(crate) fn entry(&mut self, network: Network, new: T) -> &mut T {
        if let Err(place) = self.lengths.binary_search_by(|length| network.length.cmp(length)) {
            self.lengths.insert(place, network.length);
        }
        self.held.entry(network).or_insert(new)
    }

    /// Of every network that the address is in, the smallest first.
    pub(crate) fn around(&self, address: IpAddr) -> impl Iterator<Item = &T> {
        self.lengths.iter().filter_map(move |length| self.held.get(&Network::of(address, *length)))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }
}

/// The address that a text is; an IPv4 address that is written as IPv6 is told as IPv4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    // Longer texts are no addresses, and most texts are longer.
    const ADDRESS_BYTES_MAX: usize = 45;
    let text = text.trim_ascii();
    if !(2..=ADDRESS_BYTES_MAX).contains(&text.len()) {
        return None;
    }
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether an address may belong to somebody on the internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            let head = address.segments()[0];
            let local = head & 0xfe00 == 0xfc00 || head & 0xffc0 == 0xfe80;
            !(local || address.is_loopback() || address.is_unspecified() || address.is_multicast())
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let carrier = a == 100 && (64..128).contains(&b);
    !(carrier
        || a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms() {
        for text in ["10.0.0.0/8", "::/0", "fe80::1", " 1.2.3.4 ", "1.2.3.4/32", "::ffff:1.2.3.4/104"] {
            assert!(Network::read(text).is_some(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "1.2.3.4/", "host/8", "::1/129", "1.2.3.4/-1"] {
            assert!(Network::read(text).is_none(), "{text}");
        }
        let public = |text: &str| is_public(address(text).expect("an address"));
        assert!(["8.8.8.8", "2001:4860::1", "::ffff:8.8.8.8"].into_iter().all(public));
        let local = ["10.1.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "::1", "fe80::1", "fd00::1", "224.0.0.1"];
        assert!(!local.into_iter().chain(["0.0.0.0", "255.255.255.255", "::ffff:192.168.1.1"]).any(public));
    }

    proptest! {
        #[test]
        fn as_if_every_network_were_tried(
            networks in proptest::collection::btree_map((any::<u8>(), 0_u8..=32), any::<u16>(), 0..20), address in any::<[u8; 2]>(),
        ) {
            let mut held = Networks::default();
            let address = Ipv4Addr::new(address[0] % 4, address[1], 0, 1);
            let mut naive = BTreeMap::new();
            for ((first, length), value) in &networks {
                let network = Ipv4Addr::new(first % 4, 0, 0, 0);
                let read = Network::read(&format!("{network}/{length}")).expect("a network");
                held.entry(read, *value);
                let shift = 32 - u32::from(*length);
                let same = |address: Ipv4Addr| address.to_bits().checked_shr(shift).unwrap_or(0);
                if same(address) == same(network) {
                    naive.entry(std::cmp::Reverse(*length)).or_insert(*value);
                }
            }
            let found: Vec<u16> = held.around(IpAddr::V4(address)).copied().collect();
            prop_assert_eq!(found, naive.into_values().collect::<Vec<_>>());
        }
    }
}
