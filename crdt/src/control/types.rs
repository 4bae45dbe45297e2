//! The nouns of membership and access.

use vigil_model::{Class, ClassSet, ClusterId, Hash, LogId, NodeId, SignedHeader, Timestamp};

/// The domain of the hash that makes a cluster id of its founder's key.
pub const CLUSTER_DOMAIN: &str = "vigil cluster of one v1";

/// What a member replicates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Profile {
    /// Everything.
    #[default]
    Full,
    /// Its own data, and of everyone the classes that all replicate.
    Edge,
}

/// What the bearer of a token may do. Each may do what those before it may, save that a reader
/// does not write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Asks.
    Reader,
    /// Hands events in; does not ask.
    Writer,
    /// Asks, hands in, looks at peers and status, starts a sync.
    Operator,
    /// Everything: members, tokens.
    Admin,
}

/// What a token is limited to, within its role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Classes that it may ask for.
    pub classes: ClassSet,
    /// A VQL filter that is joined to every query with AND; empty for none.
    pub filter: String,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope { classes: ClassSet::ALL.without(ClassSet::one(Class::Control)), filter: String::new() }
    }
}

/// Names a token without being secret: the front of the hash of the secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct TokenId(pub [u8; 8]);

impl TokenId {
    /// The id of the token whose secret has this hash.
    pub fn of(hash: &Hash) -> TokenId {
        TokenId(*hash.0.first_chunk().expect("a hash has 32 bytes"))
    }

    /// Reads 16 characters of hexadecimal.
    pub fn parse(text: &str) -> Option<TokenId> {
        let digit = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
        let plain = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut id = TokenId::default();
        for (at, byte) in id.0.iter_mut().enumerate() {
            *byte = plain.then(|| digit(at))??;
        }
        Some(id)
    }
}

impl std::fmt::Display for TokenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A log that a node wrote before it joined, taken over as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Adopted {
    /// The log.
    pub log: LogId,
    /// Its last block.
    pub seq: u64,
    /// Hash of that block's header.
    pub hash: Hash,
    /// The cluster that it was written for.
    pub cluster: ClusterId,
}

/// What a control record does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// A node becomes a member.
    Admit {
        /// Its key.
        node: NodeId,
        /// What people call it.
        name: String,
        /// What it replicates.
        profile: Profile,
        /// Its logs of the time before.
        adopted: Vec<Adopted>,
    },
    /// A member is one no more, for good. Of each of its logs, so many blocks count; of a log that
    /// is not named, none.
    Remove {
        /// Its key.
        node: NodeId,
        /// Log and number of blocks that count.
        positions: Vec<(LogId, u64)>,
        /// For people.
        reason: String,
    },
    /// A member gets another name.
    Rename {
        /// Its key.
        node: NodeId,
        /// The name.
        name: String,
    },
    /// Where the author of this record can be reached.
    Addresses {
        /// `host:port` of its peer port, best first, at most 8.
        addresses: Vec<String>,
    },
    /// A token begins to be good.
    CreateToken {
        /// Its name for the machine.
        id: TokenId,
        /// BLAKE3 of the secret, domain `vigil token v1`.
        hash: Hash,
        /// Its name for people.
        name: String,
        /// What it may do.
        role: Role,
        /// To what it is limited.
        scope: Scope,
        /// Until when.
        expires: Option<Timestamp>,
    },
    /// A token is no longer good, for ever.
    RevokeToken {
        /// Which.
        id: TokenId,
    },
    /// One author signed two headers for one place. Anyone may write this; it speaks for itself.
    Fork {
        /// One.
        lower: Box<SignedHeader>,
        /// The other.
        upper: Box<SignedHeader>,
    },
}

/// A control record as its author wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlRecord {
    /// The control heads that the author had seen: log and number of its blocks (headers). A log
    /// whose last control record another head had seen need not be named. Rising by log. It orders
    /// names and addresses; no right hangs on it, because an author can lie about it.
    pub seen: Vec<(LogId, u64)>,
    /// When, by the author's clock; for people and for expiry, never for order.
    pub at: Timestamp,
    /// What.
    pub op: Op,
}

/// A control record and its offset in its body; a record of a kind that is not known here has no
/// entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which record of the body.
    pub offset: u32,
    /// What it says.
    pub record: ControlRecord,
}

/// Where a control record stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The log; its node is the author.
    pub log: LogId,
    /// The block.
    pub seq: u64,
    /// Offset in the control body.
    pub offset: u32,
}

/// Whether a member is one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MemberState {
    /// Yes.
    Active,
    /// No more. For each log named by a removal, the lowest number of blocks that count.
    Removed {
        /// When, by the clock of who removed it.
        at: Timestamp,
        /// By whom.
        by: NodeId,
        /// Log and number of blocks.
        positions: Vec<(LogId, u64)>,
    },
}

/// A node that is or was a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its key.
    pub node: NodeId,
    /// What people call it.
    pub name: String,
    /// What it replicates.
    pub profile: Profile,
    /// Whether it is one now.
    pub state: MemberState,
    /// Who admitted it; itself for the founder.
    pub by: NodeId,
    /// When it was admitted.
    pub since: Timestamp,
    /// Where it can be reached.
    pub addresses: Vec<String>,
    /// Its logs of the time before.
    pub adopted: Vec<Adopted>,
}

/// A token that is or was good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its name for the machine.
    pub id: TokenId,
    /// BLAKE3 of the secret.
    pub hash: Hash,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// To what it is limited.
    pub scope: Scope,
    /// When it was made.
    pub created: Timestamp,
    /// On which node.
    pub by: NodeId,
    /// Until when.
    pub expires: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl Token {
    /// Whether it may be used at this time.
    pub fn good_at(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires.is_none_or(|expires| now < expires)
    }
}

/// Why an operation is not admissible now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ControlError {
    /// This node is no member (any more).
    #[error("this node is not a member of the cluster; join again")]
    NotMember,
    /// Nobody by this key.
    #[error("there is no member {0}; see `vigil peers`")]
    Unknown(NodeId),
    /// It is a member already.
    #[error("{0} is a member already")]
    AlreadyMember(NodeId),
    /// It was removed, and removal is for good.
    #[error("{node} was removed on {at}; it may join again with a new key (an empty data directory)")]
    WasRemoved {
        /// Who.
        node: NodeId,
        /// When.
        at: Timestamp,
    },
    /// Two members of one name cannot be told apart.
    #[error("another member is called `{0}`; choose another name")]
    NameTaken(String),
    /// A name that cannot be shown.
    #[error("a name has 1 to 63 letters, digits, `-`, `_` or `.`: `{0}`")]
    Name(String),
    /// No token with this id.
    #[error("there is no token {0}; see `vigil token list`")]
    UnknownToken(String),
    /// A list that is too long.
    #[error("too many {what}: {count}, at most {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many may be.
        max: usize,
    },
    /// It breaks a rule of the format.
    #[error("malformed control record: {0}")]
    Malformed(&'static str),
}
