//! How the index follows the log: what is added, when it is committed, from where it is replayed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use tantivy::Index;
use vigil_model::{BlockRef, Records, Timestamp};

use crate::IndexError;
use crate::frames::{Framer, Source};
use crate::gather::Gathering;
use crate::given::{Body, Salvaged, ShelfOptions};
use crate::opening::{self, Opened, Opening};
use crate::progress::Progress;
use crate::reach::Reach;
use crate::schema::FrameDocument;
use crate::shelf::{self, ShelfId};
use crate::snapshot::{Readers, ShelfSnapshot};
use crate::writer::Writers;

/// Bytes of documents that wait for Tantivy before taking more waits, too.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The index of one node, written by one thread.
pub struct Shelves {
    root: PathBuf,
    framer: Framer,
    writers: Writers,
    shelves: BTreeMap<ShelfId, Shelf>,
    /// Documents of shelves that have no writer yet.
    waiting: BTreeMap<ShelfId, Vec<FrameDocument>>,
    /// Last block that was added.
    added: u64,
    /// Last block of the last commit: every shelf holds everything up to here.
    committed: u64,
    /// Shelves that lack nothing hold everything up to here; at least `committed`, and equal to it
    /// while no shelf lacks anything.
    whole: u64,
    /// What the index had seen when it was opened, if that was more than the log holds.
    ahead: Option<u64>,
    failed: bool,
    readers: Arc<Readers>,
    current: Arc<RwLock<Arc<ShelfSnapshot>>>,
}

#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) index: Option<Index>,
    /// Blocks up to here are in it, durably.
    pub(crate) committed: u64,
    /// Whether it was lost, and of the blocks up to `whole` holds only those up to `committed`.
    pub(crate) lacking: bool,
    /// Whether its files are still to be verified.
    pub(crate) unverified: bool,
}

impl Shelf {
    /// Up to where it can be asked, when those that lack nothing can be up to `whole` and a rebuild
    /// has come to `rebuilt`.
    fn reach(&self, whole: u64, rebuilt: u64) -> u64 {
        match self {
            Shelf { unverified: true, .. } => 0,
            Shelf { lacking: true, .. } => rebuilt,
            _ => whole,
        }
    }
}

/// Gives the newest snapshot to any thread.
#[derive(Clone)]
pub struct ShelfReader {
    current: Arc<RwLock<Arc<ShelfSnapshot>>>,
}

impl ShelfReader {
    /// The state after the last commit.
    pub fn snapshot(&self) -> Arc<ShelfSnapshot> {
        self.current.read().clone()
    }
}

impl Shelves {
    /// Opens the index in `root`, or begins one. What cannot be used is removed and will be
    /// rebuilt: see [`Shelves::resume`].
    pub fn open(root: &Path, options: &ShelfOptions) -> Result<Shelves, IndexError> {
        fs::create_dir_all(root).map_err(IndexError::io("create", root))?;
        let Opened { progress, shelves, ahead } = Opening { root, options }.run()?;
        let indexes = shelves.iter().filter_map(|(id, shelf)| Some((*id, shelf.index.clone()?))).collect();
        let readers = Arc::new(Readers::new(indexes));
        let columns = Gathering::open(root, shelves.iter().map(|(id, shelf)| (*id, shelf.committed)));
        let current = Arc::new(RwLock::new(Arc::new(readers.snapshot(Reach::default(), columns.view()))));
        let index = Shelves {
            root: root.to_owned(),
            framer: Framer::new(columns),
            writers: Writers::new(root, options.writer_bytes),
            shelves,
            waiting: BTreeMap::new(),
            added: progress.from,
            committed: progress.from,
            whole: progress.arrival,
            ahead,
            failed: false,
            readers,
            current,
        };
        index.show();
        Ok(index)
    }

    /// Verifies the files of one shelf that was opened with [`Verify::Later`], the newest first;
    /// `false` when there is none. A damaged one is removed, and rebuilt by a replay from
    /// [`Shelves::resume`], which then is earlier.
    pub fn verify_next(&mut self) -> Result<bool, IndexError> {
        let unverified = |(id, shelf): (&ShelfId, &Shelf)| shelf.unverified.then_some(*id);
        let next = self.shelves.iter().rev().find_map(unverified);
        next.map_or(Ok(false), |id| self.guarded(|index| index.verify_shelf(id)).map(|()| true))
    }

    /// Whether every shelf was verified: only then blocks can be added.
    pub fn is_verified(&self) -> bool {
        !self.shelves.values().any(|shelf| shelf.unverified)
    }

    fn verify_shelf(&mut self, id: ShelfId) -> Result<(), IndexError> {
        let shelf = self.shelves.get_mut(&id).expect("it was just found");
        let index = shelf.index.as_ref().expect("only a shelf that was found is unverified");
        match shelf::verify(index) {
            Ok(()) => shelf.unverified = false,
            Err(why) => {
                opening::tell(id, &why);
                self.readers.forget(id);
                self.framer.columns.forget(id);
                *shelf = Shelf { lacking: self.whole > 0, ..Shelf::default() };
                opening::remove(&self.root, id)?;
                (self.added, self.committed) = (0, 0);
                self.progress().write(&self.root)?;
            }
        }
        self.show();
        Ok(())
    }

    /// Whether a block must be added, of whose bodies the rows lie within `times`, or is known by
    /// every shelf that could want it. While a few shelves are rebuilt that tells which blocks need
    /// not be read: give those to [`Shelves::skip`].
    pub fn wants(&self, arrival: u64, times: &[(Timestamp, Timestamp)]) -> bool {
        let wants = |(id, shelf): (&ShelfId, &Shelf)| {
            let touches = |(first, last): &(Timestamp, Timestamp)| id.touches(*first, *last);
            shelf.lacking && shelf.committed < arrival && times.iter().any(touches)
        };
        arrival > self.whole || self.shelves.iter().any(wants)
    }

    /// Passes over a block that [`Shelves::wants`] does not want.
    pub fn skip(&mut self, arrival: u64) -> Result<(), IndexError> {
        self.add_with(arrival, |_| Ok(()))
    }

    /// How many shelves there are.
    pub fn len(&self) -> usize {
        self.shelves.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// The last place in the order of arrival that the index had seen, when on opening that was
    /// beyond [`ShelfOptions::log_arrival`]: the log has lost its end, or is another one. Told only
    /// by the opening that finds it, which begins the index anew.
    pub fn was_ahead(&self) -> Option<u64> {
        self.ahead
    }

    /// The first place in the order of arrival that must be added next.
    pub fn resume(&self) -> u64 {
        self.added + 1
    }

    /// Adds a durable block, all classes at once, in the order of arrival. `sealed` is the time of
    /// its seal, from its header: the same at every replay.
    pub fn add(
        &mut self,
        block: BlockRef,
        arrival: u64,
        sealed: Timestamp,
        bodies: &[Body<'_>],
    ) -> Result<(), IndexError> {
        self.add_with(arrival, |index| {
            bodies.iter().try_for_each(|body| {
                let source = Source { block, class: body.class, arrival, sealed };
                index.add_body(source, body.records)
            })
        })
    }

    fn add_with(
        &mut self,
        arrival: u64,
        add: impl FnOnce(&mut Shelves) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        if arrival <= self.added {
            return Err(IndexError::OutOfOrder { arrival, after: self.added });
        }
        assert!(self.is_verified(), "shelves are verified before blocks are added");
        self.guarded(|index| {
            index.make_room()?;
            add(index)?;
            index.added = arrival;
            Ok(())
        })
    }

    /// Adds a durable block that is damaged, frame by frame; else as [`Shelves::add`]. All its
    /// frames must be there, of every class.
    pub fn add_salvaged(
        &mut self,
        block: BlockRef,
        arrival: u64,
        sealed: Timestamp,
        frames: &[Salvaged],
    ) -> Result<(), IndexError> {
        self.add_with(arrival, |index| {
            frames.iter().try_for_each(|frame| {
                let source = Source { block, class: frame.class, arrival, sealed };
                index.add_frame(source, frame)
            })
        })
    }

    /// Makes everything that was added durable and visible. Answers the last block that is.
    pub fn commit(&mut self) -> Result<u64, IndexError> {
        self.guarded(|index| {
            while index.commit_one()? {}
            index.publish()?;
            Ok(index.committed)
        })
    }

    /// Commits at most `count` shelves and goes no further, as a crash would.
    #[doc(hidden)]
    pub fn commit_some(&mut self, count: usize) -> Result<(), IndexError> {
        self.guarded(|index| (0..count).try_for_each(|_| index.commit_one().map(drop)))
    }

    /// Commits, waits for merges, closes.
    pub fn close(mut self) -> Result<(), IndexError> {
        self.commit()?;
        self.end_chunks();
        self.writers.close()
    }

    /// Writes the chunks in the making, which a process that ends would lose. Does nothing before a commit.
    pub fn end_chunks(&mut self) {
        if self.committed == self.added {
            self.framer.columns.close();
        }
    }

    /// Bytes of documents that Tantivy has not taken in yet.
    pub fn waiting_bytes(&self) -> usize {
        self.framer.gauge().bytes()
    }

    /// The state after the last commit.
    pub fn snapshot(&self) -> Arc<ShelfSnapshot> {
        self.reader().snapshot()
    }

    /// Gives snapshots to other threads.
    pub fn reader(&self) -> ShelfReader {
        ShelfReader { current: self.current.clone() }
    }

    /// Nothing is done after an error: what the writers hold is then unknown.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Shelves) -> Result<T, IndexError>) -> Result<T, IndexError> {
        if self.failed {
            return Err(IndexError::Failed);
        }
        let result = work(self);
        self.failed = result.is_err();
        result
    }

    /// Keeps the memory of waiting documents bounded, between blocks.
    fn make_room(&mut self) -> Result<(), IndexError> {
        if self.framer.gauge().bytes() < WAITING_BYTES_MAX {
            return Ok(());
        }
        if self.waiting.is_empty() {
            self.framer.gauge().wait_below(WAITING_BYTES_MAX);
            return Ok(());
        }
        while self.commit_one()? {}
        self.publish()
    }

    fn add_body(&mut self, source: Source, records: &Records) -> Result<(), IndexError> {
        let documents = self.framer.documents(source, records, &wanting(&self.shelves, source.arrival));
        self.put(documents)
    }

    fn add_frame(&mut self, source: Source, frame: &Salvaged) -> Result<(), IndexError> {
        let documents = match &frame.records {
            Some(read) => {
                let wants = wanting(&self.shelves, source.arrival);
                self.framer.frame(source, frame.frame, &read.records, 0..read.records.len(), &wants)
            }
            None => self.opaque(source, frame.frame),
        };
        self.put(documents)
    }

    /// A frame that cannot be read is of every time, so it is odd. A shelf of odd times that has
    /// seen the block while it was sound takes no word of it: then each shelf that is rebuilt does.
    fn opaque(&self, source: Source, frame: u16) -> Vec<(ShelfId, FrameDocument)> {
        let wants = wanting(&self.shelves, source.arrival);
        let lacking = || self.shelves.iter().filter(|(_, shelf)| shelf.lacking).map(|(id, _)| *id).collect();
        let mut shelves: Vec<ShelfId> = if wants(ShelfId::Odd) { vec![ShelfId::Odd] } else { lacking() };
        shelves.retain(|shelf| wants(*shelf));
        shelves.into_iter().map(|shelf| (shelf, self.framer.opaque(source, frame))).collect()
    }

    fn put(&mut self, documents: Vec<(ShelfId, FrameDocument)>) -> Result<(), IndexError> {
        for (shelf, document) in documents {
            if self.writers.has_room_for(shelf) || self.writers.make_room()? {
                self.write(shelf, document)?;
            } else {
                self.waiting.entry(shelf).or_default().push(document);
            }
        }
        Ok(())
    }

    fn write(&mut self, id: ShelfId, document: FrameDocument) -> Result<(), IndexError> {
        let shelf = self.shelves.entry(id).or_default();
        self.writers.add(id, &mut shelf.index, document)
    }

    /// Commits one shelf that has something new; `false` when none has.
    fn commit_one(&mut self) -> Result<bool, IndexError> {
        let dirty = match self.writers.dirty().first() {
            Some(shelf) => Some(*shelf),
            None => self.write_waiting()?,
        };
        let Some(id) = dirty else { return Ok(false) };
        self.writers.commit(id, self.added)?;
        let shelf = self.shelves.get_mut(&id).expect("a shelf that was written is known");
        shelf.committed = self.added;
        let index = shelf.index.as_ref().expect("a shelf that was written has an index");
        self.readers.refresh(id, index)?;
        Ok(true)
    }

    /// Hands over what waits for one shelf, once every writer is free to be closed.
    fn write_waiting(&mut self) -> Result<Option<ShelfId>, IndexError> {
        let Some((id, documents)) = self.waiting.pop_first() else { return Ok(None) };
        if !self.writers.has_room_for(id) {
            assert!(self.writers.make_room()?, "no writer holds anything new");
        }
        for document in documents {
            self.write(id, document)?;
        }
        Ok(Some(id))
    }

    fn publish(&mut self) -> Result<(), IndexError> {
        if self.committed == self.added {
            return Ok(());
        }
        self.committed = self.added;
        if self.committed >= self.whole {
            self.whole = self.committed;
            // A lost shelf that came out empty is no shelf.
            self.shelves.retain(|_, shelf| !shelf.lacking || shelf.index.is_some());
            self.shelves.values_mut().for_each(|shelf| shelf.lacking = false);
        }
        self.progress().write(&self.root)?;
        self.framer.columns.publish();
        self.show();
        Ok(())
    }

    fn progress(&self) -> Progress {
        let of = |wanted: fn(&Shelf) -> bool| {
            self.shelves.iter().filter(|(_, shelf)| wanted(shelf)).map(|(id, _)| *id).collect()
        };
        let shelves = of(|shelf| shelf.index.is_some() && !shelf.lacking);
        Progress { arrival: self.whole, from: self.committed, shelves, lost: of(|shelf| shelf.lacking) }
    }

    /// Gives the newest state to whoever asks.
    fn show(&self) {
        let reach = |(id, shelf): (&ShelfId, &Shelf)| (*id, shelf.reach(self.whole, self.committed));
        let reach = Reach::new(self.whole, self.committed, self.shelves.iter().map(reach).collect());
        *self.current.write() = Arc::new(self.readers.snapshot(reach, self.framer.columns.view()));
    }
}

/// Which shelves do not hold a block yet.
fn wanting(shelves: &BTreeMap<ShelfId, Shelf>, arrival: u64) -> impl Fn(ShelfId) -> bool + '_ {
    move |shelf| shelves.get(&shelf).is_none_or(|shelf| shelf.committed < arrival)
}
