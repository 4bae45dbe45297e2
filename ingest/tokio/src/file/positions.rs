//! Up to where every file of a source was read, across restarts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vigil_model::limits::FILES_KNOWN_MAX;

use super::mark::{FileId, Mark};

/// Files that were truncated, of which a copy may be found; the latest are remembered.
const TRUNCATED_MAX: usize = 256;

/// What is remembered of the files of one source.
pub(super) struct Positions {
    path: PathBuf,
    known: BTreeMap<FileId, Mark>,
    truncated: Vec<Mark>,
    /// The globs by which they were found.
    globs: Vec<String>,
    dirty: bool,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    globs: Vec<String>,
    files: Vec<Mark>,
    truncated: Vec<Mark>,
}

impl Positions {
    /// Reads them; where there are none yet, none are known.
    pub(super) fn load(state: &Path, source: &str) -> Result<Positions, String> {
        let path = state.join(format!("{source}.json"));
        let saved = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                format!("{}: {error}; delete it, and the files are read from their beginning", path.display())
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Saved { globs: Vec::new(), files: Vec::new(), truncated: Vec::new() }
            }
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let known = saved.files.into_iter().map(|mark| (mark.id, mark)).collect();
        Ok(Positions { path, known, truncated: saved.truncated, globs: saved.globs, dirty: false })
    }

    /// Whether these globs were read by before.
    pub(super) fn knows(&self, globs: &[String]) -> bool {
        self.globs == globs
    }

    /// From now on they are.
    pub(super) fn read_by(&mut self, globs: &[String]) {
        self.dirty |= self.globs != globs;
        self.globs = globs.to_vec();
    }

    pub(super) fn get(&self, id: FileId) -> Option<&Mark> {
        self.known.get(&id)
    }

    pub(super) fn put(&mut self, mark: Mark) {
        self.dirty |= self.known.get(&mark.id) != Some(&mark);
        self.known.insert(mark.id, mark);
    }

    /// A file still there.
    pub(super) fn seen(&mut self, id: FileId, now: i64) {
        if let Some(mark) = self.known.get_mut(&id) {
            mark.seen = now;
        }
    }

    /// A file lost what was read of it, or is another now; a copy of it may turn up.
    pub(super) fn truncated(&mut self, id: FileId) {
        if let Some(mark) = self.known.remove(&id) {
            self.dirty = true;
            self.truncated.push(mark);
            let over = self.truncated.len().saturating_sub(TRUNCATED_MAX);
            self.truncated.drain(..over);
        }
    }

    /// What a new file may be a copy of: files that are gone, and those that were truncated; the longest first.
    pub(super) fn originals(&self, head: &[u8], there: impl Fn(FileId) -> bool) -> Vec<Mark> {
        let gone = self.known.values().filter(|mark| !there(mark.id));
        let mut found: Vec<Mark> = gone.chain(&self.truncated).filter(|mark| mark.may_be_of(head)).cloned().collect();
        found.sort_by_key(|mark| std::cmp::Reverse(mark.at));
        found
    }

    /// Whether a file that was read begins so.
    pub(super) fn resembles(&self, head: &[u8]) -> bool {
        self.known.values().any(|mark| mark.may_be_of(head))
    }

    /// Writes them, if something changed: the old file stands until the new one is safe.
    pub(super) fn save(&mut self) -> io::Result<()> {
        if !self.dirty {
            return Ok(());
        }
        self.forget();
        let saved = Saved {
            globs: self.globs.clone(),
            files: self.known.values().cloned().collect(),
            truncated: self.truncated.clone(),
        };
        let partial = self.path.with_extension("new");
        let mut file = File::create(&partial)?;
        file.write_all(&serde_json::to_vec(&saved)?)?;
        file.sync_all()?;
        fs::rename(&partial, &self.path)?;
        File::open(self.path.parent().expect("it lies in the state directory"))?.sync_all()?;
        self.dirty = false;
        Ok(())
    }

    /// Forgets the files that are gone longest, where there are too many.
    fn forget(&mut self) {
        let over = self.known.len().saturating_sub(FILES_KNOWN_MAX);
        if over > 0 {
            let mut oldest: Vec<(i64, FileId)> = self.known.values().map(|mark| (mark.seen, mark.id)).collect();
            oldest.sort_unstable();
            oldest.truncate(over);
            oldest.iter().for_each(|(_, id)| drop(self.known.remove(id)));
        }
    }
}
