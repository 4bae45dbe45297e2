//! A log in memory beside an index on disk.

use std::path::Path;
use std::sync::Arc;

use vigil_index::{Answer, MemoryLog, Options, Posting, Postings, Prune, Row, SourceError, Sources, execute, scan};
use vigil_index_tantivy::{Body, BodySpan, ShelfOptions, ShelfSnapshot, Shelves, Verify};
use vigil_model::{BlockRef, Class, Epoch, LogId, LogNumber, NodeId, Records, Timestamp};
use vigil_query::{Permission, PermittedQuery, Query, TimeRange};

/// Day 0 of the tests: 2026-11-21.
pub(crate) const TODAY: i64 = 20_778;

/// Blocks, and how the index sees them.
pub(crate) struct World {
    pub(crate) log: MemoryLog,
    pub(crate) blocks: Vec<(BlockRef, Records)>,
    pub(crate) postings: Vec<Posting>,
}

impl World {
    pub(crate) fn new() -> World {
        let mut log = MemoryLog::default();
        for (number, epoch) in [(0, 9), (1, 3)] {
            log.name(LogNumber(number), LogId { node: NodeId([1; 32]), epoch: Epoch([epoch; 16]) });
        }
        World { log, blocks: Vec::new(), postings: Vec::new() }
    }

    /// Appends a block; its arrival is its place, from 1.
    pub(crate) fn push(&mut self, records: Records) {
        let arrival = self.blocks.len() as u64 + 1;
        let block = BlockRef { log: LogNumber((arrival % 2) as u32), seq: arrival };
        self.postings.extend(self.log.add(block, Class::Logs, arrival, &records));
        self.blocks.push((block, records));
    }

    pub(crate) fn arrival(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(crate) fn open(&self, root: &Path) -> Shelves {
        self.open_and(root, Verify::AtOnce)
    }

    pub(crate) fn open_and(&self, root: &Path, verify: Verify) -> Shelves {
        let options = ShelfOptions { writer_bytes: 48 << 20, log_arrival: self.arrival(), verify };
        Shelves::open(root, &options).expect("the directory can be written")
    }

    /// Adds the block of this arrival.
    pub(crate) fn index(&self, shelves: &mut Shelves, arrival: u64) {
        let (block, records) = &self.blocks[arrival as usize - 1];
        let sealed = Timestamp(TODAY * Timestamp::DAY);
        shelves.add(*block, arrival, sealed, &[Body { class: Class::Logs, records }]).expect("in order");
    }

    /// Adds what the index does not have, and commits.
    pub(crate) fn catch_up(&self, shelves: &mut Shelves) {
        (shelves.resume()..=self.arrival()).for_each(|arrival| self.index(shelves, arrival));
        assert_eq!(shelves.commit().expect("the disk is sound"), self.arrival());
    }

    pub(crate) fn by_index(&self, shelves: &Shelves, query: &Query) -> Answer {
        let snapshot = shelves.snapshot();
        let sources = Sources { index: &*snapshot, tail: &self.postings, frames: &self.log };
        execute(&asked(query), &options(), sources, &|| false).expect("no cursor")
    }

    /// Asks the index for all that it knows, and looks for what it lacks in the log.
    pub(crate) fn by_reach(&self, shelves: &Shelves, query: &Query) -> Answer {
        let reaching = Reaching { snapshot: shelves.snapshot(), world: self };
        let sources = Sources { index: &reaching, tail: &[], frames: &self.log };
        execute(&asked(query), &options(), sources, &|| false).expect("no cursor")
    }

    /// The block of this arrival, as its header tells of it.
    pub(crate) fn span(&self, arrival: u64) -> BodySpan {
        let (block, records) = &self.blocks[arrival as usize - 1];
        let (first, last) = records.time_span().expect("records have times");
        let sealed = Some(Timestamp(TODAY * Timestamp::DAY));
        BodySpan { block: *block, class: Class::Logs, arrival, sealed, first, last }
    }

    pub(crate) fn by_scan(&self, query: &Query) -> Answer {
        scan(&asked(query), &options(), &self.postings, &self.log).expect("no cursor")
    }

    /// Asserts that index and scan agree.
    pub(crate) fn check(&self, shelves: &Shelves, query: &Query) {
        let (index, scan) = (self.by_index(shelves, query), self.by_scan(query));
        assert_eq!(texts(&index.rows), texts(&scan.rows), "{query:?}");
        assert!(index.complete, "{:?}", index.problems);
    }
}

/// The query, put by someone who may see everything.
pub(crate) fn asked(query: &Query) -> PermittedQuery {
    Permission::everything().allow(query.clone(), Class::Logs).expect("everything is permitted")
}

fn options() -> Options {
    let node = NodeId([1; 32]);
    Options { node, limit: 10_000, asked: Timestamp(0), cursor: None, bytes_max: None }
}

/// Cells as text: NaN is not equal to itself.
pub(crate) fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}

pub(crate) fn parse(text: &str) -> Query {
    vigil_query::parse(text, Timestamp(TODAY * Timestamp::DAY)).expect(text)
}

struct Reaching<'a> {
    snapshot: Arc<ShelfSnapshot>,
    world: &'a World,
}

impl Postings for Reaching<'_> {
    fn postings(&self, prune: &Prune, class: Class, time: &TimeRange) -> Result<Vec<Posting>, SourceError> {
        let mut found = self.snapshot.within_reach(prune, class, time)?;
        let reach = self.snapshot.reach();
        let lacking = reach.first_lacking()..=self.arrival();
        lacking.for_each(|arrival| reach.add_lacking(&self.world.span(arrival), &mut found));
        Ok(found)
    }

    fn arrival(&self) -> u64 {
        self.world.arrival()
    }
}
