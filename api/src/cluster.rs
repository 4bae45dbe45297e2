//! Peers, membership and access, as HTTP shows them.

use serde::{Deserialize, Serialize};
use vigil_crdt::control::{Role, Scope, TokenId};

/// A member, as `GET /v1/peers` shows it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct PeerStatus {
    /// Its key.
    pub node: String,
    /// What people call it.
    pub name: String,
    /// `this node`, `in step`, `catching up`, `behind` (it lacks what we have), `connecting`,
    /// `offline`, `pending`, `removed`.
    pub state: String,
    /// Why it is not in step, in words; empty otherwise.
    pub reason: String,
    /// `full` or `edge`.
    pub profile: String,
    /// Events that this node lacks of the logs that the peer is known to hold; an estimate from
    /// blocks when `behind_exact` is false. Null when unknown.
    pub behind_events: Option<u64>,
    /// Blocks of the same.
    pub behind_blocks: Option<u64>,
    /// Whether `behind_events` is counted.
    pub behind_exact: bool,
    /// Events that the peer lacks of what this node holds.
    pub ahead_events: Option<u64>,
    /// Blocks of the same.
    pub ahead_blocks: Option<u64>,
    /// Seal time of the oldest block that is missing here, RFC 3339.
    pub oldest_missing: Option<String>,
    /// When it was heard last, RFC 3339.
    pub last_heard: Option<String>,
    /// Milliseconds since.
    pub last_heard_ms: Option<u64>,
    /// Round trip, milliseconds.
    pub rtt_ms: Option<f64>,
    /// How it is reached: `quic 10.0.0.5:7701`.
    pub path: String,
    /// Where it says that it can be reached.
    pub addresses: Vec<String>,
    /// Its program version.
    pub version: String,
    /// Bytes received from it and sent to it over the present connection, ranges included.
    pub received_bytes: u64,
    /// See above.
    pub sent_bytes: u64,
    /// Seconds until in step, at the present rate.
    pub eta_s: Option<u64>,
    /// How often it broke the protocol, by kind.
    pub faults: std::collections::BTreeMap<String, u64>,
    /// For `pending`: the four words to compare.
    pub words: String,
    /// When it became a member, or asked to, RFC 3339.
    pub since: Option<String>,
}

/// What one log is like between this node and a peer: `GET /v1/peers/{peer}/lag`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct LogLag {
    /// The author's name.
    pub author: String,
    /// The log.
    pub log: String,
    /// Blocks held here.
    pub ours: u64,
    /// Blocks that the peer said it holds; null when it said nothing of this log.
    pub theirs: Option<u64>,
    /// Blocks of which a body is missing here.
    pub missing_bodies: u64,
    /// What is being done about it, or why nothing moves.
    pub explanation: String,
}

/// A replica as a whole: `GET /v1/cluster`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct ClusterStatus {
    /// Its id.
    pub cluster: String,
    /// This node's key.
    pub node: String,
    /// This node's name.
    pub name: String,
    /// Members that are not removed.
    pub members: usize,
    /// Links open now.
    pub connected: usize,
    /// Digest of the frontier: equal on two nodes that hold the same.
    pub frontier: String,
    /// Every log and its end, for comparison; with `?full=true` only.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub logs: Vec<LogEnd>,
    /// Forked logs.
    pub forks: Vec<ForkStatus>,
    /// Address of the peer port.
    pub listen: String,
    /// Why this node stopped writing; empty otherwise.
    pub fenced: String,
}

/// The end of one log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct LogEnd {
    /// The log.
    pub log: String,
    /// The author's name.
    pub author: String,
    /// Blocks.
    pub blocks: u64,
    /// Hash of the last header.
    pub hash: String,
    /// `open`, `ended` or `frozen`.
    pub state: String,
}

/// A fork.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct ForkStatus {
    /// The log.
    pub log: String,
    /// The author's name.
    pub author: String,
    /// The place that was given twice.
    pub seq: u64,
    /// The two header hashes.
    pub hashes: [String; 2],
}

/// `POST /v1/invites`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct InviteRequest {
    /// How long it is good, seconds.
    pub for_s: u64,
    /// `full` or `edge`.
    pub profile: String,
    /// The name that the new node gets; empty for its own.
    pub name: String,
}

impl Default for InviteRequest {
    /// For an hour, for a node that replicates everything and brings its own name.
    fn default() -> InviteRequest {
        InviteRequest { for_s: 3_600, profile: "full".to_owned(), name: String::new() }
    }
}

/// A ticket.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Invite {
    /// The text to give to the other side.
    pub ticket: String,
    /// Until when it is good, RFC 3339.
    pub expires: String,
}

/// `POST /v1/join`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// A ticket, or `host:port`.
    pub target: String,
}

/// How joining stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct JoinStatus {
    /// `joined`, or `pending` until the other side approves; ask again with the same target.
    pub state: String,
    /// The cluster.
    pub cluster: String,
    /// Who admits.
    pub by: String,
    /// For `pending`: four words that both sides show.
    pub words: String,
    /// What happens next, in words.
    pub message: String,
}

/// Why something about the cluster was not done: a code for programs, words, and what to do.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ClusterFailure {
    /// Such as `ticket_used`, `ticket_expired`, `wrong_cluster`, `unreachable`.
    pub code: String,
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// `POST /v1/tokens`; [`TokenRequest::read`] checks it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Its name for people.
    pub name: String,
    /// `reader`, `writer`, `operator`, `admin`.
    pub role: String,
    /// Seconds that it is good; for ever without.
    #[serde(default)]
    pub for_s: Option<u64>,
    /// Classes that it may ask for; all but control without.
    #[serde(default)]
    pub classes: Option<Vec<String>>,
    /// A VQL filter joined to each of its queries.
    #[serde(default)]
    pub filter: String,
}

/// A token as it is listed; the secret is shown once, when it is made.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct TokenStatus {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Classes.
    pub classes: Vec<String>,
    /// Filter.
    pub filter: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// Until when, RFC 3339.
    pub expires: Option<String>,
    /// When this node saw it last, RFC 3339.
    pub last_used: Option<String>,
    /// `good`, `expired`, `revoked`.
    pub state: String,
    /// The secret; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<String>,
}

/// Who asks, and what they may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// The token; nothing on loopback without tokens.
    pub token: Option<TokenId>,
    /// For the audit: the token's name, or `local`.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The limits.
    pub scope: Scope,
}

/// What of an answer is missing: one for each member that may hold what this node does not.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Missing {
    /// Its name.
    pub node: String,
    /// Events known to exist and not here; null when nobody knows.
    pub behind_events: Option<u64>,
    /// Seal time of the oldest missing block, RFC 3339.
    pub oldest_missing: Option<String>,
    /// When the node was heard last, RFC 3339.
    pub last_heard: Option<String>,
    /// Why.
    pub reason: String,
}
