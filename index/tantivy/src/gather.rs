//! How columns are gathered for each shelf while it is written, and when they go to its file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use vigil_index::{Chunk, ChunkSource, ColumnCollector, FieldUses, Posting};
use vigil_model::limits::{CHUNKS_OPEN_MAX, CHUNKS_WAITING_MAX, FIELD_USES_MAX};
use vigil_model::{Class, Record};
use vigil_query::TimeRange;

use crate::cached::{ColumnCache, StoredChunk};
use crate::columns::{Catalog, ColumnFile};
use crate::shelf::ShelfId;

/// A chunk that is not full and makes place for another is written only if it has so many rows: in-between ones would
/// be many, and of little use.
const ROWS_MIN: usize = 4_096;

/// How often questions named a field, shared with whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<FieldUses>);

impl Uses {
    /// Notes that a question named these fields.
    pub(crate) fn note(&self, fields: &[&str]) {
        let mut uses = self.0.lock();
        for field in fields {
            if let Some(count) = uses.get_mut(*field) {
                *count += 1;
            } else if uses.len() < FIELD_USES_MAX {
                uses.insert((*field).to_owned(), 1);
            } else {
                forget_half(&mut uses);
            }
        }
    }

    fn current(&self) -> FieldUses {
        self.0.lock().clone()
    }
}

/// Fields that are named again and again outlive those that were named once.
fn forget_half(uses: &mut FieldUses) {
    uses.retain(|_, count| {
        *count /= 2;
        *count > 0
    });
}

/// The chunks of one state of the index.
pub(crate) struct ColumnView {
    root: PathBuf,
    catalogs: BTreeMap<ShelfId, Arc<Catalog>>,
    cache: Arc<ColumnCache>,
    uses: Arc<Uses>,
}

impl ColumnView {
    /// The chunks that hold rows of a class and of some times.
    pub(crate) fn chunks(&self, class: Class, time: &TimeRange, asked: &[&str]) -> Vec<Arc<dyn ChunkSource>> {
        self.uses.note(asked);
        let mut chunks: Vec<Arc<dyn ChunkSource>> = Vec::new();
        for (shelf, catalog) in self.catalogs.iter().filter(|(shelf, _)| shelf.overlaps(time)) {
            for entry in catalog.entries.iter().filter(|e| e.class == class && time.overlaps(e.first, e.last)) {
                let dir = shelf.dir(&self.root);
                let file = catalog.file;
                chunks.push(Arc::new(StoredChunk { file, dir, entry: *entry, cache: self.cache.clone() }));
            }
            chunks.extend(catalog.open.iter().map(|chunk| chunk.clone() as Arc<dyn ChunkSource>));
        }
        chunks
    }
}

/// Columns of all shelves that are written.
#[derive(Default)]
pub(crate) struct Gathering {
    root: PathBuf,
    open: BTreeMap<(ShelfId, Class), Open>,
    /// Full chunks whose frames may not be committed yet, oldest first.
    full: Vec<(ShelfId, Vec<u8>)>,
    files: BTreeMap<ShelfId, ColumnFile>,
    catalogs: BTreeMap<ShelfId, Arc<Catalog>>,
    /// Shelves of which a chunk was let go since they were published.
    changed: BTreeSet<ShelfId>,
    cache: Arc<ColumnCache>,
    uses: Arc<Uses>,
    /// Counts whatever is to be told apart.
    clock: u64,
}

/// A chunk in the making.
#[derive(Debug)]
struct Open {
    collector: ColumnCollector,
    used: u64,
    /// As it was when it was published last; `None` when something came since.
    published: Option<Arc<Chunk>>,
}

impl Gathering {
    /// Goes on from what the shelves have; each with the last arrival that it has committed.
    pub(crate) fn open(root: &Path, shelves: impl Iterator<Item = (ShelfId, u64)>) -> Gathering {
        let mut gathering = Gathering { root: root.to_owned(), ..Gathering::default() };
        for (shelf, committed) in shelves {
            gathering.clock += 1;
            gathering.files.insert(shelf, ColumnFile::open(&shelf.dir(root), gathering.clock, committed));
        }
        let shelves: Vec<ShelfId> = gathering.files.keys().copied().collect();
        shelves.into_iter().for_each(|shelf| gathering.publish_shelf(shelf));
        gathering
    }

    /// What was published last, for one state of the index.
    pub(crate) fn view(&self) -> ColumnView {
        ColumnView {
            root: self.root.clone(),
            catalogs: self.catalogs.clone(),
            cache: self.cache.clone(),
            uses: self.uses.clone(),
        }
    }

    /// Takes in the rows of a posting, in the order of the frame.
    pub(crate) fn add<'a>(&mut self, shelf: ShelfId, posting: &Posting, records: impl Iterator<Item = Record<'a>>) {
        self.clock += 1;
        let key = (shelf, posting.at.class);
        if self.open.get(&key).is_some_and(|open| open.collector.is_full_for(posting.rows as usize)) {
            self.finish(key);
        }
        if !self.open.contains_key(&key) {
            self.make_room();
            let collector = ColumnCollector::new(posting.at.class);
            self.open.insert(key, Open { collector, used: 0, published: None });
        }
        let open = self.open.get_mut(&key).expect("it was just made");
        open.used = self.clock;
        open.published = None;
        open.collector.add(posting, records);
    }

    /// Ends the chunk that is longest idle, if there are too many.
    fn make_room(&mut self) {
        if self.open.len() < CHUNKS_OPEN_MAX {
            return;
        }
        let idle = self.open.iter().min_by_key(|(_, open)| open.used).map(|(key, _)| *key);
        let key = idle.expect("there are more than none");
        if self.open[&key].collector.rows() >= ROWS_MIN {
            self.finish(key);
        }
        self.open.remove(&key);
        self.changed.insert(key.0);
    }

    fn finish(&mut self, key: (ShelfId, Class)) {
        let uses = self.uses.current();
        let Some(open) = self.open.get_mut(&key) else { return };
        open.published = None;
        let chunk = open.collector.finish(&uses);
        self.full.extend(chunk.map(|chunk| (key.0, chunk)));
        if self.full.len() > CHUNKS_WAITING_MAX {
            self.full.remove(0);
        }
    }

    /// Everything that was added is committed: full chunks go to their files, and all are shown.
    pub(crate) fn publish(&mut self) {
        let mut changed = std::mem::take(&mut self.changed);
        for (shelf, chunk) in std::mem::take(&mut self.full) {
            self.append(shelf, &chunk);
            changed.insert(shelf);
        }
        changed.extend(self.open.iter().filter(|(_, open)| open.published.is_none()).map(|((shelf, _), _)| *shelf));
        changed.into_iter().for_each(|shelf| self.publish_shelf(shelf));
    }

    /// Ends every chunk, after a commit.
    pub(crate) fn close(&mut self) {
        let keys: Vec<(ShelfId, Class)> = self.open.keys().copied().collect();
        keys.into_iter().for_each(|key| self.finish(key));
        self.open.clear();
        self.publish();
    }

    /// Lets go of a shelf whose directory is removed.
    pub(crate) fn forget(&mut self, shelf: ShelfId) {
        self.open.retain(|(of, _), _| *of != shelf);
        self.full.retain(|(of, _)| *of != shelf);
        self.changed.remove(&shelf);
        self.files.remove(&shelf);
        self.catalogs.remove(&shelf);
    }

    fn append(&mut self, shelf: ShelfId, chunk: &[u8]) {
        let dir = shelf.dir(&self.root);
        self.clock += 1;
        let number = self.clock;
        let file = self.files.entry(shelf).or_insert_with(|| ColumnFile::open(&dir, number, u64::MAX));
        if let Err(error) = file.append(chunk) {
            tracing::warn!(%shelf, %error, "columns are not written: rows answer in their place");
        }
    }

    fn publish_shelf(&mut self, shelf: ShelfId) {
        let file = self.files.get(&shelf);
        let (file, entries) = file.map_or((0, Vec::new()), |file| (file.number, file.entries.clone()));
        let mut open = Vec::new();
        for (_, making) in self.open.iter_mut().filter(|((of, _), _)| *of == shelf) {
            if making.published.is_none() {
                making.published = making.collector.snapshot().map(Arc::new);
            }
            open.extend(making.published.clone());
        }
        self.catalogs.insert(shelf, Arc::new(Catalog { file, entries, open }));
    }
}
