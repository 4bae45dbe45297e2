//! What the transport is told and what it tells.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::oneshot;
use vigil_gossip::{Goodbye, Link};
use vigil_model::{ClusterId, NodeId};

/// Which way ranges travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LaneChoice {
    /// By libp2p streams, and by the bulk lane where that measures better.
    #[default]
    Auto,
    /// libp2p streams only.
    Streams,
    /// The bulk lane wherever the peer has one.
    Bulk,
}

/// How peers are found that nobody named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Discovery {
    /// Multicast DNS on the LAN.
    pub mdns: bool,
    /// Kademlia among the members.
    pub kademlia: bool,
    /// Serve as a relay for members behind NAT, and use members as relays; hole punching with it.
    pub relay: bool,
    /// Announce through gossipsub as well.
    pub gossipsub: bool,
}

/// What the transport is told once.
#[derive(Clone, Debug)]
pub struct TransportConfig {
    /// The UDP address of the peer port. The bulk lane listens on port + 1.
    pub listen: SocketAddr,
    /// The cluster: part of the name of every protocol.
    pub cluster: ClusterId,
    /// Ed25519 secret key of the node.
    pub secret: [u8; 32],
    /// How peers are found.
    pub discovery: Discovery,
    /// Which way ranges travel.
    pub lane: LaneChoice,
    /// Bytes a second sent to all peers together; `None` for no limit.
    pub bandwidth: Option<u64>,
    /// Idle time after which a link counts as dead.
    pub silence: Duration,
}

/// What is known of a link.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkInfo {
    /// The link.
    pub link: Link,
    /// Whose key was proved.
    pub peer: NodeId,
    /// The peer's address, `10.0.0.5:7701`, or through which relay.
    pub path: String,
    /// Whether this node dialled.
    pub dialled: bool,
}

/// Why an address did not lead to the peer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DialFailure {
    /// Nobody answers there.
    #[error("{address}: unreachable ({why})")]
    Unreachable {
        /// Where.
        address: String,
        /// In the system's words.
        why: String,
    },
    /// Someone answers, with another key.
    #[error("{address}: another node answers there, with key {found}; expected {expected}")]
    WrongKey {
        /// Where.
        address: String,
        /// Who was expected.
        expected: NodeId,
        /// Who answered.
        found: String,
    },
    /// Someone answers, but does not speak this protocol (another cluster, another version).
    #[error("{address}: the node there does not speak {protocol}")]
    Protocol {
        /// Where.
        address: String,
        /// What was asked.
        protocol: String,
    },
    /// It answers, and wants no link.
    #[error("{address}: the node there refuses: {goodbye:?}")]
    Refused {
        /// Where.
        address: String,
        /// What it said.
        goodbye: Goodbye,
    },
    /// It answers, but does not answer in time or breaks off.
    #[error("{address}: {why}")]
    Broken {
        /// Where.
        address: String,
        /// What happened.
        why: String,
    },
}

/// Why a stream brings or takes no more.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StreamError {
    /// The link is gone; ask another peer.
    #[error("the link is gone")]
    NoLink,
    /// The peer does not speak it.
    #[error("the peer does not speak {0}")]
    Protocol(String),
    /// What came is no frame: a fault of the peer.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The stream broke, or the peer closed it.
    #[error("{0}")]
    Broken(String),
    /// Nothing moved for too long.
    #[error("nothing moved for {0} seconds")]
    Stalled(u64),
}

/// What has moved over a link since it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LinkStats {
    /// Bytes of frames that wait to be sent.
    pub waiting: u64,
    /// Bytes sent on the sync stream and for pulls.
    pub sent: u64,
    /// Bytes received on the sync stream and by pulls, before decompression is undone.
    pub received: u64,
    /// Bytes a second that pulls over streams last brought; 0 when not measured.
    pub stream_rate: u64,
    /// Bytes a second that pulls over the bulk lane last brought; 0 when not measured.
    pub bulk_rate: u64,
}

/// Why the transport does not start.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}/udp: {why}; choose another with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// In the system's words.
        why: String,
    },
    /// `SSLKEYLOGFILE` is set: TLS secrets would be written to a file.
    #[error("SSLKEYLOGFILE is set, and TLS secrets would be written there; unset it")]
    KeyLog,
    /// The key cannot be used, or TLS cannot be set up.
    #[error("the identity cannot be used for TLS: {0}")]
    Identity(String),
}

/// What the transport tells.
#[derive(Debug)]
pub enum TransportEvent {
    /// It listens; `bulk` is false when the port for the bulk lane is taken.
    Listening {
        /// Where.
        address: SocketAddr,
        /// Whether the bulk lane listens as well.
        bulk: bool,
    },
    /// A link to a member is open, its sync stream too.
    Connected(LinkInfo),
    /// A link is gone.
    Disconnected {
        /// Which.
        link: Link,
        /// What the peer said, if it said anything.
        goodbye: Option<Goodbye>,
        /// In the system's words.
        why: String,
    },
    /// A frame came in on the sync stream.
    Frame {
        /// On which link.
        link: Link,
        /// What kind; never 0.
        tag: u8,
        /// Its bytes, without the tag.
        bytes: Vec<u8>,
    },
    /// One or more frames have left.
    Sent {
        /// On which link.
        link: Link,
        /// The sum of what they were counted with.
        bytes: u32,
    },
    /// An announcement came by gossip, over this link; it may be another member's. Let go while the
    /// shell is busy.
    Announcement {
        /// Who handed it on.
        link: Link,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether it may spread.
        verdict: crate::Verdict,
    },
    /// A peer opened a stream to pull a range.
    Asked(crate::Serving),
    /// A stranger knocks at the join door.
    Knock {
        /// Whose key was proved.
        peer: NodeId,
        /// From where.
        address: String,
        /// What it says.
        request: Vec<u8>,
        /// What it is answered; dropped for no answer.
        answer: oneshot::Sender<Vec<u8>>,
    },
    /// How long a round trip takes.
    RoundTrip {
        /// On which link.
        link: Link,
        /// Microseconds.
        micros: u64,
    },
    /// A member cannot be reached now; it is dialled again, with back-off, for ever.
    DialFailed {
        /// Whom.
        peer: NodeId,
        /// Every address and what was wrong with it.
        failures: Vec<DialFailure>,
    },
}
