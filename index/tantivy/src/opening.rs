//! What of an index can be used, that lies in a directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::progress::Progress;
use crate::shelf::{self, ShelfId, Unusable};
use crate::shelves::Shelf;
use crate::{IndexError, ShelfOptions, Verify};

/// What is looked through when the index is opened.
pub(crate) struct Opening<'a> {
    pub(crate) root: &'a Path,
    pub(crate) options: &'a ShelfOptions,
}

/// What was found, and can be used.
pub(crate) struct Opened {
    pub(crate) progress: Progress,
    /// Those that are lost among them, without an index.
    pub(crate) shelves: BTreeMap<ShelfId, Shelf>,
    /// See [`crate::Shelves::was_ahead`].
    pub(crate) ahead: Option<u64>,
}

impl Opening<'_> {
    pub(crate) fn run(&self) -> Result<Opened, IndexError> {
        let mut progress = Progress::read(self.root);
        let mut shelves = self.shelves()?;
        let seen = shelves.values().map(|shelf| shelf.committed).fold(progress.arrival, u64::max);
        let ahead = (seen > self.options.log_arrival).then_some(seen);
        if let Some(ahead) = ahead {
            tracing::warn!(ahead, log = self.options.log_arrival, "the index is ahead of the log: it is rebuilt");
            std::mem::take(&mut shelves).into_keys().try_for_each(|id| remove(self.root, id))?;
            progress = Progress::default();
            progress.write(self.root)?;
        }
        self.note_lost(&mut progress, &mut shelves)?;
        Ok(Opened { progress, shelves, ahead })
    }

    /// Marks the shelves that are not there, or were being rebuilt. The others are not touched.
    fn note_lost(&self, progress: &mut Progress, shelves: &mut BTreeMap<ShelfId, Shelf>) -> Result<(), IndexError> {
        let listed = progress.shelves.iter().chain(&progress.lost);
        let gone: Vec<ShelfId> = listed.copied().filter(|id| !shelves.contains_key(id)).collect();
        if gone.iter().any(|id| progress.shelves.contains(id)) {
            tracing::warn!("shelves are missing: they are rebuilt from the log");
        }
        for id in progress.lost.iter().chain(&gone) {
            shelves.entry(*id).or_default().lacking = true;
        }
        if !gone.is_empty() {
            progress.from = 0;
            progress.shelves.retain(|id| !gone.contains(id));
            progress.lost = shelves.iter().filter(|(_, shelf)| shelf.lacking).map(|(id, _)| *id).collect();
            progress.write(self.root)?;
        }
        Ok(())
    }

    fn shelves(&self) -> Result<BTreeMap<ShelfId, Shelf>, IndexError> {
        let mut shelves = BTreeMap::new();
        for entry in fs::read_dir(self.root).map_err(IndexError::io("list", self.root))? {
            let name = entry.map_err(IndexError::io("list", self.root))?.file_name();
            let Some(id) = name.to_str().and_then(ShelfId::parse) else { continue };
            match self.shelf(id) {
                Ok(shelf) => drop(shelves.insert(id, shelf)),
                Err(why) => {
                    tell(id, &why);
                    remove(self.root, id)?;
                }
            }
        }
        Ok(shelves)
    }

    fn shelf(&self, id: ShelfId) -> Result<Shelf, Unusable> {
        let found = shelf::open(&id.dir(self.root))?;
        if self.options.verify == Verify::AtOnce {
            shelf::verify(&found.index)?;
        }
        let unverified = self.options.verify == Verify::Later;
        Ok(Shelf { index: Some(found.index), committed: found.arrival, lacking: false, unverified })
    }
}

/// Deletes a shelf.
pub(crate) fn remove(root: &Path, id: ShelfId) -> Result<(), IndexError> {
    let dir = id.dir(root);
    fs::remove_dir_all(&dir).map_err(IndexError::io("remove", &dir))
}

/// A crash before the first commit is nothing to worry about: the log is indexed from there.
pub(crate) fn tell(shelf: ShelfId, why: &Unusable) {
    match why {
        Unusable::NeverCommitted => tracing::debug!(%shelf, "a crash came before the shelf's first commit: removed"),
        Unusable::Damaged(why) => tracing::warn!(%shelf, why, "shelf cannot be used: it is rebuilt"),
    }
}
