//! Where others can reach this node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Addresses that a ticket may hold.
const ADDRESSES_MAX: usize = 4;

/// What the settings say, else what this machine looks like from outside, best first.
pub(super) fn reachable(advertised: Option<&[String]>, listen: SocketAddr) -> Vec<String> {
    let mut addresses = match advertised {
        Some(advertised) => advertised.to_vec(),
        None => found(listen),
    };
    addresses.truncate(ADDRESSES_MAX);
    addresses
}

fn found(listen: SocketAddr) -> Vec<String> {
    let with_port = |ip: IpAddr| SocketAddr::new(ip, listen.port()).to_string();
    if !listen.ip().is_unspecified() {
        return vec![listen.to_string()];
    }
    let outward: Vec<String> = outward(listen.is_ipv6()).into_iter().map(with_port).collect();
    if outward.is_empty() { vec![with_port(IpAddr::V4(Ipv4Addr::LOCALHOST))] } else { outward }
}

/// The addresses from which this machine would speak to the rest of the world.
fn outward(v6: bool) -> Vec<IpAddr> {
    // Documentation addresses (RFC 5737, RFC 3849): routed like any other, and nothing is sent.
    let v4 = source_towards(IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let far6 = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
    let six = v6.then(|| source_towards(IpAddr::V6(Ipv6Addr::UNSPECIFIED), far6)).flatten();
    [v4, six].into_iter().flatten().filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).collect()
}

fn source_towards(from: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((from, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_first_and_a_bound_address_next() {
        let bound: SocketAddr = "127.0.0.1:7701".parse().expect("an address");
        let advertised = ["site-a.example:7701".to_owned()];
        assert_eq!(reachable(Some(&advertised), bound), advertised);
        assert_eq!(reachable(None, bound), ["127.0.0.1:7701"]);
        let all: SocketAddr = "0.0.0.0:7701".parse().expect("an address");
        let found = reachable(None, all);
        assert!(!found.is_empty() && found.iter().all(|address| address.ends_with(":7701")), "{found:?}");
    }
}
