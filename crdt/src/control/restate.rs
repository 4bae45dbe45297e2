//! Which denials should this node say again, so that nobody misses them?
//!
//! A removal ends its target's log at a position, and nobody takes blocks beyond it. When two
//! members remove each other, each part of the cluster would therefore never hear of the other
//! removal. So a few members state each removal in logs of their own, which go on; and whoever
//! knows a revocation only from a part of a log that does not count states it, too.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::REMOVAL_WITNESSES;
use vigil_model::{Hash, LogId, NodeId};

use super::fold::Control;
use super::resolve::{Removal, lowest, within_denials};
use super::{MemberState, Op, TokenId};

const RANK_DOMAIN: &str = "vigil removal witness v1";

impl Control {
    /// Operations for `me` to author as they are, without asking [`Control::admissible`]. Empty
    /// for who is no member, and once they are inserted.
    pub fn restate(&self, me: &NodeId) -> Vec<Op> {
        if !self.active(me) {
            return Vec::new();
        }
        let mine = self.removals_by(me);
        let removals = self.resolved().removals.iter();
        let unsaid = removals.filter(|(node, removal)| mine.get(*node) != Some(&removal.positions));
        let wanted = unsaid.filter(|(node, _)| self.is_witness(me, node));
        wanted.map(|(node, removal)| removal_op(node, removal)).chain(self.unsaid_revocations()).collect()
    }

    /// What counting records of `author` say of removals.
    fn removals_by(&self, author: &NodeId) -> BTreeMap<NodeId, Vec<(LogId, u64)>> {
        let mut said: BTreeMap<NodeId, Vec<(LogId, u64)>> = BTreeMap::new();
        for ((place, _), record) in &self.records {
            if place.log.node != *author || !within_denials(self, self.resolved(), place) {
                continue;
            }
            if let Op::Remove { node, positions, .. } = &record.op {
                let known = said.get(node).map_or(&positions[..], |known| known);
                said.insert(*node, lowest(known, positions));
            }
        }
        said
    }

    /// Whether `me` is among the members that state the removal of `node`.
    fn is_witness(&self, me: &NodeId, node: &NodeId) -> bool {
        let rank = |member: &NodeId| Hash::of(RANK_DOMAIN, &[node.0, member.0].concat());
        let mine = rank(me);
        let active = self.members().values().filter(|member| member.state == MemberState::Active);
        active.filter(|member| rank(&member.node) < mine).count() < REMOVAL_WITNESSES
    }

    fn unsaid_revocations(&self) -> impl Iterator<Item = Op> {
        let mut unsaid: BTreeSet<TokenId> = self.resolved().revoked.clone();
        for ((place, _), record) in &self.records {
            if let Op::RevokeToken { id } = &record.op
                && self.members().contains_key(&place.log.node)
                && within_denials(self, self.resolved(), place)
            {
                unsaid.remove(id);
            }
        }
        unsaid.into_iter().map(|id| Op::RevokeToken { id })
    }
}

fn removal_op(node: &NodeId, removal: &Removal) -> Op {
    Op::Remove { node: *node, positions: removal.positions.clone(), reason: removal.reason.clone() }
}
