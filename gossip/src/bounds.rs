//! Whether every buffer of the machine keeps its maximum: for tests and simulations.

use vigil_model::limits::{
    GAPS_TOLD_MAX, LINK_CLAIMS_MAX, LINK_CREDIT_BYTES_MAX, LINK_LOOKUPS_MAX, LINK_PULLS_MAX, LINK_QUEUE_BYTES_MAX,
    LINK_SEARCHES_MAX, LINK_SERVES_MAX, PEERS_MAX, SERVES_MAX,
};

use crate::hear::WHO_MAX;
use crate::machine::Gossip;
use crate::peer::{DOUBTS_MAX, Holding, Line, Peer};

impl Gossip {
    /// Panics when a buffer is beyond its maximum or two parts of the state contradict each other.
    /// Looks at everything: for tests and simulations.
    pub fn check_limits(&self) {
        assert!(self.peers.len() <= PEERS_MAX + self.links.len(), "peers");
        assert!(self.serves <= SERVES_MAX, "answers under way");
        let lines = || self.peers.values().filter_map(|peer| peer.line.as_ref());
        assert_eq!(self.serves, lines().map(|line| line.serves.len()).sum::<usize>(), "answers are counted once");
        assert_eq!(lines().count(), self.links.len(), "each link has its peer");
        for (link, node) in &self.links {
            assert!(self.peers[node].line.as_ref().is_some_and(|line| line.link == *link), "each link has its peer");
        }
        assert!(self.lookups.waiting() <= LINK_LOOKUPS_MAX * self.links.len(), "headers looked up");
        self.peers.values().for_each(|peer| self.check_peer(peer));
    }

    fn check_peer(&self, peer: &Peer) {
        assert!(peer.holdings.len() <= self.logs.len(), "what a peer holds of logs that are here");
        peer.holdings.iter().for_each(check_holding);
        assert!(peer.former.len() <= 8 && peer.standing.faults.len() <= 8, "what is remembered of a peer");
        let Some(line) = &peer.line else { return };
        check_line(line);
        assert!(line.dirty.len() <= self.logs.len(), "what is to be told");
        let wanted = self.logs.len() + line.claims.len();
        assert!(line.behind.len() <= wanted && line.fillable.len() <= wanted, "what is wanted");
    }
}

fn check_line(line: &Line) {
    assert!(line.queued <= LINK_QUEUE_BYTES_MAX, "bytes given to a link");
    assert!(line.pulls.len() <= LINK_PULLS_MAX, "pulls");
    assert!(line.credit_with_late() <= LINK_CREDIT_BYTES_MAX as u64, "byte credit");
    assert!(line.serves.len() <= LINK_SERVES_MAX, "answers");
    assert!(line.claims.len() <= LINK_CLAIMS_MAX, "claims");
    line.claims.values().for_each(check_holding);
    assert!(line.searches.len() <= LINK_SEARCHES_MAX, "searches");
    assert!(line.doubts.len() <= DOUBTS_MAX, "doubts");
    assert!(line.lookups <= LINK_LOOKUPS_MAX, "headers looked up");
    assert!(line.asked_names.len() <= WHO_MAX, "names asked for");
}

fn check_holding(holding: &Holding) {
    let gaps = holding.gaps.iter().flat_map(|gaps| &gaps.0);
    gaps.for_each(|(_, ranges)| assert!(ranges.len() <= GAPS_TOLD_MAX, "gaps"));
}
