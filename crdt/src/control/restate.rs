//! Which denials should this node say again, so that nobody misses them?
//!
//! A removal ends its target's log at a position, and nobody takes blocks beyond it. When two
//! members remove each other, each part of the cluster would therefore never hear of the other
//! removal. So some members state each removal in logs of their own, which go on; and whoever
//! knows a denial only from a part of a log that does not count states it, too.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::REMOVAL_WITNESSES;
use vigil_model::{Hash, LogId, NodeId};

use super::fold::Control;
use super::resolve::{Removal, lowest};
use super::{Op, TokenId};
use crate::replica::ForkProof;

const RANK_DOMAIN: &str = "vigil removal witness v1";

/// What counting records say.
#[derive(Default)]
struct Said {
    removals: Positions,
    removals_by_me: Positions,
    revoked: BTreeSet<TokenId>,
    forks: BTreeMap<LogId, u64>,
}

type Positions = BTreeMap<NodeId, Vec<(LogId, u64)>>;

impl Control {
    /// Operations for `me` to author as they are, without asking [`Control::admissible`]; asked
    /// after each change. Empty for who is no member, and once they are inserted.
    pub fn restate(&self, me: &NodeId) -> Vec<Op> {
        if !self.active(me) {
            return Vec::new();
        }
        let said = self.said(me);
        let removals = self.rights().removals.iter().filter(|(node, removal)| {
            let unsaid = |said: &Positions| said.get(*node) != Some(&removal.positions);
            unsaid(&said.removals) || (unsaid(&said.removals_by_me) && self.is_witness(me, node))
        });
        let removals = removals.map(|(node, removal)| removal_op(node, removal));
        let revoked = self.rights().revoked.difference(&said.revoked).map(|id| Op::RevokeToken { id: *id });
        let forks = self.forks().filter(|proof| said.forks.get(&proof.log()) != Some(&proof.seq())).map(fork_op);
        removals.chain(revoked).chain(forks).collect()
    }

    fn said(&self, me: &NodeId) -> Said {
        let mut said = Said::default();
        for ((place, _), record) in self.records.iter().filter(|((place, _), _)| self.counts(place)) {
            match &record.op {
                Op::Remove { node, positions, .. } => {
                    join(&mut said.removals, node, positions);
                    if place.log.node == *me {
                        join(&mut said.removals_by_me, node, positions);
                    }
                }
                Op::RevokeToken { id } => {
                    said.revoked.insert(*id);
                }
                Op::Fork { lower, .. } => {
                    let seq = said.forks.entry(lower.header.log).or_insert(lower.header.seq);
                    *seq = lower.header.seq.min(*seq);
                }
                _ => {}
            }
        }
        said
    }

    /// Whether `me` is among the members that state the removal of `node`.
    fn is_witness(&self, me: &NodeId, node: &NodeId) -> bool {
        let rank = |member: &NodeId| Hash::of(RANK_DOMAIN, &[node.0, member.0].concat());
        let mine = rank(me);
        self.active_members().filter(|member| rank(member) < mine).count() < REMOVAL_WITNESSES
    }
}

fn join(said: &mut Positions, node: &NodeId, positions: &[(LogId, u64)]) {
    let joined = lowest(said.get(node).map_or(positions, |known| known), positions);
    said.insert(*node, joined);
}

fn removal_op(node: &NodeId, removal: &Removal) -> Op {
    Op::Remove { node: *node, positions: removal.positions.clone(), reason: removal.reason.clone() }
}

fn fork_op(proof: &ForkProof) -> Op {
    let [lower, upper] = proof.headers();
    Op::Fork { lower: Box::new(lower.clone()), upper: Box::new(upper.clone()) }
}
