//! How files that grow are read, through rotation, truncation and restarts.
//!
//! A file is known by device, inode and its first bytes. A file that was renamed is read on until it is silent; one that
//! was truncated is read from its beginning again. A new file, packed or not, that begins with what was read of a file
//! which is gone or was truncated is a copy made by rotation, and is read from where the original was. Positions are
//! written once the events before them are kept, so after a crash the last events may come twice and none is missing.

mod find;
mod follow;
mod input;
mod mark;
mod positions;
mod reading;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::timeout;
use vigil_model::limits::FILES_OPEN_MAX;

use crate::gather::Gatherer;
use crate::order::Job;
use find::Found;
use follow::{Finding, Follow};
use mark::FileId;
use positions::Positions;

/// How soon it is seen that an open file grew.
const POLL: Duration = Duration::from_millis(150);
/// How soon a new file is found.
const SCAN: Duration = Duration::from_secs(2);
/// How long a file that is not found any more is silent until it is closed.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// How long any file is silent until it is closed; it is opened when it grows.
const CLOSED_AFTER: Duration = Duration::from_secs(300);
/// How long a file is silent until it may make place for another.
const YIELDS_AFTER: Duration = Duration::from_secs(3);
/// Pieces that are read of one file before others have their turn, and before it is waited until they are kept.
const PIECES: usize = 32;
/// How often positions are written while files grow.
const SAVE: Duration = Duration::from_secs(1);

/// Whether a source can be started: its globs can be read, and the directory of the positions is there.
pub(crate) fn check(globs: &[String], state: &Path, source: &str) -> Result<(), String> {
    globs.iter().try_for_each(|glob| find::check(glob))?;
    std::fs::create_dir_all(state).map_err(|error| format!("{}: {error}", state.display()))?;
    Positions::load(state, source).map(drop)
}

/// Reads until told to stop. Blocks its thread.
pub(crate) fn listen(state: &Path, job: Job) {
    match Positions::load(state, &job.source().spec.name) {
        Ok(positions) => Watcher::new(positions, job).run(),
        Err(why) => job.note(&why),
    }
}

struct Watcher {
    job: Job,
    gather: Gatherer,
    runtime: Handle,
    positions: Positions,
    open: BTreeMap<FileId, Follow>,
    /// Sizes of packed files at the last scan: one that still grows is not read.
    sizes: BTreeMap<FileId, u64>,
    from_end: bool,
    saved: Instant,
}

impl Watcher {
    fn new(positions: Positions, job: Job) -> Watcher {
        let spec = &job.source().spec;
        let from_end = spec.from_end && !positions.knows(&spec.paths);
        Watcher {
            gather: Gatherer::new(&job),
            runtime: Handle::current(),
            positions,
            open: BTreeMap::new(),
            sizes: BTreeMap::new(),
            from_end,
            saved: Instant::now(),
            job,
        }
    }

    fn run(mut self) {
        let mut scan = Instant::now();
        while !self.job.is_stopping() {
            if self.job.changed() {
                self.open.values_mut().for_each(|follow| follow.follow(&self.job, &mut self.gather));
            }
            let busy = self.read();
            if !self.keep() {
                break;
            }
            // A copy is told by what its original lost: that is seen first.
            if scan <= Instant::now() {
                self.scan();
                scan = Instant::now() + SCAN;
                continue;
            }
            if self.saved.elapsed() >= SAVE {
                self.save();
            }
            if !busy {
                let _ = self.runtime.block_on(timeout(POLL, self.job.stopping()));
            }
        }
        self.open.values_mut().for_each(|follow| follow.rest(&mut self.gather));
        // Given up or not: the positions are those of what was kept.
        self.keep();
        self.save();
    }

    /// Reads pieces of every file in turn; answers whether any gave one.
    fn read(&mut self) -> bool {
        let mut busy = false;
        for follow in self.open.values_mut() {
            for _ in 0..PIECES {
                match follow.step(&self.job, &mut self.gather, &mut self.positions) {
                    Ok(true) => busy = true,
                    Ok(false) => break,
                    Err(error) => {
                        self.job.note(&format!("{}: {error}", follow.path()));
                        follow.give_up();
                    }
                }
                if !self.runtime.block_on(self.gather.make_room(&mut self.job)) {
                    return false;
                }
            }
        }
        busy
    }

    /// Waits until what was read is kept, then remembers it; `false` when it is to be given up.
    fn keep(&mut self) -> bool {
        // What is refused for good was counted: reading it again would not help.
        let _ = self.runtime.block_on(self.gather.flush(&mut self.job));
        if self.job.is_abandoned() {
            return false;
        }
        let now = self.seconds();
        for follow in self.open.values_mut() {
            if let Err(error) = follow.keep(now, &mut self.positions) {
                self.job.note(&format!("{}: {error}", follow.path()));
            }
        }
        self.close();
        true
    }

    /// Closes files that nothing is expected of. Their events are kept.
    fn close(&mut self) {
        let (job, gather) = (&self.job, &mut self.gather);
        let mut over = false;
        self.open.retain(|_, follow| {
            let gone = !follow.found && follow.silence() >= GONE_AFTER;
            if gone && follow.has_rest() {
                // What it ends with has no line end. It is kept in the next round, and closed behind that.
                follow.finish(job, gather);
                over = true;
                return true;
            }
            !(gone || follow.is_over() || follow.silence() >= CLOSED_AFTER)
        });
        if over {
            gather.hand_on();
        }
    }

    fn save(&mut self) {
        self.saved = Instant::now();
        if let Err(error) = self.positions.save() {
            self.job.note(&format!("the positions in files cannot be written: {error}"));
        }
    }

    fn seconds(&self) -> i64 {
        self.job.now().0 / 1_000_000_000
    }

    /// Looks which files there are, and opens those that have something new.
    fn scan(&mut self) {
        let globs = self.job.source().spec.paths.clone();
        let (found, problems) = find::files(&globs);
        problems.iter().for_each(|problem| self.job.note(problem));
        self.open.values_mut().for_each(|follow| follow.found = found.contains_key(&follow.id));
        let now = self.seconds();
        for (id, file) in &found {
            if !self.open.contains_key(id) && self.has_news(*id, file) {
                self.open_file(*id, file, &found);
            }
            self.positions.seen(*id, now);
        }
        self.sizes = found.iter().map(|(id, file)| (*id, file.size)).collect();
        self.positions.read_by(&globs);
        self.from_end = false;
    }

    fn has_news(&self, id: FileId, file: &Found) -> bool {
        if input::is_packed(&file.path) && self.sizes.get(&id) != Some(&file.size) {
            return false;
        }
        match self.positions.get(id) {
            None => file.size > 0,
            // What was written after it was seen last may be another file, or the old one written anew.
            Some(mark) if mark.packed => !mark.done || file.written >= mark.seen,
            Some(mark) => file.size != mark.at || file.written >= mark.seen,
        }
    }

    fn open_file(&mut self, id: FileId, file: &Found, found: &BTreeMap<FileId, Found>) {
        if self.open.len() >= FILES_OPEN_MAX && !self.make_place() {
            return;
        }
        let first = !self.sizes.contains_key(&id);
        let there = |id: FileId| found.contains_key(&id);
        let finding = Finding { path: &file.path, from_end: self.from_end, first, there: &there };
        match Follow::open(&finding, &mut self.positions, &self.job, &mut self.gather) {
            Ok(Some(follow)) if follow.id == id => drop(self.open.insert(id, follow)),
            // The next scan decides: another file has the name by now, or this one may be a copy in the making.
            Ok(_) => {}
            Err(error) => self.job.note(&format!("{}: {error}", file.path)),
        }
    }

    /// Closes the file that was silent longest; `false` where all are busy.
    fn make_place(&mut self) -> bool {
        let longest = self.open.values().max_by_key(|follow| follow.silence());
        let silent = longest.filter(|follow| follow.silence() >= YIELDS_AFTER).map(|follow| follow.id);
        silent.is_some_and(|id| self.open.remove(&id).is_some())
    }
}
