//! How two nodes agree that a stream is their link: who they are, which version, and which of two.
//!
//! ```text
//! dialler                      acceptor
//!   Hello  ───────────────────►
//!          ◄───────────────────  Hello, or Goodbye
//! the node with the lower key says Accept, or Goodbye; the link is open for it from there,
//! and for the other from when it hears it
//! ```
//!
//! When both dial at once there are two streams; since one node alone decides, both keep the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigil_gossip::Goodbye;

use crate::frames::{FrameReader, FrameWriter};

/// The first byte of frames that the transport itself sends.
pub(crate) const TRANSPORT_TAG: u8 = 0;
/// How long a greeting may take.
pub(crate) const GREETING: Duration = Duration::from_secs(10);
/// Versions of the sync stream that this node speaks: oldest and newest.
const VERSIONS: (u8, u8) = (1, 1);

/// What transports say to each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Word {
    /// The first frame of each side.
    Hello(Hello),
    /// The stream is the link.
    Accept,
    /// The link ends; nothing follows.
    Goodbye(Goodbye),
}

/// Who is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The oldest version of the sync stream that is spoken.
    pub(crate) oldest: u8,
    /// The newest one.
    pub(crate) newest: u8,
    /// The UDP port of the bulk lane; 0 for none.
    pub(crate) bulk_port: u16,
}

impl Hello {
    pub(crate) fn new(bulk_port: u16) -> Hello {
        Hello { oldest: VERSIONS.0, newest: VERSIONS.1, bulk_port }
    }

    fn overlaps(&self) -> bool {
        self.oldest <= VERSIONS.1 && self.newest >= VERSIONS.0
    }
}

impl Word {
    pub(crate) fn frame(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![TRANSPORT_TAG]).expect("a word is plain data")
    }

    /// Reads what [`Word::frame`] wrote, without the tag. Bytes that follow are of a newer version.
    pub(crate) fn read(bytes: &[u8]) -> Option<Word> {
        postcard::take_from_bytes(bytes).ok().map(|(word, _)| word)
    }
}

/// Why there is no link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The peer says why.
    Peer(Goodbye),
    /// This node says why.
    Own(Goodbye),
    /// The peer does not speak this protocol.
    NoProtocol(String),
    /// It broke off, or made no sense.
    Broken(String),
}

/// Both halves of a stream on which a link is agreed.
pub(crate) struct Greeter {
    pub(crate) reader: FrameReader,
    pub(crate) writer: FrameWriter,
}

impl Greeter {
    /// Says a word at once.
    pub(crate) async fn say(&mut self, word: &Word) -> Result<(), Refusal> {
        self.writer.add(&word.frame());
        self.writer.flush().await.map_err(|error| Refusal::Broken(error.to_string()))
    }

    async fn hear(&mut self) -> Result<Word, Refusal> {
        let frame = self.reader.next().await.map_err(|error| Refusal::Broken(error.to_string()))?;
        let frame = frame.ok_or_else(|| Refusal::Broken("closed before a greeting".into()))?;
        match frame.split_first() {
            Some((&TRANSPORT_TAG, word)) => Word::read(word).ok_or(Refusal::Own(Goodbye::Version)),
            _ => Err(Refusal::Broken("the first frame is no greeting".into())),
        }
    }

    /// Waits for the peer's greeting.
    pub(crate) async fn hear_hello(&mut self) -> Result<Hello, Refusal> {
        match self.hear().await? {
            Word::Hello(hello) if hello.overlaps() => Ok(hello),
            Word::Hello(_) => Err(Refusal::Own(Goodbye::Version)),
            Word::Goodbye(why) => Err(Refusal::Peer(why)),
            Word::Accept => Err(Refusal::Broken("accepted before it greeted".into())),
        }
    }

    /// Waits for the peer's decision.
    pub(crate) async fn hear_accept(&mut self) -> Result<(), Refusal> {
        match self.hear().await? {
            Word::Accept => Ok(()),
            Word::Goodbye(why) => Err(Refusal::Peer(why)),
            Word::Hello(_) => Err(Refusal::Broken("greeted twice".into())),
        }
    }
}

/// What is known of a link when another one to the same peer wants to take its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Candidate {
    /// Over a relay.
    pub(crate) relayed: bool,
    /// Dialled by this node.
    pub(crate) dialled: bool,
    /// Since when, in milliseconds.
    pub(crate) since: u64,
}

/// Two links of this age or less that were dialled from both ends are taken for one wish.
const SIMULTANEOUS_MS: u64 = 5_000;

/// Whether the new one takes the place of the old one.
pub(crate) fn replaces(new: Candidate, old: Candidate) -> bool {
    if new.relayed != old.relayed {
        return old.relayed;
    }
    let both_at_once = new.dialled != old.dialled && new.since.saturating_sub(old.since) <= SIMULTANEOUS_MS;
    !both_at_once
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Candidate = Candidate { relayed: false, dialled: true, since: 1_000 };

    #[test]
    fn of_two_links_dialled_at_once_the_first_stays() {
        assert!(!replaces(Candidate { dialled: false, since: 1_200, ..OLD }, OLD));
    }

    #[test]
    fn a_peer_that_comes_back_takes_the_place_of_its_ghost() {
        assert!(replaces(Candidate { since: 1_200, ..OLD }, OLD), "dialled twice by the same side");
        assert!(replaces(Candidate { dialled: false, since: 60_000, ..OLD }, OLD));
    }

    #[test]
    fn a_direct_way_is_better_than_a_relayed_one() {
        let relayed = Candidate { relayed: true, ..OLD };
        assert!(replaces(Candidate { dialled: false, ..OLD }, relayed));
        assert!(!replaces(Candidate { since: 60_000, ..relayed }, OLD));
    }

    #[test]
    fn words_are_read_back_and_a_newer_version_is_told_apart() {
        for word in [Word::Hello(Hello::new(7702)), Word::Accept, Word::Goodbye(Goodbye::Removed)] {
            assert_eq!(Word::read(&word.frame()[1..]), Some(word));
        }
        assert!(!Hello { oldest: 2, newest: 9, bulk_port: 0 }.overlaps());
        assert!(Hello { oldest: 1, newest: 9, bulk_port: 0 }.overlaps());
        assert_eq!(Word::read(&[200, 1]), None);
    }
}
