//! What happens by the clock: a round on each link, changes told soon, patience that ends.

use vigil_model::NodeId;
use vigil_model::limits::LINK_CLAIMS_MAX;

use crate::machine::Gossip;
use crate::message::Message;
use crate::peer::Line;
use crate::types::{Deed, Goodbye};

/// Rounds after which two frontiers that should agree are told anew; doubled each time, up to here.
const DIFFERING_MIN: u32 = 4;
const DIFFERING_MAX: u32 = 64;

impl Gossip {
    pub(crate) fn wake(&mut self, now: u64, deeds: &mut Vec<Deed>) {
        for node in self.linked() {
            let line = self.peers[&node].line.as_ref().expect("a link has its peer");
            let (soon, round) = (line.soon_at.is_some_and(|at| at <= now), line.round_at <= now);
            if round {
                self.round(node, now, deeds);
            } else if soon {
                self.tell_changes(node, deeds);
            }
        }
    }

    pub(crate) fn sync_now(&mut self, now: u64, deeds: &mut Vec<Deed>) {
        for node in self.linked() {
            self.round(node, now, deeds);
        }
    }

    /// One round on one link.
    fn round(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        let (interval, silence) = (self.config.frontier_ms.max(1), self.config.silence_ms);
        let peer = self.peers.get_mut(&node).expect("only linked peers have rounds");
        let heard = peer.last_heard.unwrap_or(now);
        let line = peer.line.as_mut().expect("only linked peers have rounds");
        line.round_at = now + interval;
        // Whatever was to be told sooner is told now, or not before the link is up.
        line.soon_at = None;
        if now.saturating_sub(heard) > silence {
            deeds.push(Deed::HangUp { link: line.link, why: Goodbye::Silent });
            return;
        }
        if !line.up() {
            return;
        }
        line.asked_names.clear();
        if line.waits_until.is_some_and(|until| until <= now) {
            // The peer was to tell first and did not: it hears us instead.
            self.tell_from_start(node, now, deeds);
        }
        self.tell_changes(node, deeds);
        self.tell_digest(node, deeds);
        self.audit(node, now, deeds);
        self.lose_patience(node, now);
        self.plan(node, now, deeds);
    }

    fn tell_digest(&mut self, node: NodeId, deeds: &mut Vec<Deed>) {
        let digest = self.logs.refresh();
        let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("only linked peers are told");
        let told_all = line.dirty.is_empty() && line.telling.is_none() && line.waits_until.is_none();
        let news = told_all && line.told != digest;
        let message = if news { Message::Digest(digest) } else { Message::Same };
        if Gossip::send(line, message, deeds) && news {
            line.told = digest;
        }
        if told_all && line.unsure && line.heard == digest {
            self.agree(node);
        }
        let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("only linked peers are told");
        let settled = told_all && line.settled();
        let differs = settled && line.heard != digest;
        line.differing = if differs { (line.differing + 1).min(2 * DIFFERING_MAX) } else { 0 };
        let again = line.overflowed && line.claims.len() < LINK_CLAIMS_MAX / 2;
        let differing = line.differing >= DIFFERING_MIN
            && (line.differing.is_power_of_two() || line.differing.is_multiple_of(DIFFERING_MAX));
        if again || differing {
            Gossip::send(line, Message::Resend, deeds);
        }
    }

    /// What pulls should have brought long ago is asked for anew, of others first.
    fn lose_patience(&mut self, node: NodeId, now: u64) {
        let before = now.saturating_sub(self.config.stall_ms);
        for log in self.works.stalled(before) {
            self.want_all(&log);
        }
        let peer = self.peers.get_mut(&node).expect("only linked peers have rounds");
        let mut line = peer.line.take().expect("only linked peers have rounds");
        for (id, pull) in line.pulls.iter_mut().filter(|(_, pull)| !pull.late && pull.since < before) {
            if self.works.progress_at(&pull.request.log) >= before {
                continue;
            }
            pull.late = true;
            self.works.broken(*id, &pull.request);
            let holding = match self.logs.number(&pull.request.log) {
                Some(number) => Some(peer.holding_mut(number)),
                None => line.claims.get_mut(&pull.request.log),
            };
            if let Some(holding) = holding {
                holding.fails(now);
            }
        }
        peer.line = Some(line);
    }
}

impl Line {
    /// Nothing is wanted from the peer and nothing under way.
    fn settled(&self) -> bool {
        let quiet = self.behind.is_empty() && self.pulls.is_empty();
        quiet && !self.hearing && self.searches.is_empty() && self.doubts.is_empty()
    }
}
