//! What two replication machines say to each other on the sync stream, and how it is written.
//!
//! Drawn byte by byte in `docs/formats/gossip.md`.

use serde::{Deserialize, Serialize};
use vigil_model::limits::{GOSSIP_MESSAGE_BYTES_MAX, INTEREST_NODES_MAX};
use vigil_model::{Hash, LogId};

use crate::config::Interest;

/// The versions of the protocol that this program speaks, first and last.
pub const PROTOCOL: (u16, u16) = (1, 1);

/// Bytes of the version text in a greeting.
pub(crate) const VERSION_BYTES_MAX: usize = 64;

/// The first message on a link, from both sides at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// First and last version of the protocol that the sender speaks.
    pub protocol: (u16, u16),
    /// A hash of the number that the sender's process drew at its start.
    pub instance: u64,
    /// The log that it writes.
    pub log: LogId,
    /// Fresh for this link; both nonces together key short names and short hashes.
    pub nonce: [u8; 16],
    /// What it follows.
    pub interest: Interest,
    /// Digest of its frontier.
    pub digest: Hash,
    /// Blocks in all its logs: who has more tells first.
    pub blocks: u64,
    /// The version of the program, for people.
    pub version: String,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Message {
    /// The greeting.
    Hello(Box<Hello>),
    /// A round in which nothing changed.
    Same,
    /// All changes were told; this is the digest of the frontier now.
    Digest(Hash),
    /// Entries of the frontier, packed.
    Frontier(Vec<u8>),
    /// These short names mean nothing here, or two things: tell them in full.
    Who(Vec<u32>),
    /// The closed epochs of these nodes (short names) differ: tell them one by one.
    Unfold(Vec<u32>),
    /// Tell the whole frontier.
    Resend,
    /// Which hash has the header at this place?
    Probe {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
    },
    /// The answer to a probe.
    Probed {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// The hash of its header; nothing when it is not held.
        hash: Option<Hash>,
    },
    /// Show the header at this place.
    Show {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
    },
    /// The header asked for, as signed; empty when it is not held.
    Shown {
        /// The log.
        log: LogId,
        /// The block.
        seq: u64,
        /// The header.
        header: Vec<u8>,
    },
    /// Two processes use your key in turn; the other one writes this log.
    Twin {
        /// The log of the other.
        log: LogId,
    },
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not a message of this version of the protocol.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// Longer than any message.
    #[error("a message of {0} bytes is longer than allowed")]
    Oversized(usize),
}

impl Message {
    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let bytes = postcard::to_stdvec(self).expect("a message is plain data");
        assert!(bytes.len() <= GOSSIP_MESSAGE_BYTES_MAX, "no message of ours is refused by a peer");
        bytes
    }

    /// Reads what [`Message::encode`] wrote. Bytes may be left over after a greeting only: a newer
    /// version may say more there.
    pub fn decode(bytes: &[u8]) -> Result<Message, WireError> {
        if bytes.len() > GOSSIP_MESSAGE_BYTES_MAX {
            return Err(WireError::Oversized(bytes.len()));
        }
        let malformed = |error: postcard::Error| WireError::Malformed(error.to_string());
        let (message, rest) = postcard::take_from_bytes(bytes).map_err(malformed)?;
        match &message {
            Message::Hello(hello) => hello.check()?,
            _ if rest.is_empty() => {}
            _ => return Err(WireError::Malformed(format!("{} bytes left over", rest.len()))),
        }
        Ok(message)
    }

    /// Bytes on the wire.
    pub fn size(&self) -> u32 {
        self.encode().len() as u32
    }
}

impl Hello {
    /// Whether it keeps the limits of a greeting.
    pub(crate) fn check(&self) -> Result<(), WireError> {
        let wrong = |what: &str| Err(WireError::Malformed(what.to_owned()));
        if self.version.len() > VERSION_BYTES_MAX {
            return wrong("the version text is too long");
        }
        if self.interest.nodes.as_ref().is_some_and(|nodes| nodes.len() > INTEREST_NODES_MAX) {
            return wrong("the interest names too many nodes");
        }
        Ok(())
    }

    /// Whether both sides speak a common version.
    pub(crate) fn speaks(&self) -> bool {
        self.protocol.0 <= PROTOCOL.1 && PROTOCOL.0 <= self.protocol.1
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use vigil_model::{ClassSet, Epoch, NodeId};

    use super::*;

    fn check(message: Message, expected: Expect) {
        let hex: String = message.encode().iter().map(|byte| format!("{byte:02x}")).collect();
        expected.assert_eq(&hex);
    }

    #[test]
    fn messages_of_version_1_keep_their_bytes() {
        let log = LogId { node: NodeId([0xaa; 32]), epoch: Epoch([0xbb; 16]) };
        let hello = Hello {
            protocol: PROTOCOL,
            instance: 300,
            log,
            nonce: [0xcc; 16],
            interest: Interest { classes: ClassSet::ALL, nodes: None },
            digest: Hash([0xdd; 32]),
            blocks: 7,
            version: "0.1".to_owned(),
        };
        check(
            Message::Hello(Box::new(hello)),
            expect![
                "000101ac02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbcccccccccccccccccccccccccccccccc3f00dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd0703302e31"
            ],
        );
        check(Message::Same, expect!["01"]);
        check(Message::Frontier(vec![3, 0, 0, 0]), expect!["030403000000"]);
        check(Message::Who(vec![1, 300]), expect!["040201ac02"]);
        check(
            Message::Probed { log, seq: 300, hash: None },
            expect![
                "08aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbac0200"
            ],
        );
        check(
            Message::Twin { log },
            expect![
                "0baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            ],
        );
    }

    #[test]
    fn a_newer_greeting_may_say_more_and_nothing_else_may() {
        let more = |message: Message| Message::decode(&[message.encode(), vec![1, 2, 3]].concat());
        assert!(more(Message::Same).is_err());
        let hello = Hello {
            protocol: (1, 9),
            instance: 0,
            log: LogId::default(),
            nonce: [0; 16],
            interest: Interest::ALL,
            digest: Hash::ZERO,
            blocks: 0,
            version: String::new(),
        };
        assert!(hello.speaks());
        assert_eq!(more(Message::Hello(Box::new(hello.clone()))), Ok(Message::Hello(Box::new(hello))));
    }
}
