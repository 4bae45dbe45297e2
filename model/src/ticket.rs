//! What one string lets a node join: where the inviter is, who it is, and a secret that works once.
//!
//! The bytes are drawn in `docs/formats/ticket.md`. A mistyped, a truncated, a foreign and a newer
//! ticket are told apart, because people must do different things about them.

use std::fmt;
use std::str::FromStr;

use crate::codec::{Reader, put_varint};
use crate::id::base32;
use crate::limits::{ADDRESS_BYTES_MAX, TICKET_ADDRESSES_MAX};
use crate::{ClusterId, Hash, NodeId, Timestamp};

const SCHEME: &str = "vigil";
const PREFIX: &str = "vigil1";
const CHECK_DOMAIN: &str = "vigil ticket checksum v1";
const LENGTH_DOMAIN: &str = "vigil ticket length v1";
const ID_DOMAIN: &str = "vigil ticket id v1";
const KEY_DOMAIN: &str = "vigil join key v1";
const FLAG_EDGE: u8 = 1;
const CHECK_BYTES: usize = 5;
/// Length u16 and its own check byte.
const FRONT_BYTES: usize = 3;
/// Letters that hold the front: five bytes, of which the first three are the front.
const FRONT_LETTERS: usize = 8;
const NANOS: i64 = 1_000_000_000;

/// Why a text is no ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Something else was pasted.
    #[error("this is not a Vigil ticket; one begins with `{PREFIX}`")]
    Foreign,
    /// A newer program made it.
    #[error("this ticket is of format {0}, which this program does not know; install a newer vigil")]
    Newer(u32),
    /// The end is missing.
    #[error("this ticket is cut off: it has {have} characters of {want}; copy it whole")]
    Truncated {
        /// Characters, without white space.
        have: usize,
        /// Characters of the whole.
        want: usize,
    },
    /// A character is wrong, or something is behind the end.
    #[error("this ticket is mistyped: {0}; copy it again")]
    Mistyped(String),
}

/// An invitation.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The cluster to join.
    pub cluster: ClusterId,
    /// Who invites; only there it is good.
    pub inviter: NodeId,
    /// Where the inviter is: 1 to 4, `host:port`, best first.
    pub addresses: Vec<String>,
    /// Works once, and is never sent: see [`mac`].
    pub secret: [u8; 16],
    /// Until when, in whole seconds.
    pub expires: Timestamp,
    /// Whether the new node replicates as an edge: its own data, and of everyone what all replicate.
    pub edge: bool,
}

impl Ticket {
    /// Names the ticket without telling its secret.
    pub fn id(&self) -> Hash {
        ticket_id(&self.secret)
    }

    /// Whether its time is over.
    pub fn expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    fn payload(&self) -> Vec<u8> {
        assert!((1..=TICKET_ADDRESSES_MAX).contains(&self.addresses.len()), "a ticket has 1 to 4 addresses");
        let mut out = vec![if self.edge { FLAG_EDGE } else { 0 }];
        out.extend_from_slice(&self.cluster.0);
        out.extend_from_slice(&self.inviter.0);
        out.extend_from_slice(&self.secret);
        put_varint(&mut out, self.expires.0.max(0) as u64 / NANOS as u64);
        for address in &self.addresses {
            assert!((1..=ADDRESS_BYTES_MAX).contains(&address.len()), "an address is host:port");
            put_varint(&mut out, address.len() as u64);
            out.extend_from_slice(address.as_bytes());
        }
        out
    }
}

/// Shows what is no secret.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        write!(f, "Ticket({id:?} of {:?} at {:?} until {})", self.inviter, self.addresses, self.expires)
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.payload();
        let mut bytes = front(payload.len() as u16).to_vec();
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(&checksum(&payload));
        write!(f, "{PREFIX}{}", base32().encode(&bytes))
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    /// Reads a ticket in any letter case, with any white space in it.
    fn from_str(text: &str) -> Result<Ticket, TicketError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
        let body = body(&text)?;
        check_letters(body)?;
        check_length(body)?;
        let bytes = decode_letters(body)?;
        let payload = &bytes[FRONT_BYTES..bytes.len() - CHECK_BYTES];
        if bytes[bytes.len() - CHECK_BYTES..] != checksum(payload) {
            return Err(TicketError::Mistyped("its checksum does not fit".to_owned()));
        }
        decode(payload).ok_or_else(|| TicketError::Mistyped("its content cannot be read".to_owned()))
    }
}

/// What follows the prefix. Behind `vigil` stands the format, of which the first base32 letter is no
/// part: 1 is no letter of that alphabet, so a newer format is a newer digit.
fn body(text: &str) -> Result<&str, TicketError> {
    let after = text.strip_prefix(SCHEME).ok_or(TicketError::Foreign)?;
    if let Some(body) = after.strip_prefix('1') {
        return Ok(body);
    }
    let format = after.chars().next().and_then(|digit| digit.to_digit(10));
    Err(format.map_or(TicketError::Foreign, TicketError::Newer))
}

fn check_letters(body: &str) -> Result<(), TicketError> {
    let wrong = body.chars().enumerate().find(|(_, letter)| !matches!(letter, 'a'..='z' | '2'..='7'));
    let say = |(at, letter)| format!("`{letter}` at character {} does not belong", PREFIX.len() + at + 1);
    wrong.map_or(Ok(()), |wrong| Err(TicketError::Mistyped(say(wrong))))
}

/// The letters are of the alphabet already; what is left to be wrong is the last one.
fn decode_letters(letters: &str) -> Result<Vec<u8>, TicketError> {
    let error = |_| TicketError::Mistyped("its last letter does not fit".to_owned());
    base32().decode(letters.as_bytes()).map_err(error)
}

/// Whether there are as many characters as the front says; the front has a check of its own, so
/// that a wrong character there is not taken for a missing end.
fn check_length(body: &str) -> Result<(), TicketError> {
    let have = PREFIX.len() + body.len();
    let want = |payload: usize| PREFIX.len() + base32().encode_len(FRONT_BYTES + payload + CHECK_BYTES);
    let Some(start) = body.get(..FRONT_LETTERS) else {
        return Err(TicketError::Truncated { have, want: want(0) });
    };
    let bytes = decode_letters(start)?;
    let length = u16::from_le_bytes([bytes[0], bytes[1]]);
    if bytes[..FRONT_BYTES] != front(length) {
        return Err(TicketError::Mistyped("its first letters do not fit together".to_owned()));
    }
    let want = want(usize::from(length));
    match have.cmp(&want) {
        std::cmp::Ordering::Less => Err(TicketError::Truncated { have, want }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(TicketError::Mistyped(format!("it has {have} characters, not {want}"))),
    }
}

fn front(length: u16) -> [u8; FRONT_BYTES] {
    let [low, high] = length.to_le_bytes();
    [low, high, Hash::of(LENGTH_DOMAIN, &[low, high]).0[0]]
}

fn checksum(payload: &[u8]) -> [u8; CHECK_BYTES] {
    *Hash::of(CHECK_DOMAIN, payload).0.first_chunk().expect("a hash has 32 bytes")
}

fn decode(payload: &[u8]) -> Option<Ticket> {
    let mut reader = Reader(payload);
    let flags = reader.u8()?;
    let cluster = ClusterId(reader.array()?);
    let inviter = NodeId(reader.array()?);
    let secret = reader.array()?;
    let seconds = i64::try_from(reader.varint()?).ok()?;
    let mut addresses = Vec::new();
    while !reader.is_empty() {
        let address = std::str::from_utf8(reader.sized()?).ok()?;
        let sound = (1..=ADDRESS_BYTES_MAX).contains(&address.len()) && addresses.len() < TICKET_ADDRESSES_MAX;
        addresses.push(sound.then(|| address.to_owned())?);
    }
    let sound = flags & !FLAG_EDGE == 0 && !addresses.is_empty();
    let expires = Timestamp(seconds.checked_mul(NANOS)?);
    sound.then_some(Ticket { cluster, inviter, addresses, secret, expires, edge: flags & FLAG_EDGE != 0 })
}

/// Names a ticket by its secret, without telling it.
pub fn ticket_id(secret: &[u8; 16]) -> Hash {
    Hash::of(ID_DOMAIN, secret)
}

/// Which side of a join proves that it knows the secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinSide {
    /// The node that wants to join.
    Joiner,
    /// The member that invited it.
    Inviter,
}

/// What a proof of the secret is about: with any of it changed, the proof is another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JoinContext {
    /// The cluster.
    pub cluster: ClusterId,
    /// The key of who joins.
    pub joiner: NodeId,
    /// The key of who invited.
    pub inviter: NodeId,
    /// Fresh randomness of who joins.
    pub joiner_nonce: [u8; 32],
    /// Fresh randomness of who invited.
    pub inviter_nonce: [u8; 32],
}

/// Proves to the other side that one knows the ticket's secret, without telling it: BLAKE3 keyed by
/// it over cluster, both keys, both nonces and the side. Compare with [`same`].
pub fn mac(secret: &[u8; 16], context: &JoinContext, side: JoinSide) -> Hash {
    let key = Hash::of(KEY_DOMAIN, secret);
    let mut hasher = blake3::Hasher::new_keyed(&key.0);
    hasher.update(&context.cluster.0);
    hasher.update(&context.joiner.0);
    hasher.update(&context.inviter.0);
    hasher.update(&context.joiner_nonce);
    hasher.update(&context.inviter_nonce);
    hasher.update(&[match side {
        JoinSide::Joiner => 1,
        JoinSide::Inviter => 2,
    }]);
    Hash(*hasher.finalize().as_bytes())
}

/// Whether two proofs are equal, in a time that does not tell where they differ.
pub fn same(a: &Hash, b: &Hash) -> bool {
    blake3::Hash::from_bytes(a.0) == blake3::Hash::from_bytes(b.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            cluster: ClusterId([1; 32]),
            inviter: NodeId([2; 32]),
            addresses: vec!["10.0.0.5:7701".to_owned(), "a.example:7701".to_owned()],
            secret: [3; 16],
            expires: Timestamp(1_800_000_000 * NANOS),
            edge: true,
        }
    }

    #[test]
    fn tickets_are_read_as_written_in_any_case_and_on_any_lines() {
        let text = ticket().to_string();
        assert_eq!(text.parse(), Ok(ticket()));
        assert_eq!(text.to_uppercase().parse(), Ok(ticket()));
        assert_eq!(format!(" {}\n {}\n", &text[..70], &text[70..]).parse(), Ok(ticket()));
        assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        let short = Ticket { addresses: vec!["10.0.0.5:7701".to_owned()], ..ticket() };
        assert!(short.to_string().len() <= 190, "fits a code on a terminal: {}", short.to_string().len());
    }

    #[test]
    fn every_mistyped_letter_is_called_mistyped() {
        let text = ticket().to_string();
        for at in PREFIX.len()..text.len() {
            for other in ["a", "q", "7", "0", "!", "é"] {
                let mut wrong = text.clone();
                wrong.replace_range(at..=at, other);
                if wrong != text {
                    assert!(matches!(wrong.parse::<Ticket>(), Err(TicketError::Mistyped(_))), "{at} {other}");
                }
            }
        }
        let swapped = format!("{}{}{}{}", &text[..40], &text[41..42], &text[40..41], &text[42..]);
        assert!(swapped == text || matches!(swapped.parse::<Ticket>(), Err(TicketError::Mistyped(_))));
        assert!(matches!(format!("{text}a").parse::<Ticket>(), Err(TicketError::Mistyped(_))));
    }

    #[test]
    fn every_cut_is_called_truncated() {
        let text = ticket().to_string();
        for end in PREFIX.len()..text.len() {
            let error = text[..end].parse::<Ticket>();
            assert!(matches!(error, Err(TicketError::Truncated { have, .. }) if have == end), "{end}: {error:?}");
        }
    }

    #[test]
    fn foreign_and_newer_texts_are_told_apart() {
        let error = |text: &str| text.parse::<Ticket>().expect_err(text);
        for text in ["", "vigi", "vigil", "10.0.0.5:7701", "node.example:7701", "vigilant:7701", "éé"] {
            assert_eq!(error(text), TicketError::Foreign, "{text}");
        }
        assert_eq!(error(&ticket().to_string().replacen('1', "2", 1)), TicketError::Newer(2));
    }

    #[test]
    fn a_proof_holds_for_one_context_and_side_only() {
        let context = JoinContext {
            cluster: ClusterId([1; 32]),
            joiner: NodeId([2; 32]),
            inviter: NodeId([3; 32]),
            joiner_nonce: [4; 32],
            inviter_nonce: [5; 32],
        };
        let proof = mac(&[6; 16], &context, JoinSide::Joiner);
        assert!(same(&proof, &mac(&[6; 16], &context, JoinSide::Joiner)));
        let others = [
            mac(&[7; 16], &context, JoinSide::Joiner),
            mac(&[6; 16], &context, JoinSide::Inviter),
            mac(&[6; 16], &JoinContext { cluster: ClusterId([9; 32]), ..context }, JoinSide::Joiner),
            mac(&[6; 16], &JoinContext { joiner: NodeId([9; 32]), ..context }, JoinSide::Joiner),
            mac(&[6; 16], &JoinContext { inviter: NodeId([9; 32]), ..context }, JoinSide::Joiner),
            mac(&[6; 16], &JoinContext { joiner_nonce: [9; 32], ..context }, JoinSide::Joiner),
            mac(&[6; 16], &JoinContext { inviter_nonce: [9; 32], ..context }, JoinSide::Joiner),
        ];
        assert!(others.iter().all(|other| !same(&proof, other)));
    }

    #[test]
    fn the_secret_is_not_shown() {
        let shown = format!("{:?}", ticket());
        assert!(shown.contains("10.0.0.5:7701") && !shown.contains("3, 3"), "{shown}");
    }
}
