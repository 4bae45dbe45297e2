//! Blocks between sealing, or receiving, and the disk: prepared in any order, released strictly by
//! ticket.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use vigil_crdt::control::Entry;
use vigil_model::{BodyDigest, SignedHeader};

use crate::input::{Checked, Offer, Ticket};
use crate::logs::Place;
use crate::seal::Part;

/// Bytes that a peer's block counts for beyond its bodies: its header, and what we know of it.
const OFFER_BYTES: u64 = 1_024;

/// What a ticket stands for.
#[derive(Debug)]
pub(crate) enum Work {
    /// What gathered here.
    Own(Vec<Part>),
    /// What a peer sent; only bodies when it is a fill.
    Peer { offer: Offer, fill: bool },
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    Working,
    Hashed(Vec<BodyDigest>),
    Checked(Box<SignedHeader>),
    Writing(Box<Place>),
}

/// A block that is not settled.
#[derive(Debug)]
struct Block {
    work: Work,
    stage: Stage,
    control: Vec<Entry>,
}

/// A block that is prepared, and whose turn it is.
#[derive(Debug)]
pub(crate) enum Ready<'a> {
    Own(&'a [Part], &'a [BodyDigest]),
    Peer(&'a Offer, bool, &'a SignedHeader),
}

/// A block that the writer wrote.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) work: Work,
    pub(crate) place: Place,
}

/// A block that the writer wrote, but that may not have reached the disk.
#[derive(Debug)]
pub(crate) struct Written {
    ticket: Ticket,
    pub(crate) place: Box<Place>,
    pub(crate) control: Vec<Entry>,
}

/// All blocks in flight, by ticket.
#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    last: Ticket,
    /// The last ticket that went to the writer; those before it went there too, or were dropped.
    released: Ticket,
    blocks: BTreeMap<Ticket, Block>,
    /// Written but not synced, in order.
    unsynced: VecDeque<Written>,
    peer_blocks: usize,
    peer_bytes: u64,
}

impl Pipeline {
    /// Our own blocks not yet written.
    pub(crate) fn own_blocks(&self) -> usize {
        self.blocks.len() - self.peer_blocks
    }

    /// Peers' blocks not yet written.
    pub(crate) fn peer_blocks(&self) -> usize {
        self.peer_blocks
    }

    /// Bytes of these, and of their headers.
    pub(crate) fn peer_bytes(&self) -> u64 {
        self.peer_bytes
    }

    /// Blocks written but not synced.
    pub(crate) fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// Whether everything that entered is durable, withdrawn or dropped.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.unsynced.is_empty()
    }

    /// A new block enters; its ticket was never used before.
    pub(crate) fn enter(&mut self, work: Work) -> Ticket {
        match &work {
            Work::Own(parts) => assert!(!parts.is_empty(), "an empty block is never sealed"),
            Work::Peer { offer, .. } => {
                self.peer_blocks += 1;
                self.peer_bytes += cost(offer);
            }
        }
        self.last = Ticket(self.last.0 + 1);
        self.blocks.insert(self.last, Block { work, stage: Stage::Working, control: Vec::new() });
        self.last
    }

    /// A worker hashed it. A ticket that was withdrawn is no longer here, and that is fine.
    pub(crate) fn hashed(&mut self, ticket: Ticket, bodies: Vec<BodyDigest>, control: Vec<Entry>) {
        let Some(block) = self.working(ticket) else { return };
        let Work::Own(parts) = &block.work else { panic!("{ticket:?} is to be checked, not hashed") };
        assert_bodies(parts, &bodies);
        block.stage = Stage::Hashed(bodies);
        block.control = control;
    }

    /// A worker found it sound; see [`Pipeline::hashed`].
    pub(crate) fn checked(&mut self, ticket: Ticket, checked: Checked) {
        let Some(block) = self.working(ticket) else { return };
        let Work::Peer { offer, .. } = &block.work else { panic!("{ticket:?} is to be hashed, not checked") };
        let header = &checked.header.header;
        assert_eq!((header.log, header.seq), (offer.log, offer.seq), "the header is that of the offer");
        block.stage = Stage::Checked(checked.header);
        block.control = checked.control;
    }

    fn working(&mut self, ticket: Ticket) -> Option<&mut Block> {
        assert!(ticket <= self.last, "only a ticket that was given out is worked on");
        let block = self.blocks.get_mut(&ticket)?;
        assert!(matches!(block.stage, Stage::Working), "a block is prepared once");
        Some(block)
    }

    /// The next block to be given its place, if it is prepared and all before it have theirs.
    pub(crate) fn next_ready(&self) -> Option<(Ticket, Ready<'_>)> {
        let (ticket, block) = self.blocks.range((Bound::Excluded(self.released), Bound::Unbounded)).next()?;
        let ready = match (&block.work, &block.stage) {
            (Work::Own(parts), Stage::Hashed(bodies)) => Ready::Own(parts, bodies),
            (Work::Peer { offer, fill }, Stage::Checked(header)) => Ready::Peer(offer, *fill, header),
            (_, Stage::Working) => return None,
            (work, stage) => panic!("{ticket:?} is {work:?} in {stage:?}, though {:?} is released", self.released),
        };
        Some((*ticket, ready))
    }

    /// The block goes to the writer at this place.
    pub(crate) fn release(&mut self, ticket: Ticket, place: Place) {
        let block = self.blocks.get_mut(&ticket).expect("only a block in flight is released");
        let prepared = matches!(block.stage, Stage::Hashed(_) | Stage::Checked(_));
        assert!(prepared, "a block is released once, after it is prepared");
        assert!(ticket > self.released, "blocks are released by rising ticket");
        block.stage = Stage::Writing(Box::new(place));
        self.released = ticket;
    }

    /// Takes out a peer's block that is not with the writer: it is not wanted, or bad. Answers its
    /// offer and header, as far as it is known; nothing when it was withdrawn before.
    pub(crate) fn drop_peer(&mut self, ticket: Ticket) -> Option<(Offer, bool, Option<Box<SignedHeader>>)> {
        let block = self.blocks.remove(&ticket)?;
        let header = match block.stage {
            Stage::Working => None,
            Stage::Checked(header) => Some(header),
            stage => panic!("{ticket:?} is {stage:?}: too late to drop it"),
        };
        let Work::Peer { offer, fill } = block.work else { panic!("our own {ticket:?} is never dropped") };
        self.forget_peer(&offer);
        Some((offer, fill, header))
    }

    fn forget_peer(&mut self, offer: &Offer) {
        self.peer_blocks -= 1;
        self.peer_bytes -= cost(offer);
    }

    /// Takes out the next block up to `ticket` that the writer has written.
    pub(crate) fn settle(&mut self, ticket: Ticket) -> Option<Settled> {
        let entry = self.blocks.first_entry().filter(|entry| *entry.key() <= ticket)?;
        let (ticket, block) = entry.remove_entry();
        let Stage::Writing(place) = block.stage else { panic!("the writer wrote {ticket:?}, which it was not given") };
        if let Work::Peer { offer, .. } = &block.work {
            self.forget_peer(offer);
        }
        self.unsynced.push_back(Written { ticket, place: place.clone(), control: block.control });
        Some(Settled { work: block.work, place: *place })
    }

    /// Takes out the next block that a sync up to `ticket` made durable.
    pub(crate) fn synced(&mut self, ticket: Ticket) -> Option<Written> {
        let durable = self.unsynced.front().is_some_and(|block| block.ticket <= ticket);
        durable.then(|| self.unsynced.pop_front()).flatten()
    }

    /// Whether the writer may fail at this ticket: it was given it, and nobody withdrew it.
    pub(crate) fn is_writing(&self, ticket: Ticket) -> bool {
        self.blocks.get(&ticket).is_some_and(|block| matches!(block.stage, Stage::Writing(_)))
    }

    /// Takes out every block from `ticket` on, in order.
    pub(crate) fn withdraw(&mut self, ticket: Ticket) -> Vec<Work> {
        let withdrawn: Vec<Work> = self.blocks.split_off(&ticket).into_values().map(|block| block.work).collect();
        for work in &withdrawn {
            if let Work::Peer { offer, .. } = work {
                self.forget_peer(offer);
            }
        }
        withdrawn
    }

    /// The blocks with the writer, in order.
    pub(crate) fn writing(&self) -> impl Iterator<Item = (&Work, &Place)> {
        self.blocks.values().map_while(|block| match &block.stage {
            Stage::Writing(place) => Some((&block.work, &**place)),
            Stage::Working | Stage::Hashed(_) | Stage::Checked(_) => None,
        })
    }
}

/// What an offer counts for.
pub(crate) fn cost(offer: &Offer) -> u64 {
    OFFER_BYTES + u64::from(offer.bytes)
}

/// The bodies hold exactly the records that were sealed.
fn assert_bodies(parts: &[Part], bodies: &[BodyDigest]) {
    let mut sealed = BTreeMap::new();
    for part in parts {
        let sums: &mut (u32, u32) = sealed.entry(part.class).or_default();
        sums.0 += part.records;
        sums.1 += part.bytes;
    }
    let hashed: Vec<_> = bodies.iter().map(|body| (body.class, (body.count, body.raw_len))).collect();
    assert_eq!(hashed, sealed.into_iter().collect::<Vec<_>>(), "the bodies hold exactly what was sealed");
}
