//! What is known of one peer: what it holds, how its link does, how well it behaved.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use vigil_model::limits::LINK_QUEUE_BYTES_MAX;
use vigil_model::{Class, ClassSet, Hash, LogId, NodeId};

use crate::audit::Search;
use crate::config::Interest;
use crate::entry::Gaps;
use crate::logs::Number;
use crate::names::Names;
use crate::ranges::{Ranges, subtract};
use crate::types::{Fault, Link, Pull, PullId, ServeId};

/// Places of one link that wait to be compared.
pub(crate) const DOUBTS_MAX: usize = 64;

/// What a peer holds of one log, as it said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    /// Blocks.
    pub blocks: u64,
    /// It said something of this log on this link; else it is not known.
    pub known: bool,
    /// Blocks of ours that were sent to it with all their bodies.
    pub given: u64,
    /// It was named in full on this link, by either side.
    pub named: bool,
    /// Of what it follows it does not hold this.
    pub gaps: Option<Box<Gaps>>,
    /// It did not bring what it claims to hold: nothing is asked of this log until then.
    pub barren: Option<Box<Barren>>,
}

/// How long nothing is asked of one log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Barren {
    pub until: u64,
    pub times: u32,
}

impl Holding {
    /// Which of `seqs` it holds, of a class that it follows.
    pub(crate) fn has(&self, class: Class, seqs: &[Range<u64>]) -> Ranges {
        let held = crate::ranges::clip(seqs, 0..self.blocks);
        match &self.gaps {
            Some(gaps) => subtract(&held, gaps.of(class)),
            None => held,
        }
    }

    pub(crate) fn resting(&self, now: u64) -> bool {
        self.barren.as_ref().is_some_and(|barren| barren.until > now)
    }

    /// It brought nothing of what it claims: each time it is left alone for longer.
    pub(crate) fn fails(&mut self, now: u64) {
        let times = self.barren.as_ref().map_or(0, |barren| barren.times).min(8) + 1;
        self.barren = Some(Box::new(Barren { until: now + (500 << times), times }));
    }
}

/// A pull under way.
#[derive(Clone, Debug)]
pub(crate) struct Pulling {
    pub request: Pull,
    pub since: u64,
    /// It takes too long: others may be asked for the same, and it holds no room.
    pub late: bool,
    /// The node dropped something of it for want of room.
    pub crowded: bool,
}

/// The state of a link.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub link: Link,
    /// What this side greeted with: digest and blocks.
    pub greeted: (Hash, u64),
    pub nonce: [u8; 16],
    /// Short names, once both have greeted.
    pub names: Option<Names>,
    /// Logs that changed and were not told here yet.
    pub dirty: BTreeSet<Number>,
    /// When some of the dirty ones are told before the round.
    pub soon_at: Option<u64>,
    pub round_at: u64,
    /// The digest that was told last.
    pub told: Hash,
    /// The digest that was heard last.
    pub heard: Hash,
    /// Rounds since both should agree and do not.
    pub differing: u32,
    /// The peer tells its whole frontier first; until then nothing is told.
    pub waits_until: Option<u64>,
    /// A whole frontier is being told: the short name to go on from.
    pub telling: Option<u32>,
    /// The peer's whole frontier was heard first: the changes that follow are the whole answer.
    pub replies: bool,
    /// Of some logs it is not known what the peer holds.
    pub unsure: bool,
    /// A whole frontier is being heard.
    pub hearing: bool,
    /// When the peer's whole frontier began to be heard last.
    pub whole_at: Option<u64>,
    /// When the whole frontier was told last.
    pub resent_at: Option<u64>,
    /// Logs of which nothing is here, with what the peer has of them.
    pub claims: BTreeMap<LogId, Holding>,
    /// There were more claims than may be kept.
    pub overflowed: bool,
    /// Short names asked for already, until the next round.
    pub asked_names: BTreeSet<u32>,
    /// Logs of which the peer has blocks that are not here and not asked for.
    pub behind: BTreeSet<LogId>,
    /// Logs of which bodies are missing here that the peer may hold.
    pub fillable: BTreeSet<LogId>,
    /// Where the search through these went on last.
    pub cursor: LogId,
    pub pulls: BTreeMap<PullId, Pulling>,
    pub serves: BTreeSet<ServeId>,
    pub busy_until: u64,
    pub busy_times: u32,
    /// Searches for a first difference.
    pub searches: BTreeMap<LogId, Search>,
    /// Places that are to be compared, oldest first, with the peer's hash (keyed, short).
    pub doubts: VecDeque<(LogId, u64, u64)>,
    pub lookups: usize,
    pub audit_at: u64,
    pub audit_next: Number,
    /// Bytes given to the link that have not left.
    pub queued: usize,
}

impl Line {
    pub(crate) fn new(link: Link, nonce: [u8; 16], greeted: (Hash, u64), now: u64) -> Line {
        Line {
            link,
            greeted,
            nonce,
            names: None,
            dirty: BTreeSet::new(),
            soon_at: None,
            round_at: now,
            told: greeted.0,
            heard: Hash::ZERO,
            differing: 0,
            waits_until: None,
            telling: None,
            replies: false,
            unsure: true,
            hearing: false,
            whole_at: None,
            resent_at: None,
            claims: BTreeMap::new(),
            overflowed: false,
            asked_names: BTreeSet::new(),
            behind: BTreeSet::new(),
            fillable: BTreeSet::new(),
            cursor: LogId::default(),
            pulls: BTreeMap::new(),
            serves: BTreeSet::new(),
            busy_until: 0,
            busy_times: 0,
            searches: BTreeMap::new(),
            doubts: VecDeque::new(),
            lookups: 0,
            audit_at: now,
            audit_next: 0,
            queued: 0,
        }
    }

    /// Whether `bytes` more may be given to the link.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        self.queued + bytes <= LINK_QUEUE_BYTES_MAX
    }

    /// Byte credit of the pulls under way that are not late.
    pub(crate) fn credit(&self) -> u64 {
        self.pulls.values().filter(|pull| !pull.late).map(|pull| u64::from(pull.request.bytes)).sum()
    }

    /// Byte credit of all pulls under way.
    pub(crate) fn credit_with_late(&self) -> u64 {
        self.pulls.values().map(|pull| u64::from(pull.request.bytes)).sum()
    }

    /// Blocks asked for by the pulls under way that are not late.
    pub(crate) fn blocks_asked(&self) -> u64 {
        let seqs = self.pulls.values().filter(|pull| !pull.late).map(|pull| &pull.request);
        seqs.map(|request| request.until - request.from).sum()
    }

    /// Both sides have greeted.
    pub(crate) fn up(&self) -> bool {
        self.names.is_some()
    }

    /// Notes a place that is to be compared; the oldest doubts fall out.
    pub(crate) fn doubt(&mut self, log: LogId, seq: u64, hash: u64) {
        if self.doubts.len() >= DOUBTS_MAX {
            self.doubts.pop_front();
        }
        self.doubts.push_back((log, seq, hash));
    }

    /// Tells dirty logs at `at` at the latest.
    pub(crate) fn soon(&mut self, at: u64) {
        self.soon_at = Some(self.soon_at.map_or(at, |soon| soon.min(at)));
    }
}

/// How well a peer behaved; outlives its links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Weight of its faults; falls with time.
    pub score: u32,
    pub score_at: u64,
    /// Nothing is pulled from it until then.
    pub rests_until: u64,
    pub faults: BTreeMap<Fault, u64>,
}

/// A peer, linked or not.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub node: NodeId,
    pub line: Option<Line>,
    pub interest: Interest,
    pub version: String,
    pub log: Option<LogId>,
    pub instance: Option<u64>,
    /// Instances that a later one replaced, newest last.
    pub former: VecDeque<u64>,
    /// What it holds, by number of the log; shorter than the table when nothing was said of the rest.
    pub holdings: Vec<Holding>,
    pub standing: Standing,
    pub last_heard: Option<u64>,
}

impl Peer {
    pub(crate) fn new(node: NodeId) -> Peer {
        Peer {
            node,
            line: None,
            interest: Interest::ALL,
            version: String::new(),
            log: None,
            instance: None,
            former: VecDeque::new(),
            holdings: Vec::new(),
            standing: Standing::default(),
            last_heard: None,
        }
    }

    /// What it holds of a log of the table.
    pub(crate) fn holding(&self, number: Number) -> Option<&Holding> {
        self.holdings.get(number as usize)
    }

    /// The same, to be changed.
    pub(crate) fn holding_mut(&mut self, number: Number) -> &mut Holding {
        let needed = number as usize + 1;
        if self.holdings.len() < needed {
            self.holdings.resize_with(needed, Holding::default);
        }
        &mut self.holdings[number as usize]
    }

    /// The classes that it holds of the logs of `author`.
    pub(crate) fn follows(&self, author: &NodeId) -> ClassSet {
        self.interest.follows(&self.node, author)
    }

    /// The link, once both have greeted.
    pub(crate) fn up(&self) -> Option<&Line> {
        self.line.as_ref().filter(|line| line.up())
    }
}
