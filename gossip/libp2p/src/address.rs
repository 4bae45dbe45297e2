//! How keys and addresses are written here, and how libp2p writes them.

use std::net::{IpAddr, SocketAddr};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, identity};
use vigil_model::NodeId;

/// The peer that holds the key; nothing when the 32 bytes are no public key.
pub(crate) fn peer_of(node: &NodeId) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&node.0).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The key of a peer. An Ed25519 peer id holds the key itself; nothing for other kinds of key.
pub(crate) fn node_of(peer: &PeerId) -> Option<NodeId> {
    let bytes = peer.to_bytes();
    let key = identity::PublicKey::try_decode_protobuf(bytes.get(2..)?).ok()?;
    Some(NodeId(key.try_into_ed25519().ok()?.to_bytes()))
}

/// `/ip4/10.0.0.5/udp/7701/quic-v1`.
pub(crate) fn quic_address(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Udp(socket.port())).with(Protocol::QuicV1)
}

/// The socket address at the start of a QUIC address; nothing for a relayed one.
pub(crate) fn socket_of(address: &Multiaddr) -> Option<SocketAddr> {
    if is_relayed(address) {
        return None;
    }
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Udp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// Whether the way leads through a relay.
pub(crate) fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::P2pCircuit))
}

/// For people: `10.0.0.5:7701`, or `relayed by 10.0.0.9:7701`.
pub(crate) fn show(address: &Multiaddr) -> String {
    if let Some(socket) = socket_of(address) {
        return socket.to_string();
    }
    let relay: Multiaddr = address.iter().take_while(|part| !matches!(part, Protocol::P2pCircuit)).collect();
    match socket_of(&relay) {
        Some(socket) => format!("relayed by {socket}"),
        None => address.to_string(),
    }
}

/// The addresses that a text stands for: a multiaddress, or `host:port` asked of the resolver.
pub(crate) async fn resolve(text: &str) -> Result<Vec<Multiaddr>, String> {
    if text.starts_with('/') {
        return text.parse().map(|address| vec![address]).map_err(|error| format!("not an address: {error}"));
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Ok(vec![quic_address(socket)]);
    }
    let found = tokio::net::lookup_host(text).await.map_err(|error| error.to_string())?;
    let addresses: Vec<Multiaddr> = found.map(quic_address).collect();
    if addresses.is_empty() { Err("the name has no address".into()) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_its_peer_are_the_same_thing() {
        let pair = identity::Keypair::generate_ed25519();
        let node = node_of(&pair.public().to_peer_id()).expect("an Ed25519 key");
        assert_eq!(peer_of(&node), Some(pair.public().to_peer_id()));
        assert_eq!(Some(node.0), pair.public().try_into_ed25519().ok().map(|key| key.to_bytes()));
    }

    #[test]
    fn a_key_of_another_kind_is_no_node() {
        let hashed = PeerId::random();
        assert_eq!(node_of(&hashed), None);
    }

    #[test]
    fn addresses_are_shown_as_people_write_them() {
        let direct: Multiaddr = "/ip4/10.0.0.5/udp/7701/quic-v1".parse().expect("an address");
        let peer = identity::Keypair::generate_ed25519().public().to_peer_id();
        let relayed = direct.clone().with(Protocol::P2p(peer)).with(Protocol::P2pCircuit);
        assert_eq!(show(&direct), "10.0.0.5:7701");
        assert_eq!(show(&relayed), "relayed by 10.0.0.5:7701");
        assert!(is_relayed(&relayed) && !is_relayed(&direct));
        assert_eq!(socket_of(&relayed), None);
        assert_eq!(quic_address("[::1]:7701".parse().expect("a socket")).to_string(), "/ip6/::1/udp/7701/quic-v1");
    }

    #[tokio::test]
    async fn a_text_that_leads_nowhere_says_so() {
        assert!(resolve("/ip4/nonsense").await.expect_err("no address").starts_with("not an address"));
        assert!(resolve("no-port-here").await.is_err());
        assert_eq!(resolve("127.0.0.1:9").await.expect("a socket").len(), 1);
    }
}
