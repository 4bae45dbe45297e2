//! Blocks between sealing and the disk: hashed in any order, released strictly by ticket.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use vigil_model::BodyDigest;

use crate::head::Link;
use crate::input::Ticket;
use crate::seal::Part;

/// How far a block has come.
#[derive(Debug)]
enum Stage {
    Hashing,
    Hashed(Vec<BodyDigest>),
    Writing(Link),
}

/// A sealed block that is not settled.
#[derive(Debug)]
struct Sealed {
    parts: Vec<Part>,
    stage: Stage,
}

/// A block that the writer wrote.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) parts: Vec<Part>,
    pub(crate) link: Link,
}

/// A block that the writer wrote, but that may not have reached the disk.
#[derive(Debug)]
struct Unsynced {
    ticket: Ticket,
    arrival: u64,
    bytes: u64,
}

/// What a sync made durable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    /// The last place in the order of arrival.
    pub(crate) arrival: u64,
    /// Bytes of all the records.
    pub(crate) bytes: u64,
}

/// All blocks in flight, by ticket.
#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    last: Ticket,
    /// The last ticket that went to the writer; those before it went there too.
    released: Ticket,
    blocks: BTreeMap<Ticket, Sealed>,
    /// Written but not synced, in order.
    unsynced: VecDeque<Unsynced>,
}

impl Pipeline {
    /// Blocks not yet written.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Blocks written but not synced.
    pub(crate) fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// Whether everything that entered is durable or withdrawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.unsynced.is_empty()
    }

    /// A new block enters; its ticket was never used before.
    pub(crate) fn enter(&mut self, parts: Vec<Part>) -> Ticket {
        assert!(!parts.is_empty(), "an empty block is never sealed");
        self.last = Ticket(self.last.0 + 1);
        self.blocks.insert(self.last, Sealed { parts, stage: Stage::Hashing });
        self.last
    }

    /// A worker is done. A ticket that was withdrawn is no longer here, and that is fine.
    pub(crate) fn hashed(&mut self, ticket: Ticket, bodies: Vec<BodyDigest>) {
        assert!(ticket <= self.last, "only a ticket that was given out is hashed");
        let Some(block) = self.blocks.get_mut(&ticket) else { return };
        assert!(matches!(block.stage, Stage::Hashing), "a block is hashed once");
        assert_bodies(&block.parts, &bodies);
        block.stage = Stage::Hashed(bodies);
    }

    /// The next block to be given its place, if it is hashed and all before it have theirs.
    pub(crate) fn next_hashed(&self) -> Option<(Ticket, &[Part], &[BodyDigest])> {
        let (ticket, block) = self.blocks.range((Bound::Excluded(self.released), Bound::Unbounded)).next()?;
        match &block.stage {
            Stage::Hashed(bodies) => Some((*ticket, &block.parts, bodies)),
            Stage::Hashing => None,
            Stage::Writing(_) => panic!("what was released lies at or before {:?}", self.released),
        }
    }

    /// The block goes to the writer at this place.
    pub(crate) fn release(&mut self, ticket: Ticket, link: Link) {
        let block = self.blocks.get_mut(&ticket).expect("only a block in flight is released");
        assert!(matches!(block.stage, Stage::Hashed(_)), "a block is released once, after it is hashed");
        assert!(ticket > self.released, "blocks are released by rising ticket");
        block.stage = Stage::Writing(link);
        self.released = ticket;
    }

    /// Takes out the next block up to `ticket` that the writer has written.
    pub(crate) fn settle(&mut self, ticket: Ticket) -> Option<Settled> {
        let entry = self.blocks.first_entry().filter(|entry| *entry.key() <= ticket)?;
        let (ticket, block) = entry.remove_entry();
        let Stage::Writing(link) = block.stage else { panic!("the writer wrote {ticket:?}, which it was not given") };
        let bytes = block.parts.iter().map(|part| u64::from(part.bytes)).sum();
        self.unsynced.push_back(Unsynced { ticket, arrival: link.arrival, bytes });
        Some(Settled { parts: block.parts, link })
    }

    /// Everything up to `ticket` is synced: what that is, if anything.
    pub(crate) fn synced(&mut self, ticket: Ticket) -> Option<Synced> {
        let count = self.unsynced.partition_point(|block| block.ticket <= ticket);
        let blocks = self.unsynced.drain(..count);
        blocks.fold(None, |sum: Option<Synced>, block| {
            let bytes = sum.map_or(0, |sum| sum.bytes) + block.bytes;
            Some(Synced { arrival: block.arrival, bytes })
        })
    }

    /// Whether the writer may fail at this ticket: it was given it, and nobody withdrew it.
    pub(crate) fn is_writing(&self, ticket: Ticket) -> bool {
        self.blocks.get(&ticket).is_some_and(|block| matches!(block.stage, Stage::Writing(_)))
    }

    /// Takes out every block from `ticket` on, in order.
    pub(crate) fn withdraw(&mut self, ticket: Ticket) -> Vec<Part> {
        self.blocks.split_off(&ticket).into_values().flat_map(|block| block.parts).collect()
    }

    /// The blocks with the writer, in order.
    pub(crate) fn writing(&self) -> impl Iterator<Item = (&[Part], &Link)> {
        self.blocks.values().map_while(|block| match &block.stage {
            Stage::Writing(link) => Some((&block.parts[..], link)),
            Stage::Hashing | Stage::Hashed(_) => None,
        })
    }
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
