//! Who is dialled when: every member without a link, again and again, ever more slowly, for ever.
//!
//! No clock and no network: times are milliseconds that the caller counts.

use std::collections::BTreeMap;

use vigil_model::NodeId;
use vigil_model::limits::MEMBER_ADDRESSES_MAX;

/// The first wait after a failure.
const WAIT_MS_MIN: u64 = 500;
/// The longest wait: a peer that comes back is seen within a minute even when it cannot dial us.
const WAIT_MS_MAX: u64 = 60_000;
/// A link that held so long wipes out earlier failures.
const STEADY_MS: u64 = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Waiting { due: u64 },
    Dialling,
    Linked { since: u64 },
}

struct Peer {
    addresses: Vec<String>,
    found: Vec<String>,
    failures: u32,
    state: State,
}

/// The members and when each is dialled.
#[derive(Default)]
pub(crate) struct Dialler {
    peers: BTreeMap<NodeId, Peer>,
    /// Whether members without an address are tried too: a relay may lead there, or others know.
    seeks: bool,
}

impl Dialler {
    pub(crate) fn new(seeks: bool) -> Dialler {
        Dialler { peers: BTreeMap::new(), seeks }
    }

    /// Who is a member and where. Newcomers and those with new addresses are dialled now.
    pub(crate) fn set(&mut self, members: &BTreeMap<NodeId, Vec<String>>, now: u64) {
        self.peers.retain(|node, _| members.contains_key(node));
        for (node, addresses) in members {
            let peer = self.peers.entry(*node).or_insert_with(|| Peer {
                addresses: Vec::new(),
                found: Vec::new(),
                failures: 0,
                state: State::Waiting { due: now },
            });
            let wanted: Vec<String> = addresses.iter().take(MEMBER_ADDRESSES_MAX).cloned().collect();
            if peer.addresses != wanted {
                peer.addresses = wanted;
                peer.hurry(now);
            }
        }
    }

    /// An address of a member was found on the network.
    pub(crate) fn found(&mut self, node: &NodeId, address: String, now: u64) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        if peer.addresses.contains(&address) || peer.found.contains(&address) {
            return;
        }
        if peer.found.len() >= MEMBER_ADDRESSES_MAX {
            peer.found.remove(0);
        }
        peer.found.push(address);
        peer.hurry(now);
    }

    /// Whose turn it is, with all their addresses. They count as being dialled from here.
    pub(crate) fn due(&mut self, now: u64) -> Vec<(NodeId, Vec<String>)> {
        let mut due = Vec::new();
        for (node, peer) in &mut self.peers {
            if matches!(peer.state, State::Waiting { due } if due <= now) && (self.seeks || peer.reachable()) {
                peer.state = State::Dialling;
                due.push((*node, peer.addresses.iter().chain(&peer.found).cloned().collect()));
            }
        }
        due
    }

    /// When to ask [`Dialler::due`] again.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        let due = |peer: &Peer| match peer.state {
            State::Waiting { due } if self.seeks || peer.reachable() => Some(due),
            _ => None,
        };
        self.peers.values().filter_map(due).min()
    }

    /// Whether the last attempt led nowhere: then other ways are tried as well.
    pub(crate) fn has_failed(&self, node: &NodeId) -> bool {
        self.peers.get(node).is_some_and(|peer| peer.failures > 0)
    }

    /// A link to the peer is open, whoever dialled.
    pub(crate) fn linked(&mut self, node: &NodeId, now: u64) {
        if let Some(peer) = self.peers.get_mut(node)
            && !matches!(peer.state, State::Linked { .. })
        {
            peer.state = State::Linked { since: now };
        }
    }

    /// The link is gone. `jitter` is any number; it keeps two peers from dialling in step.
    pub(crate) fn unlinked(&mut self, node: &NodeId, now: u64, jitter: u64) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        let State::Linked { since } = peer.state else { return };
        if now.saturating_sub(since) >= STEADY_MS {
            peer.failures = 0;
        }
        peer.wait(now, jitter);
    }

    /// Dialling led nowhere. A link that came up meanwhile stays.
    pub(crate) fn failed(&mut self, node: &NodeId, now: u64, jitter: u64) {
        if let Some(peer) = self.peers.get_mut(node)
            && peer.state == State::Dialling
        {
            peer.wait(now, jitter);
        }
    }
}

impl Peer {
    fn reachable(&self) -> bool {
        !self.addresses.is_empty() || !self.found.is_empty()
    }

    fn hurry(&mut self, now: u64) {
        if let State::Waiting { due } = &mut self.state {
            *due = now.min(*due);
            self.failures = 0;
        }
    }

    /// Doubles each time, and is spread over the upper half of the wait.
    fn wait(&mut self, now: u64, jitter: u64) {
        let wait = (WAIT_MS_MIN << self.failures.min(16)).min(WAIT_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { due: now + wait / 2 + jitter % (wait / 2 + 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: NodeId = NodeId([7; 32]);

    fn members(addresses: &[&str]) -> BTreeMap<NodeId, Vec<String>> {
        BTreeMap::from([(PEER, addresses.iter().map(|address| address.to_string()).collect())])
    }

    #[test]
    fn a_dead_member_is_dialled_for_ever_but_ever_more_slowly() {
        let mut dialler = Dialler::default();
        dialler.set(&members(&["a:1"]), 0);
        let (mut now, mut waits) = (0, Vec::new());
        for round in 0..200 {
            assert_eq!(dialler.due(now), [(PEER, vec!["a:1".into()])]);
            assert!(dialler.due(now).is_empty(), "not twice at once");
            dialler.failed(&PEER, now, round * 7_919);
            let due = dialler.wake_at().expect("for ever");
            waits.push(due - now);
            now = due;
        }
        assert!((250..=500).contains(&waits[0]));
        assert!(waits[20..].iter().all(|wait| (30_000..=60_000).contains(wait)));
    }

    #[test]
    fn a_link_stops_dialling_and_its_end_starts_it_again() {
        let mut dialler = Dialler::default();
        dialler.set(&members(&["a:1"]), 0);
        dialler.due(0);
        for _ in 0..8 {
            dialler.failed(&PEER, 0, 0);
            dialler.due(u64::MAX / 2);
        }
        dialler.linked(&PEER, 100);
        dialler.failed(&PEER, 101, 0);
        assert_eq!(dialler.wake_at(), None, "the failure of a second dial does not matter");
        dialler.unlinked(&PEER, 100 + STEADY_MS, 0);
        assert_eq!(dialler.wake_at(), Some(100 + STEADY_MS + WAIT_MS_MIN / 2), "a steady link forgives");
    }

    #[test]
    fn a_flapping_link_does_not_reset_the_wait() {
        let mut dialler = Dialler::default();
        dialler.set(&members(&["a:1"]), 0);
        let mut waits = Vec::new();
        for _ in 0..5 {
            dialler.linked(&PEER, 0);
            dialler.unlinked(&PEER, 10, 0);
            waits.push(dialler.wake_at().expect("it is dialled again"));
        }
        assert!(waits.is_sorted_by(|a, b| a < b), "{waits:?}");
    }

    #[test]
    fn news_hurry() {
        let mut dialler = Dialler::default();
        dialler.set(&members(&[]), 0);
        assert!(dialler.due(0).is_empty() && dialler.wake_at().is_none(), "nowhere to dial");
        dialler.found(&PEER, "b:2".into(), 5);
        assert_eq!(dialler.due(5), [(PEER, vec!["b:2".into()])]);
        for _ in 0..9 {
            dialler.failed(&PEER, 5, 0);
            dialler.due(u64::MAX / 2);
        }
        dialler.failed(&PEER, 10, 0);
        dialler.set(&members(&["c:3"]), 20);
        assert_eq!(dialler.due(20), [(PEER, vec!["c:3".into(), "b:2".into()])]);
        dialler.set(&BTreeMap::new(), 30);
        assert_eq!(dialler.wake_at(), None, "who is no member is not dialled");
        dialler.found(&PEER, "d:4".into(), 40);
        assert_eq!(dialler.wake_at(), None);
    }

    #[test]
    fn found_addresses_are_few() {
        let mut dialler = Dialler::default();
        dialler.set(&members(&[]), 0);
        for number in 0..100 {
            dialler.found(&PEER, format!("x:{number}"), 0);
        }
        assert_eq!(dialler.due(0)[0].1.len(), MEMBER_ADDRESSES_MAX);
    }
}
