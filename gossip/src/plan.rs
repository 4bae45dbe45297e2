//! What is asked of whom: headers and what everyone replicates first, then bodies by interest,
//! from all peers at once, within the byte credit of each link and the room of the node.

use std::collections::BTreeSet;
use std::ops::Range;

use vigil_model::limits::{LINK_CREDIT_BYTES_MAX, LINK_PULLS_MAX, PULL_BLOCKS_MAX, PULL_BYTES_MAX, PULL_BYTES_MIN};
use vigil_model::{ClassSet, LogId, NodeId};

use crate::logs::Held;
use crate::machine::Gossip;
use crate::peer::{Holding, Line, Peer, Pulling};
use crate::ranges::subtract;
use crate::types::{Deed, End, Link, Part, Pull, PullId};

/// Behind by so few blocks, headers and bodies come together.
const NEAR_BLOCKS: u64 = 64;
/// Bytes that a block near the head takes, for the credit of a pull: enough for most.
const NEAR_BLOCK_BYTES: u64 = 64 * 1024;
/// Blocks that one pull may ask for even when it leaves the others less than half of the room.
const SHARE_BLOCKS: u64 = 32;
/// Logs looked at for one pull; the search goes on from there at the next occasion.
const LOOKED_AT_MAX: usize = 128;

impl Gossip {
    /// The classes followed here of the logs of `author`.
    pub(crate) fn follows(&self, author: &NodeId) -> ClassSet {
        self.config.interest.follows(&self.config.me, author)
    }

    /// Whether blocks of a log may be asked for: of known authors. This node is one: what others
    /// hold of it was lost here, or is written by a twin, and the block itself proves that.
    pub(crate) fn pullable(&self, log: &LogId) -> bool {
        self.authors.contains(&log.node)
    }

    /// Blocks that are here or on their way, and the number that counts.
    fn reached(&self, log: &LogId) -> (u64, u64) {
        let held = self.logs.find(log);
        let stored = held.map_or(0, Held::stored);
        let bound = held.map_or(u64::MAX, |held| held.bound.blocks());
        (self.works.reached(log).max(stored), bound)
    }

    /// Notes whether a peer has something of a log that is wanted here.
    pub(crate) fn want(&mut self, node: NodeId, log: &LogId) {
        let (reached, bound) = self.reached(log);
        let pullable = self.pullable(log);
        let follows = self.follows(&log.node);
        let number = self.logs.number(log);
        let peer = self.peers.get_mut(&node).expect("only peers are asked");
        let lacks = number.is_some_and(|number| self.logs.get(number).lacks(follows.common(peer.follows(&log.node))));
        let theirs = peer.has(number, log);
        let Some(line) = &mut peer.line else { return };
        put(&mut line.behind, log, pullable && theirs.min(bound) > reached);
        put(&mut line.fillable, log, pullable && lacks && theirs > 0);
    }

    /// [`Gossip::want`] for every link.
    pub(crate) fn want_all(&mut self, log: &LogId) {
        self.linked().into_iter().for_each(|node| self.want(node, log));
    }

    /// Asks every link for what it can bring.
    pub(crate) fn plan_all(&mut self, now: u64, deeds: &mut Vec<Deed>) {
        self.linked().into_iter().for_each(|node| self.plan(node, now, deeds));
    }

    /// Asks a peer for what it can bring, within all limits.
    pub(crate) fn plan(&mut self, node: NodeId, now: u64, deeds: &mut Vec<Deed>) {
        while let Some(pull) = self.next_pull_of(node, now) {
            let id = self.next_pull();
            self.works.begin(id, &pull, now);
            let line = self.peers.get_mut(&node).and_then(|peer| peer.line.as_mut()).expect("it was planned for");
            line.cursor = pull.log;
            line.pulls.insert(id, Pulling { request: pull.clone(), since: now, late: false, crowded: false });
            assert!(line.pulls.len() <= LINK_PULLS_MAX, "pulls of a link are bounded");
            deeds.push(Deed::Pull { link: line.link, pull: id, request: pull });
        }
    }

    fn next_pull_of(&mut self, node: NodeId, now: u64) -> Option<Pull> {
        let peer = self.peers.get(&node)?;
        let line = peer.up()?;
        let resting = peer.standing.rests_until > now || line.busy_until > now;
        if self.stopped || resting || line.pulls.len() >= LINK_PULLS_MAX {
            return None;
        }
        if line.behind.is_empty() && line.fillable.is_empty() {
            return None;
        }
        let credit = self.credit(line);
        let blocks = self.block_credit();
        if credit < PULL_BYTES_MIN as u64 || blocks == 0 {
            self.cramped = true;
            return None;
        }
        let rotated = |logs: &BTreeSet<LogId>| -> Vec<LogId> {
            logs.range(line.cursor..).chain(logs.range(..line.cursor)).take(LOOKED_AT_MAX).copied().collect()
        };
        let mut pull = rotated(&line.behind).iter().find_map(|log| self.blocks_of(peer, log, now));
        if pull.is_none() {
            pull = rotated(&line.fillable).iter().find_map(|log| self.bodies_of(peer, log, now));
        }
        let pull = pull?;
        let until = pull.until.min(pull.from.saturating_add(blocks));
        Some(Pull { until, bytes: pull.bytes.min(u32::try_from(credit).unwrap_or(u32::MAX)), ..pull })
    }

    /// Bytes that may still be asked of a link: what the room leaves, and never so much of it that
    /// one slow peer takes all.
    fn credit(&self, line: &Line) -> u64 {
        let lines = || self.peers.values().filter_map(Peer::up);
        let used: u64 = lines().map(Line::credit).sum();
        let share = if self.links.len() > 1 { (self.room / 2).max(PULL_BYTES_MAX as u64) } else { u64::MAX };
        let mine = share.min(LINK_CREDIT_BYTES_MAX as u64).saturating_sub(line.credit_with_late());
        self.room.saturating_sub(used).min(mine)
    }

    /// Blocks that one more pull may ask for: of what the room leaves no more than half, save the
    /// last few, so that small blocks of one log do not keep the others waiting.
    fn block_credit(&self) -> u64 {
        let used: u64 = self.peers.values().filter_map(Peer::up).map(Line::blocks_asked).sum();
        let left = self.room_blocks.saturating_sub(used);
        (left / 2).max(left.min(SHARE_BLOCKS))
    }

    /// The next headers of a log from a peer; with all bodies when few blocks are missing.
    fn blocks_of(&self, peer: &Peer, log: &LogId, now: u64) -> Option<Pull> {
        let holding = peer.holding_of(self.logs.number(log), log)?;
        if self.works.heading(log) || holding.resting(now) {
            return None;
        }
        let (from, bound) = self.reached(log);
        let until = holding.blocks.min(bound);
        let blocks = until.checked_sub(from).filter(|blocks| *blocks > 0)?;
        let near = blocks <= NEAR_BLOCKS;
        let classes = if near { self.follows(&log.node) } else { ClassSet::ALWAYS };
        let bytes = if near { (blocks * NEAR_BLOCK_BYTES).min(PULL_BYTES_MAX as u64) } else { PULL_BYTES_MAX as u64 };
        let until = from + blocks.min(PULL_BLOCKS_MAX);
        Some(Pull { log: *log, from, until, part: Part::Blocks, classes, bytes: bytes as u32 })
    }

    /// The next bodies of a log from a peer.
    fn bodies_of(&self, peer: &Peer, log: &LogId, now: u64) -> Option<Pull> {
        let number = self.logs.number(log)?;
        let holding = peer.holding(number).filter(|holding| !holding.resting(now))?;
        let held = self.logs.get(number);
        let followed = self.follows(&log.node).common(peer.follows(&log.node));
        let first = [followed.common(ClassSet::ALWAYS), followed.without(ClassSet::ALWAYS)];
        let (seqs, classes) = first.into_iter().find_map(|classes| self.fill(held, holding, classes))?;
        let until = seqs.end.min(seqs.start + self.works.chunk(log));
        let bytes = ((until - seqs.start) * 2 * NEAR_BLOCK_BYTES).min(PULL_BYTES_MAX as u64) as u32;
        Some(Pull { log: *log, from: seqs.start, until, part: Part::Bodies, classes, bytes })
    }

    /// The lowest seqs of which bodies of `classes` are missing, not on their way, and held there;
    /// and the classes of which all of these are.
    fn fill(&self, held: &Held, holding: &Holding, classes: ClassSet) -> Option<(Range<u64>, ClassSet)> {
        let needed = |class| {
            let missing = subtract(&held.missing(class), &self.works.filling(&held.log, class));
            (class, holding.has(class, &missing))
        };
        let needed: Vec<_> = classes.iter().map(needed).collect();
        let start = needed.iter().filter_map(|(_, seqs)| seqs.first()).map(|seqs| seqs.start).min()?;
        let starts = needed.iter().filter_map(|(_, seqs)| seqs.first()).map(|seqs| seqs.start);
        let next = starts.filter(|other| *other > start).min().unwrap_or(u64::MAX);
        let at = |seqs: &&Range<u64>| seqs.start == start;
        let here = || needed.iter().filter_map(|(class, seqs)| Some((*class, seqs.first().filter(at)?)));
        let end = here().map(|(_, seqs)| seqs.end).min().unwrap_or(start).min(next);
        Some((start..end, here().map(|(class, _)| class).collect()))
    }

    pub(crate) fn pull_ended(&mut self, link: Link, id: PullId, next: u64, end: End, now: u64, deeds: &mut Vec<Deed>) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        let Some(pulling) = line.pulls.remove(&id) else { return };
        let pull = pulling.request;
        let next = next.clamp(pull.from, pull.until);
        let number = self.logs.number(&pull.log);
        let peer = self.peer_of(link).expect("seen above");
        let node = peer.node;
        if !pulling.crowded {
            peer.judge_end(number, &pull, next, end, now);
        }
        self.works.ended(id, &pull, next, end, now);
        self.want_all(&pull.log);
        self.plan(node, now, deeds);
        self.plan_all(now, deeds);
    }

    pub(crate) fn withdrawn(&mut self, log: &LogId, now: u64, deeds: &mut Vec<Deed>) {
        self.works.lost(log, 0);
        self.want_all(log);
        self.plan_all(now, deeds);
    }

    pub(crate) fn crowded(&mut self, link: Link, pull: PullId) {
        let line = self.peer_of(link).and_then(|peer| peer.line.as_mut());
        if let Some(pulling) = line.and_then(|line| line.pulls.get_mut(&pull)) {
            pulling.crowded = true;
        }
    }

    pub(crate) fn room(&mut self, bytes: u64, blocks: u64, now: u64, deeds: &mut Vec<Deed>) {
        let more = bytes > self.room || blocks > self.room_blocks;
        (self.room, self.room_blocks) = (bytes, blocks);
        if more && std::mem::take(&mut self.cramped) {
            self.plan_all(now, deeds);
        }
    }

    pub(crate) fn authors(&mut self, authors: BTreeSet<NodeId>, now: u64, deeds: &mut Vec<Deed>) {
        if self.authors == authors {
            return;
        }
        self.authors = authors;
        for node in self.linked() {
            let claims = self.peers[&node].line.iter().flat_map(|line| line.claims.keys().copied());
            let logs: Vec<LogId> = self.logs.iter().map(|(_, held)| held.log).chain(claims).collect();
            logs.iter().for_each(|log| self.want(node, log));
        }
        self.plan_all(now, deeds);
    }
}

impl Peer {
    /// What it holds of a log, known here or not.
    pub(crate) fn holding_of(&self, number: Option<u32>, log: &LogId) -> Option<&Holding> {
        match number {
            Some(number) => self.holding(number),
            None => self.line.as_ref()?.claims.get(log),
        }
    }

    /// The blocks that it has of a log, as far as it said.
    fn has(&self, number: Option<u32>, log: &LogId) -> u64 {
        self.holding_of(number, log).filter(|holding| holding.known).map_or(0, |holding| holding.blocks)
    }

    /// Draws the lesson from how a pull ended.
    fn judge_end(&mut self, number: Option<u32>, pull: &Pull, next: u64, end: End, now: u64) {
        let line = self.line.as_mut().expect("the pull was on it");
        if end == End::Busy {
            line.busy_times = (line.busy_times + 1).min(6);
            line.busy_until = now + (250 << line.busy_times);
            return;
        }
        line.busy_times = 0;
        let holding = match number {
            Some(number) => Some(self.holding_mut(number)),
            None => line.claims.get_mut(&pull.log),
        };
        let Some(holding) = holding else { return };
        let short = next < pull.until && end != End::Credit;
        if short || next == pull.from {
            holding.fails(now);
        } else {
            holding.barren = None;
        }
    }
}

fn put(set: &mut BTreeSet<LogId>, log: &LogId, inside: bool) {
    if inside {
        set.insert(*log);
    } else {
        set.remove(log);
    }
}
