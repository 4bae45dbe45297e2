//! What peers may send: the pulls under way, what is being filled in, and how much still has room.

use std::collections::BTreeMap;

use vigil_gossip::{Fault, Link, Part, Pull, PullId};
use vigil_model::limits::PULL_BYTES_MIN;
use vigil_model::{ClassSet, LogId};

use crate::input::Offer;
use crate::status::Received;

/// The room is told to have grown in steps of this share of all room: each time pulls are planned.
const ROOM_STEPS: u64 = 8;

/// A pull that the replication machine made, as far as it was answered.
#[derive(Debug)]
struct Pulling {
    link: Link,
    request: Pull,
    /// The lowest seq that may come next.
    next: u64,
    /// The first block of it that was dropped: headers that follow cannot be placed, and nobody is
    /// to blame for that.
    spoiled: Option<u64>,
    /// Something of it was dropped for want of room.
    crowded: bool,
}

/// What can be taken of peers now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
}

/// Why an offer of a pull is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not what was asked for.
    Fault(Fault),
    /// The pull is over, or an earlier block of it was dropped.
    Late,
}

/// What is known of the peers' deliveries.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pulls: BTreeMap<PullId, Pulling>,
    /// Bodies that are on their way to the disk, of blocks whose headers are there.
    filling: BTreeMap<(LogId, u64), ClassSet>,
    pub(crate) received: Received,
    /// What the replication machine was last told.
    room: Room,
}

impl Inbox {
    /// A pull was made; it is forgotten when it ends.
    pub(crate) fn pull(&mut self, link: Link, pull: PullId, request: Pull) {
        let next = request.from;
        let before = self.pulls.insert(pull, Pulling { link, request, next, spoiled: None, crowded: false });
        assert!(before.is_none(), "a pull has a name of its own");
    }

    /// A pull ended before `next`: the seq before which everything that it brought was taken, and
    /// whether something of it was dropped for want of room.
    pub(crate) fn pull_ended(&mut self, pull: PullId, next: u64) -> (u64, bool) {
        let Some(pulling) = self.pulls.remove(&pull) else { return (next, false) };
        (pulling.spoiled.map_or(next, |spoiled| spoiled.min(next)), pulling.crowded)
    }

    /// A block of a pull was dropped for want of room: the peer is not to blame.
    pub(crate) fn crowd(&mut self, offer: &Offer) {
        if let Some(pulling) = offer.pull.and_then(|pull| self.pulls.get_mut(&pull)) {
            pulling.crowded = true;
        }
    }

    pub(crate) fn disconnected(&mut self, link: Link) {
        self.pulls.retain(|_, pulling| pulling.link != link);
    }

    /// Whether an offer is what its pull asked for; the next one must come after it.
    pub(crate) fn expect(&mut self, offer: &Offer) -> Result<(), Unfit> {
        let Some(pull) = offer.pull else {
            // What is announced has a header.
            return offer.header.map(drop).ok_or(Unfit::Fault(Fault::Malformed));
        };
        let pulling = self.pulls.get_mut(&pull).filter(|pulling| pulling.link == offer.link).ok_or(Unfit::Late)?;
        pulling.check(offer)?;
        pulling.next = offer.seq + 1;
        let headers = pulling.request.part == Part::Blocks;
        if headers && pulling.spoiled.is_some() { Err(Unfit::Late) } else { Ok(()) }
    }

    /// A block of a pull was not taken: headers that follow it are dropped without a word, and the
    /// replication machine is told that the pull ended here.
    pub(crate) fn spoil(&mut self, offer: &Offer) {
        if let Some(pulling) = offer.pull.and_then(|pull| self.pulls.get_mut(&pull)) {
            let first = pulling.spoiled.unwrap_or(offer.seq);
            pulling.spoiled = Some(first.min(offer.seq));
        }
    }

    /// The bodies of a block that are on their way already.
    pub(crate) fn filling(&self, log: &LogId, seq: u64) -> ClassSet {
        self.filling.get(&(*log, seq)).copied().unwrap_or_default()
    }

    /// Bodies of a stored block are being checked.
    pub(crate) fn fill(&mut self, offer: &Offer) {
        let on_their_way = self.filling.entry((offer.log, offer.seq)).or_default();
        *on_their_way = on_their_way.union(offer.classes);
    }

    /// They are stored, or were dropped.
    pub(crate) fn filled(&mut self, offer: &Offer) {
        let at = (offer.log, offer.seq);
        let left = self.filling(&offer.log, offer.seq).without(offer.classes);
        if left.is_empty() {
            self.filling.remove(&at)
        } else {
            self.filling.insert(at, left)
        };
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        *self.received.faults.entry(fault).or_default() += 1;
    }

    /// What the replication machine is to be told of the room, if it is news: at once when it
    /// shrank, in steps when it grew, and always when there is enough again for a pull, or all.
    pub(crate) fn room_news(&mut self, room: Room, most: Room) -> Option<Room> {
        let told = self.room;
        let grew = |now: u64, told: u64, most: u64, least: u64| {
            now > told && (now - told >= most / ROOM_STEPS || now == most || (told < least && now >= least))
        };
        let more = grew(room.bytes, told.bytes, most.bytes, PULL_BYTES_MIN as u64)
            || grew(room.blocks, told.blocks, most.blocks, 1);
        let news = more || room.bytes < told.bytes || room.blocks < told.blocks;
        news.then(|| {
            self.room = room;
            room
        })
    }
}

impl Pulling {
    fn check(&self, offer: &Offer) -> Result<(), Unfit> {
        let asked = &self.request;
        let strange = offer.log != asked.log || !(asked.from..asked.until).contains(&offer.seq);
        if strange || !offer.classes.without(asked.classes).is_empty() {
            return Err(Unfit::Fault(Fault::Replay));
        }
        let (in_order, whole) = match asked.part {
            Part::Blocks => (offer.seq == self.next, offer.header.is_some()),
            Part::Bodies => (offer.seq >= self.next, offer.header.is_none() && !offer.classes.is_empty()),
        };
        if !whole {
            return Err(Unfit::Fault(Fault::Malformed));
        }
        if in_order { Ok(()) } else { Err(Unfit::Fault(Fault::Chain)) }
    }
}
