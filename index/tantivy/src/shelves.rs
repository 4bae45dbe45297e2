//! How the index follows the log: what is added, when it is committed, from where it is replayed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use tantivy::Index;
use vigil_model::{BlockRef, Class, Frame, Records, Timestamp};

use crate::IndexError;
use crate::frames::{Framer, Source};
use crate::gather::Gathering;
use crate::progress::Progress;
use crate::schema::FrameDocument;
use crate::shelf::{self, ShelfId, Unusable};
use crate::snapshot::{Readers, ShelfSnapshot};
use crate::writer::Writers;

/// Bytes of documents that wait for Tantivy before taking more waits, too.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How the index is kept.
#[derive(Clone, Debug)]
pub struct ShelfOptions {
    /// Memory of the writers together, in bytes; at least 45 MiB are used when three days are
    /// written at once.
    pub writer_bytes: usize,
    /// Last place in the order of arrival that the log holds. An index that is ahead of it is of
    /// another log, and is dropped.
    pub log_arrival: u64,
    /// Whether the checksums of all files are verified when the index is opened.
    pub verify: bool,
}

/// Records of one class of a block.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The class.
    pub class: Class,
    /// All its records.
    pub records: &'a Records,
}

/// One frame of a block whose bodies cannot all be read.
#[derive(Clone, Debug)]
pub struct Salvaged {
    /// The class.
    pub class: Class,
    /// Its number within the body; [`Posting::WHOLE_BODY`](vigil_index::Posting::WHOLE_BODY) when
    /// not even their count can be read.
    pub frame: u16,
    /// Its records; `None` when it cannot be read or placed: every question will then look for it
    /// in the log.
    pub records: Option<Arc<Frame>>,
}

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
    /// Last block of the last commit.
    committed: u64,
    /// What the index had seen when it was opened, if that was more than the log holds.
    ahead: Option<u64>,
    failed: bool,
    readers: Arc<Readers>,
    current: Arc<RwLock<Arc<ShelfSnapshot>>>,
}

#[derive(Default)]
struct Shelf {
    index: Option<Index>,
    /// Blocks up to here are in it, durably.
    committed: u64,
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
        let current = Arc::new(RwLock::new(Arc::new(readers.snapshot(progress.arrival, columns.view()))));
        Ok(Shelves {
            root: root.to_owned(),
            framer: Framer::new(columns),
            writers: Writers::new(root, options.writer_bytes),
            shelves,
            waiting: BTreeMap::new(),
            added: progress.arrival,
            committed: progress.arrival,
            ahead,
            failed: false,
            readers,
            current,
        })
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
        self.framer.columns.close();
        self.writers.close()
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
        let documents = self.framer.salvaged(source, frame, &wanting(&self.shelves, source.arrival));
        self.put(documents)
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
        let with_index = self.shelves.iter().filter(|(_, shelf)| shelf.index.is_some());
        let shelves = with_index.map(|(id, _)| *id).collect();
        Progress { arrival: self.committed, shelves }.write(&self.root)?;
        self.framer.columns.publish();
        *self.current.write() = Arc::new(self.readers.snapshot(self.committed, self.framer.columns.view()));
        Ok(())
    }
}

/// Which shelves do not hold a block yet.
fn wanting(shelves: &BTreeMap<ShelfId, Shelf>, arrival: u64) -> impl Fn(ShelfId) -> bool + '_ {
    move |shelf| shelves.get(&shelf).is_none_or(|shelf| shelf.committed < arrival)
}

/// What is looked through when the index is opened.
struct Opening<'a> {
    root: &'a Path,
    options: &'a ShelfOptions,
}

/// What was found, and can be used.
struct Opened {
    progress: Progress,
    shelves: BTreeMap<ShelfId, Shelf>,
    /// See [`Shelves::was_ahead`].
    ahead: Option<u64>,
}

impl Opening<'_> {
    fn run(&self) -> Result<Opened, IndexError> {
        let mut progress = Progress::read(self.root);
        let mut shelves = self.shelves()?;
        let seen = shelves.values().map(|shelf| shelf.committed).fold(progress.arrival, u64::max);
        let ahead = (seen > self.options.log_arrival).then_some(seen);
        if let Some(ahead) = ahead {
            tracing::warn!(ahead, log = self.options.log_arrival, "the index is ahead of the log: it is rebuilt");
            std::mem::take(&mut shelves).into_keys().try_for_each(|id| self.remove(id))?;
        }
        let lost = progress.shelves.iter().any(|id| !shelves.contains_key(id));
        if lost && ahead.is_none() {
            tracing::warn!("shelves are missing: the log is indexed again where they lack it");
        }
        if lost || ahead.is_some() {
            progress = Progress { arrival: 0, shelves: shelves.keys().copied().collect() };
            progress.write(self.root)?;
        }
        Ok(Opened { progress, shelves, ahead })
    }

    fn shelves(&self) -> Result<BTreeMap<ShelfId, Shelf>, IndexError> {
        let mut shelves = BTreeMap::new();
        for entry in fs::read_dir(self.root).map_err(IndexError::io("list", self.root))? {
            let name = entry.map_err(IndexError::io("list", self.root))?.file_name();
            let Some(id) = name.to_str().and_then(ShelfId::parse) else { continue };
            match shelf::open(&id.dir(self.root), self.options.verify) {
                Ok(found) => {
                    shelves.insert(id, Shelf { index: Some(found.index), committed: found.arrival });
                }
                Err(why) => {
                    tell(id, &why);
                    self.remove(id)?;
                }
            }
        }
        Ok(shelves)
    }

    fn remove(&self, id: ShelfId) -> Result<(), IndexError> {
        let dir = id.dir(self.root);
        fs::remove_dir_all(&dir).map_err(IndexError::io("remove", &dir))
    }
}

/// A crash before the first commit is nothing to worry about: the log is indexed from there.
fn tell(shelf: ShelfId, why: &Unusable) {
    match why {
        Unusable::NeverCommitted => tracing::debug!(%shelf, "a crash came before the shelf's first commit: removed"),
        Unusable::Damaged(why) => tracing::warn!(%shelf, why, "shelf cannot be used: it is rebuilt"),
    }
}
