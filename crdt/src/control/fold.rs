//! What is known of membership and access, given the control records so far?
//!
//! Records are a set; the answers are a function of it, worked out at the first question after a
//! change. Rights ([`super::resolve`]) and what people are shown ([`super::describe`]) are apart: a
//! new address or name, which a member may write at any rate, leaves the rights as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use vigil_model::{ClusterId, Hash, LogId, NodeId, Records};

use super::describe::{Description, describe};
use super::form;
use super::resolve::{Rights, claims, counts, resolve};
use super::{Adopted, CLUSTER_DOMAIN, ControlRecord, Member, Op, Place, Token, TokenId, write};
use crate::replica::ForkProof;

const RECORD_DOMAIN: &str = "vigil control record v1";

/// Where a record stands and what it says: two branches of a forked log may say different things
/// at one place, and both are kept.
pub(super) type Key = (Place, Hash);

/// The set of control records of one cluster, and what follows from it.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) cluster: ClusterId,
    pub(super) founder: Option<NodeId>,
    pub(super) records: BTreeMap<Key, ControlRecord>,
    /// The proof of the lowest fork of each log, whoever its author is.
    pub(super) forks: BTreeMap<LogId, ForkProof>,
    /// Logs that some admission calls logs of the time before.
    claimed: BTreeSet<LogId>,
    rights: OnceLock<Rights>,
    description: OnceLock<Description>,
}

impl Control {
    /// Knows the cluster's id and nothing else.
    pub fn new(cluster: ClusterId) -> Control {
        Control {
            cluster,
            founder: None,
            records: BTreeMap::new(),
            forks: BTreeMap::new(),
            claimed: BTreeSet::new(),
            rights: OnceLock::new(),
            description: OnceLock::new(),
        }
    }

    /// The id of the cluster that `founder` founds.
    pub fn cluster_of(founder: &NodeId) -> ClusterId {
        ClusterId(Hash::of(CLUSTER_DOMAIN, &founder.0).0)
    }

    /// The cluster.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// Shows a key to the fold, which knows the founder when it sees it; whether it is the founder.
    ///
    /// The founder is known by itself from its first record. A node that has no record yet shows
    /// its own key, or that which it was told when it joined.
    pub fn introduce(&mut self, node: &NodeId) -> bool {
        if self.founder.is_none() && Control::cluster_of(node) == self.cluster {
            self.founder = Some(*node);
            self.forget(true);
        }
        self.founder == Some(*node)
    }

    /// The founder, once its key was seen.
    pub fn founder(&self) -> Option<NodeId> {
        self.founder
    }

    /// Takes in a record of a verified block; whether it was new. Any order, any number of times.
    ///
    /// The caller gives records of blocks whose header names this cluster: an adopted log's own
    /// control records belong to its old cluster. A record that breaks the format is left out, as
    /// is a fork that its headers do not prove.
    pub fn insert(&mut self, place: Place, record: ControlRecord) -> bool {
        let Some(hash) = record_hash(&record) else { return false };
        if self.records.contains_key(&(place, hash)) {
            return false;
        }
        if let Op::Fork { lower, upper } = &record.op {
            let Ok(proof) = ForkProof::new((**lower).clone(), (**upper).clone()) else { return false };
            self.keep_lowest(proof);
        }
        self.introduce(&place.log.node);
        self.forget(self.touches_rights(&place, &record.op));
        self.claimed.extend(claims(&record).iter().map(|claim| claim.log));
        self.records.insert((place, hash), record);
        true
    }

    /// A name, an address or a new token gives nobody another right over the log, unless it shows
    /// that a log thought to be of the time before is of this cluster.
    fn touches_rights(&self, place: &Place, op: &Op) -> bool {
        match op {
            Op::Rename { .. } | Op::Addresses { .. } | Op::CreateToken { .. } => self.claimed.contains(&place.log),
            Op::Admit { .. } | Op::Remove { .. } | Op::RevokeToken { .. } | Op::Fork { .. } => true,
        }
    }

    fn forget(&mut self, rights: bool) {
        self.description.take();
        if rights {
            self.rights.take();
        }
    }

    fn keep_lowest(&mut self, proof: ForkProof) {
        let known = self.forks.entry(proof.log()).or_insert_with(|| proof.clone());
        if proof.rank() < known.rank() {
            *known = proof;
        }
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn rights(&self) -> &Rights {
        self.rights.get_or_init(|| resolve(self))
    }

    pub(super) fn description(&self) -> &Description {
        self.description.get_or_init(|| describe(self, self.rights()))
    }

    /// All that are or were members, by key.
    pub fn members(&self) -> &BTreeMap<NodeId, Member> {
        &self.description().members
    }

    /// One of them.
    pub fn member(&self, node: &NodeId) -> Option<&Member> {
        self.members().get(node)
    }

    /// Whether it is a member now.
    pub fn active(&self, node: &NodeId) -> bool {
        self.rights().members.contains_key(node) && !self.rights().removals.contains_key(node)
    }

    /// The members of now, without what people call them: cheap after every record.
    pub fn active_members(&self) -> impl Iterator<Item = &NodeId> {
        let removals = &self.rights().removals;
        self.rights().members.keys().filter(|node| !removals.contains_key(*node))
    }

    /// The nodes whose logs may be held: members, and those that were.
    pub fn authors(&self) -> BTreeSet<NodeId> {
        self.rights().members.keys().copied().collect()
    }

    /// How many blocks of a log count: `None` when it is open, `Some(0)` when its author is unknown.
    /// Forks are apart: see [`Control::fork`].
    pub fn bound(&self, log: &LogId) -> Option<u64> {
        if !self.rights().members.contains_key(&log.node) {
            return Some(0);
        }
        let adopted = self.adopted(log).map(|adopted| adopted.seq.saturating_add(1));
        let ended = self.rights().removals.get(&log.node).map(|removal| position(&removal.positions, log));
        adopted.into_iter().chain(ended).min()
    }

    /// The cluster that a log's headers name: that of the time before for an adopted log, nothing
    /// when its author is unknown.
    pub fn log_cluster(&self, log: &LogId) -> Option<ClusterId> {
        self.rights().members.get(&log.node)?;
        Some(self.adopted(log).map_or(self.cluster, |adopted| adopted.cluster))
    }

    /// What an admission says of a log of the time before.
    pub fn adopted(&self, log: &LogId) -> Option<&Adopted> {
        let adopted = &self.rights().members.get(&log.node)?.adopted;
        let at = adopted.binary_search_by_key(log, |adopted| adopted.log).ok()?;
        Some(&adopted[at])
    }

    /// The proof of the lowest fork of a log of someone who is or was a member.
    pub fn fork(&self, log: &LogId) -> Option<&ForkProof> {
        self.rights().members.get(&log.node).and_then(|_| self.forks.get(log))
    }

    /// All of them, by log.
    pub fn forks(&self) -> impl Iterator<Item = &ForkProof> {
        let members = &self.rights().members;
        self.forks.iter().filter(|(log, _)| members.contains_key(&log.node)).map(|(_, proof)| proof)
    }

    pub(super) fn counts(&self, place: &Place) -> bool {
        counts(self, self.rights(), place)
    }

    /// All tokens, good or not, by id.
    pub fn tokens(&self) -> &BTreeMap<TokenId, Token> {
        &self.description().tokens
    }

    /// The token whose secret has this hash; see [`Token::good_at`].
    pub fn token_by_hash(&self, hash: &Hash) -> Option<&Token> {
        self.tokens().get(&TokenId::of(hash)).filter(|token| token.hash == *hash)
    }

    /// What a record written now has seen ([`ControlRecord::seen`]).
    pub fn heads(&self) -> Vec<(LogId, u64)> {
        self.description().heads.clone()
    }
}

/// The number of blocks that count of `log`; none when it is not named.
pub(super) fn position(positions: &[(LogId, u64)], log: &LogId) -> u64 {
    positions.binary_search_by_key(log, |entry| entry.0).map_or(0, |at| positions[at].1)
}

/// The hash of a record's canonical bytes; `None` when it breaks the format.
fn record_hash(record: &ControlRecord) -> Option<Hash> {
    form::check(record).ok()?;
    let mut bytes = Records::new();
    write(record, &mut bytes).ok()?;
    Some(Hash::of(RECORD_DOMAIN, bytes.bytes()))
}
