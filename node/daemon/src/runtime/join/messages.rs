//! What is said through the join door, and how it is written.
//!
//! ```text
//! joiner                                         issuer
//! Hello { invite, nonce, name, clock, … }   ──►
//!                                           ◄──  Challenge { nonce, proof }  with a ticket
//!                                           ◄──  Pending { words }           without one, until approved
//!                                           ◄──  Approved
//! (stops writing)
//! Redeem { proof, logs }                    ──►
//!                                           ◄──  Admitted { founder, contacts, … }
//! ```
//! The secret of a ticket never travels: both sides prove that they know it by a keyed hash over
//! cluster, both keys and both nonces. Every answer may be `Refused`.

use serde::{Deserialize, Serialize};
use vigil_api::ClusterFailure;
use vigil_crdt::control::Adopted;
use vigil_model::{ClusterId, Hash, LogId, NodeId};

/// The version of what is said here.
pub(super) const VERSION: u16 = 1;
/// Bytes of one message.
pub(super) const MESSAGE_BYTES_MAX: usize = vigil_model::limits::KNOCK_BYTES_MAX;
/// Bytes of one log in a message, at the most.
const WRITTEN_LOG_BYTES_MAX: usize = 48 + 10 + 32 + 32;
const _: () = assert!(
    vigil_model::limits::JOIN_PENDING_MAX * WRITTEN_LOG_BYTES_MAX + 1_024 <= MESSAGE_BYTES_MAX,
    "all logs that may be brought along fit one message"
);

/// What a joiner says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Request {
    /// I want to join.
    Hello(Hello),
    /// This is my proof, and these are my logs: I write no more until you answer.
    Redeem {
        /// Which invitation; nothing after an approval.
        invite: Option<Hash>,
        /// By whom knows the secret; zero after an approval.
        proof: Hash,
        /// What I wrote before.
        logs: Vec<WrittenLog>,
    },
}

/// The first words of a joiner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hello {
    /// Its version of this protocol.
    pub(super) version: u16,
    /// Its program version.
    pub(super) software: String,
    /// The cluster of its ticket.
    pub(super) cluster: Option<ClusterId>,
    /// Which invitation.
    pub(super) invite: Option<Hash>,
    /// Fresh randomness.
    pub(super) nonce: [u8; 32],
    /// What it is called.
    pub(super) name: String,
    /// Its clock, milliseconds since 1970.
    pub(super) clock_ms: i64,
}

/// The end of a log that a joiner brings along.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WrittenLog {
    log: LogId,
    seq: u64,
    hash: Hash,
    cluster: ClusterId,
}

impl From<&Adopted> for WrittenLog {
    fn from(log: &Adopted) -> WrittenLog {
        WrittenLog { log: log.log, seq: log.seq, hash: log.hash, cluster: log.cluster }
    }
}

impl From<&WrittenLog> for Adopted {
    fn from(log: &WrittenLog) -> Adopted {
        Adopted { log: log.log, seq: log.seq, hash: log.hash, cluster: log.cluster }
    }
}

/// What an issuer answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The ticket is good; prove it.
    Challenge {
        /// Fresh randomness.
        nonce: [u8; 32],
        /// That the issuer knows the secret too.
        proof: Hash,
        /// The issuer's name.
        by: String,
    },
    /// Somebody here has to approve it.
    Pending {
        /// The cluster that is asked.
        cluster: ClusterId,
        /// The issuer's name.
        by: String,
    },
    /// Somebody here approved it; go on.
    Approved {
        /// The cluster.
        cluster: ClusterId,
        /// The issuer's name.
        by: String,
    },
    /// It is a member, durably.
    Admitted {
        /// The cluster.
        cluster: ClusterId,
        /// The key whose hash is the cluster's id.
        founder: NodeId,
        /// The issuer's name.
        by: String,
        /// Where the issuer can be reached.
        addresses: Vec<String>,
        /// It was admitted as an edge.
        edge: bool,
    },
    /// No.
    Refused(Refused),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Refused {
    /// For programs.
    pub(super) code: String,
    /// For people.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: String,
}

impl Refused {
    pub(super) fn new(code: &str, message: impl Into<String>, hint: &str) -> Refused {
        Refused { code: code.to_owned(), message: message.into(), hint: hint.to_owned() }
    }
}

impl From<Refused> for ClusterFailure {
    fn from(refused: Refused) -> ClusterFailure {
        ClusterFailure { code: refused.code, status: 409, message: refused.message, hint: refused.hint }
    }
}

/// The bytes of a message.
pub(super) fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).expect("a message is plain data")
}

/// Reads a message; nothing when it is none.
pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    postcard::take_from_bytes(bytes).ok().filter(|(_, rest)| rest.is_empty()).map(|(message, _)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let pending = Answer::Pending { cluster: ClusterId([7; 32]), by: "site-a".to_owned() };
        assert_eq!(decode::<Answer>(&encode(&pending)), Some(pending.clone()));
        let mut long = encode(&pending);
        long.push(0);
        assert_eq!(decode::<Answer>(&long), None);
        assert_eq!(decode::<Answer>(&vec![0; MESSAGE_BYTES_MAX + 1]), None);
    }
}
