//! What people see of peers: rows of `vigil peers`, what an answer may miss, why nothing moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use vigil_api::{ClusterStatus, ForkStatus, LogEnd, LogLag, Missing, PeerStatus};
use vigil_crdt::LogStore;
use vigil_crdt::control::{Member, MemberState};
use vigil_gossip::{Interest, Lag, Progress};
use vigil_gossip_libp2p::Transport;
use vigil_model::{BlockRef, Class, LogId, NodeId, Timestamp};

use super::clock;
use super::identity::Identity;
use super::join::Pending;
use super::link_board::{LinkBoard, Seen};
use super::members::Members;
use super::peers::Peer;
use super::shared::Shared;

/// The state of a peer without a link.
pub(super) const OFFLINE: &str = "offline";
/// Logs that are looked at for the oldest block that is missing.
const LAGGING_MAX: usize = 16;

/// What rows are made of.
pub(super) struct PeerRows {
    pub(super) identity: Arc<Identity>,
    pub(super) members: Arc<Members>,
    pub(super) shared: Arc<Shared>,
    pub(super) board: Arc<LinkBoard>,
    pub(super) store: Arc<dyn LogStore>,
    /// The peer port.
    pub(super) listen: SocketAddr,
    /// What is fetched of others.
    pub(super) interest: Interest,
    /// What moved over the links.
    pub(super) transport: Transport,
}

/// How a peer stands, in one word, and why.
pub(super) struct Standing {
    state: &'static str,
    reason: String,
    /// Whether it may hold what this node does not.
    incomplete: bool,
}

/// What the machine says, in words.
fn standing(peer: Option<&Peer>, seen: &Seen) -> Standing {
    let told = |state, reason: &str, incomplete| Standing { state, reason: reason.to_owned(), incomplete };
    let Some(peer) = peer else { return offline(seen) };
    match peer.view.progress {
        Progress::NotLinked => offline(seen),
        Progress::InStep => told("in step", "", false),
        Progress::NotFollowed => told("in step", "what differs is not followed here", false),
        Progress::Bounded => told("in step", "what differs lies behind the end of a forked or removed log", false),
        Progress::PeerBehind => told("behind", "it lacks what this node has, and fetches it", false),
        Progress::LinkSlow => told("behind", "what is sent to it does not leave: the link is slow", false),
        Progress::Pulling => told("catching up", "blocks are on their way", true),
        Progress::AskedElsewhere => told("catching up", "what is missing is being asked of other peers", true),
        Progress::Auditing => told("catching up", "two chains of a log are being compared", true),
        Progress::Greeting => told("connecting", "it has not told yet what it holds", true),
        Progress::WaitingForRoom => {
            told("catching up", "this node takes no more now: its queues, its disk or its index are full", true)
        }
        Progress::PeerBusy { .. } => told("catching up", "the peer is busy; it is asked again", true),
        Progress::NotBrought { .. } => {
            told("catching up", "it did not bring what it said it has; it is asked again", true)
        }
        Progress::Faulted { .. } => {
            told("catching up", "it broke the protocol; nothing is asked of it for a while", true)
        }
        Progress::AuthorUnknown => {
            told("catching up", "it has logs of nodes that are not known as members here yet", true)
        }
    }
}

fn offline(seen: &Seen) -> Standing {
    let reason = if seen.failure.is_empty() { "no connection yet" } else { &seen.failure };
    Standing { state: OFFLINE, reason: reason.to_owned(), incomplete: true }
}

impl PeerRows {
    /// Every member, this node first, then those who wait.
    pub(super) fn peers(&self, pending: &[Pending]) -> Vec<PeerStatus> {
        let me = self.identity.log.node;
        let members = self.members.picture();
        let mut rows: Vec<PeerStatus> = members.members().values().map(|member| self.row(member)).collect();
        rows.sort_by_key(|row| (row.node != me.to_string(), row.state == "removed", row.name.clone()));
        rows.extend(pending.iter().map(pending_row));
        rows
    }

    fn row(&self, member: &Member) -> PeerStatus {
        let base = PeerStatus {
            node: member.node.to_string(),
            name: self.members.name(&member.node),
            profile: member.profile.name().to_owned(),
            addresses: member.addresses.clone(),
            since: Some(member.since.to_string()),
            behind_exact: true,
            ..PeerStatus::default()
        };
        match &member.state {
            MemberState::Removed { at, by, .. } => PeerStatus {
                state: "removed".to_owned(),
                reason: format!("removed on {at} by {}", self.members.name(by)),
                ..base
            },
            MemberState::Active if member.node == self.identity.log.node => {
                let version = env!("CARGO_PKG_VERSION").to_owned();
                PeerStatus { state: "this node".to_owned(), version, ..base }
            }
            MemberState::Active => self.peer_row(member, base),
        }
    }

    fn peer_row(&self, member: &Member, base: PeerStatus) -> PeerStatus {
        let picture = self.shared.peers.picture();
        let (peer, seen) = (picture.peers.get(&member.node), self.board.seen(&member.node));
        let Standing { state, reason, .. } = standing(peer, &seen);
        let moved = peer.and_then(|peer| self.transport.stats(peer.view.link?)).unwrap_or_default();
        let linked = PeerStatus {
            state: state.to_owned(),
            reason,
            rtt_ms: seen.rtt_us.map(|micros| micros as f64 / 1_000.0),
            path: seen.path,
            received_bytes: moved.received,
            sent_bytes: moved.sent,
            ..base
        };
        let Some(peer) = peer else { return PeerStatus { behind_exact: false, ..linked } };
        let (behind, ahead) = (peer.view.behind, peer.view.ahead);
        PeerStatus {
            behind_events: Some(self.events(behind)),
            behind_blocks: Some(behind.blocks + behind.bodies),
            behind_exact: behind == Lag::default(),
            ahead_events: Some(self.events(ahead)),
            ahead_blocks: Some(ahead.blocks + ahead.bodies),
            oldest_missing: self.oldest_missing(peer).map(|at| at.to_string()),
            last_heard: peer.heard.map(|at| at.to_string()),
            last_heard_ms: peer.heard.map(|at| clock::now().millis().abs_diff(at.millis())),
            version: peer.view.version.clone(),
            eta_s: self.eta(behind),
            faults: peer
                .view
                .faults
                .iter()
                .map(|(fault, count)| (format!("{fault:?}").to_lowercase(), *count))
                .collect(),
            ..linked
        }
    }

    /// Seconds until nothing is missing, at the pace of the last moments.
    fn eta(&self, behind: Lag) -> Option<u64> {
        let blocks = behind.blocks.max(behind.bodies);
        let pace = self.shared.pace.blocks_per_second();
        (blocks > 0 && pace > 0.0).then(|| (blocks as f64 / pace).ceil() as u64)
    }

    /// About so many events: blocks of the average size that is held here.
    fn events(&self, lag: Lag) -> u64 {
        let stats = self.store.stats();
        let blocks = lag.blocks.max(lag.bodies);
        if blocks == 0 || stats.blocks == 0 {
            return blocks;
        }
        (blocks as f64 * (stats.records as f64 / stats.blocks as f64).max(1.0)).round() as u64
    }

    /// When the first block that is missing here was sealed: not before the last one that is here.
    fn oldest_missing(&self, peer: &Peer) -> Option<Timestamp> {
        let ended = |log: &LogId| {
            let head = self.store.log_head(log)?;
            let number = head.number;
            let gaps = head.missing.iter().flatten().map(|gap| gap.start);
            let seq = gaps.min().unwrap_or(head.seq);
            let header = self.store.header(BlockRef { log: number, seq }).ok()??;
            Some(Timestamp::from_millis(header.header.sealed.millis() as i64))
        };
        peer.lagging.iter().take(LAGGING_MAX).filter_map(ended).min()
    }

    /// Peers that are linked now.
    pub(super) fn connected(&self) -> usize {
        self.shared.peers.picture().peers.values().filter(|peer| peer.view.link.is_some()).count()
    }

    /// The longest round trip to a peer that is linked now.
    pub(super) fn longest_round_trip(&self) -> Duration {
        let picture = self.shared.peers.picture();
        let micros = picture.peers.keys().filter_map(|node| self.board.seen(node).rtt_us).max();
        Duration::from_micros(micros.unwrap_or(0))
    }

    /// What an answer about `class` given now may be missing.
    pub(super) fn missing_for(&self, class: Class) -> Vec<Missing> {
        let mut missing = self.missing(None);
        let members = self.members.picture();
        let not_followed = members.members().values().filter(|member| {
            let (me, other) = (&self.identity.log.node, &member.node);
            me != other && !self.interest.follows(me, other).has(class)
        });
        missing.extend(not_followed.map(|member| Missing {
            node: self.members.name(&member.node),
            reason: format!("not followed: this node does not fetch its {class} (peers.classes, peers.nodes, edge)"),
            ..Missing::default()
        }));
        missing
    }

    /// What an answer given now may be missing; of one peer only when that is asked.
    pub(super) fn missing(&self, only: Option<&NodeId>) -> Vec<Missing> {
        let (members, picture) = (self.members.picture(), self.shared.peers.picture());
        let others = members.members().values().filter(|member| {
            member.state == MemberState::Active
                && member.node != self.identity.log.node
                && only.is_none_or(|only| *only == member.node)
        });
        others.filter_map(|member| self.missing_of(&member.node, picture.peers.get(&member.node))).collect()
    }

    fn missing_of(&self, node: &NodeId, peer: Option<&Peer>) -> Option<Missing> {
        let Standing { state, reason, incomplete } = standing(peer, &self.board.seen(node));
        incomplete.then(|| Missing {
            node: self.members.name(node),
            behind_events: peer.filter(|_| state != OFFLINE).map(|peer| self.events(peer.view.behind)),
            oldest_missing: peer.and_then(|peer| self.oldest_missing(peer)).map(|at| at.to_string()),
            last_heard: peer.and_then(|peer| peer.heard).map(|at| at.to_string()),
            reason: format!("{state}: {reason}"),
        })
    }

    /// Log by log, what is different between this node and a peer.
    pub(super) fn lag(&self, peer: &NodeId, theirs: &std::collections::BTreeMap<LogId, u64>) -> Vec<LogLag> {
        let heads = self.store.log_heads();
        let mut logs: Vec<LogId> = heads.iter().map(|head| head.log).chain(theirs.keys().copied()).collect();
        logs.sort_unstable();
        logs.dedup();
        let picture = self.shared.peers.picture();
        let stands = standing(picture.peers.get(peer), &self.board.seen(peer));
        let row = |log: LogId| {
            let head = heads.iter().find(|head| head.log == log);
            let ours = head.map_or(0, |head| head.seq + 1);
            let missing = head.map_or(0, |head| head.missing.iter().flatten().map(|gap| gap.end - gap.start).sum());
            LogLag {
                author: self.members.name(&log.node),
                log: log.to_string(),
                ours,
                theirs: theirs.get(&log).copied(),
                missing_bodies: missing,
                explanation: explain(ours, theirs.get(&log).copied(), missing, &stands),
            }
        };
        let differs = |row: &LogLag| row.missing_bodies > 0 || row.theirs.is_some_and(|theirs| theirs != row.ours);
        logs.into_iter().map(row).filter(differs).collect()
    }

    /// The replica as a whole.
    pub(super) fn cluster(&self, full: bool) -> ClusterStatus {
        let members = self.members.picture();
        let picture = self.shared.peers.picture();
        ClusterStatus {
            cluster: self.identity.home.cluster.to_string(),
            node: self.identity.log.node.to_string(),
            name: self.members.name(&self.identity.log.node),
            members: members.active_members().count(),
            connected: self.connected(),
            frontier: picture.frontier.to_hex(),
            logs: if full { self.log_ends() } else { Vec::new() },
            forks: members.forks().map(|fork| self.fork(fork)).collect(),
            listen: self.listen.to_string(),
            fenced: self.shared.fenced.lock().clone(),
        }
    }

    fn log_ends(&self) -> Vec<LogEnd> {
        let members = self.members.picture();
        let state = |log: &LogId| {
            let frozen = members.fork(log).is_some();
            let member = members.member(&log.node);
            match (frozen, member.map(|member| &member.state)) {
                (true, _) => "frozen",
                (false, Some(MemberState::Active)) => "open",
                (false, _) => "ended",
            }
        };
        let end = |head: vigil_crdt::LogHead| LogEnd {
            log: head.log.to_string(),
            author: self.members.name(&head.log.node),
            blocks: head.seq + 1,
            hash: head.hash.to_hex(),
            state: state(&head.log).to_owned(),
        };
        self.store.log_heads().into_iter().map(end).collect()
    }

    fn fork(&self, fork: &vigil_crdt::replica::ForkProof) -> ForkStatus {
        ForkStatus {
            log: fork.log().to_string(),
            author: self.members.name(&fork.log().node),
            seq: fork.seq(),
            hashes: fork.headers().map(|header| header.hash.to_hex()),
        }
    }
}

fn explain(ours: u64, theirs: Option<u64>, missing: u64, standing: &Standing) -> String {
    match theirs {
        Some(theirs) if theirs > ours => format!("{} blocks to fetch; {}", theirs - ours, standing.reason),
        Some(theirs) if theirs < ours => format!("it lacks {} blocks and fetches them from us", ours - theirs),
        _ if missing > 0 => format!("{missing} bodies to fetch; {}", standing.reason),
        _ => standing.reason.clone(),
    }
}

fn pending_row(pending: &Pending) -> PeerStatus {
    PeerStatus {
        node: pending.node.to_string(),
        name: pending.name.clone(),
        state: "pending".to_owned(),
        reason: "waits for approval: compare the four words, then approve or reject".to_owned(),
        path: pending.address.clone(),
        version: pending.software.clone(),
        words: pending.words.clone(),
        since: Some(pending.since.to_string()),
        ..PeerStatus::default()
    }
}
