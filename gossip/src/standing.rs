//! How faults lower the standing of a peer, and what low standing costs it: never more than its
//! own link.

use vigil_model::{LogId, NodeId};

use crate::machine::Gossip;
use crate::peer::Standing;
use crate::types::{Deed, Fault, Goodbye, Link};

/// A peer with this score is not spoken to.
const SCORE_MAX: u32 = 32;
/// The score falls by one in this time.
const FORGIVE_MS: u64 = 30_000;
/// Faults of this weight make the whole link rest, not only the log that they are about.
const GRAVE: u32 = 4;

/// How much a fault weighs. What an honest node may do that has not heard yet of a fork or a
/// removal weighs little.
fn weight(fault: Fault) -> u32 {
    match fault {
        Fault::Signature | Fault::Cluster => 8,
        Fault::Root | Fault::Oversized | Fault::Malformed => 4,
        Fault::Chain | Fault::Replay | Fault::Member => 1,
    }
}

impl Standing {
    /// The score now.
    pub(crate) fn score(&self, now: u64) -> u32 {
        let forgiven = now.saturating_sub(self.score_at) / FORGIVE_MS;
        self.score.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }

    fn add(&mut self, fault: Fault, now: u64) {
        *self.faults.entry(fault).or_default() += 1;
        self.score = (self.score(now) + weight(fault)).min(2 * SCORE_MAX);
        self.score_at = now;
        if weight(fault) >= GRAVE {
            self.rests_until = now + (500 << (self.score / GRAVE).min(9));
        }
    }
}

impl Gossip {
    /// Whether a peer's standing is so low that no link to it is kept.
    pub(crate) fn outcast(&self, node: &NodeId, now: u64) -> bool {
        self.peers.get(node).is_some_and(|peer| peer.standing.score(now) >= SCORE_MAX)
    }

    pub(crate) fn refused(
        &mut self,
        link: Link,
        fault: Fault,
        at: Option<(LogId, u64)>,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        if let Some((log, seq)) = at {
            self.works.lost(&log, seq);
            self.want_all(&log);
        }
        let Some(node) = self.links.get(&link).copied() else { return };
        let number = at.and_then(|(log, _)| self.logs.number(&log));
        let peer = self.peers.get_mut(&node).expect("a link has its peer");
        peer.standing.add(fault, now);
        if let Some((log, seq)) = at {
            let holding = match number {
                Some(number) => Some(peer.holding_mut(number)),
                None => peer.line.as_mut().and_then(|line| line.claims.get_mut(&log)),
            };
            if let Some(holding) = holding {
                holding.fails(now);
            }
            if fault == Fault::Chain {
                self.chain_broken(node, log, seq, now, deeds);
            }
        }
        if self.outcast(&node, now) {
            deeds.push(Deed::HangUp { link, why: Goodbye::Faults });
        }
        self.plan_all(now, deeds);
    }
}
