//! Up to where the index as a whole has come, and which shelves it has.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::IndexError;
use crate::schema::SCHEMA_VERSION;
use crate::shelf::ShelfId;

const FILE: &str = "progress";
const FRESH: &str = "progress.new";

/// Every block up to `arrival` is in `shelves`, and up to `from` in those that were `lost`, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) arrival: u64,
    /// Equal to `arrival` when none is lost.
    pub(crate) from: u64,
    pub(crate) shelves: Vec<ShelfId>,
    pub(crate) lost: Vec<ShelfId>,
}

impl Progress {
    /// What was written last; nothing when there is no such file, or none that can be trusted.
    pub(crate) fn read(root: &Path) -> Progress {
        let text = fs::read_to_string(root.join(FILE)).unwrap_or_default();
        parse(&text).unwrap_or_default()
    }

    /// Replaces the file so that a crash leaves the old one or the new one.
    pub(crate) fn write(&self, root: &Path) -> Result<(), IndexError> {
        let fresh = root.join(FRESH);
        let mut file = File::create(&fresh).map_err(IndexError::io("create", &fresh))?;
        file.write_all(self.to_text().as_bytes()).map_err(IndexError::io("write", &fresh))?;
        file.sync_all().map_err(IndexError::io("sync", &fresh))?;
        fs::rename(&fresh, root.join(FILE)).map_err(IndexError::io("rename", &fresh))?;
        sync_dir(root)
    }

    fn to_text(&self) -> String {
        let mut text = format!("vigil index {SCHEMA_VERSION}\narrival {}\n", self.arrival);
        if self.from < self.arrival {
            text.push_str(&format!("from {}\n", self.from));
        }
        self.shelves.iter().for_each(|shelf| text.push_str(&format!("shelf {shelf}\n")));
        self.lost.iter().for_each(|shelf| text.push_str(&format!("lost {shelf}\n")));
        text.push_str("end\n");
        text
    }
}

pub(crate) fn sync_dir(dir: &Path) -> Result<(), IndexError> {
    let open = File::open(dir).and_then(|dir| dir.sync_all());
    open.map_err(IndexError::io("sync", dir))
}

fn parse(text: &str) -> Option<Progress> {
    let mut lines = text.strip_suffix("end\n")?.lines();
    if lines.next()? != format!("vigil index {SCHEMA_VERSION}") {
        return None;
    }
    let arrival = lines.next()?.strip_prefix("arrival ")?.parse().ok()?;
    let mut progress = Progress { arrival, from: arrival, ..Progress::default() };
    for line in lines {
        match line.split_once(' ')? {
            ("from", from) => progress.from = from.parse().ok().filter(|from| *from < arrival)?,
            ("shelf", shelf) => progress.shelves.push(ShelfId::parse(shelf)?),
            ("lost", shelf) => progress.lost.push(ShelfId::parse(shelf)?),
            _ => return None,
        }
    }
    Some(progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_written_and_nothing_else_is_believed() {
        let whole = Progress { arrival: 42, from: 42, shelves: vec![ShelfId::Day(3), ShelfId::Odd], lost: Vec::new() };
        let rebuilding = Progress { from: 7, lost: vec![ShelfId::Day(5)], ..whole.clone() };
        for progress in [whole, rebuilding.clone()] {
            let text = progress.to_text();
            assert_eq!(parse(&text), Some(progress));
            for end in 0..text.len() {
                assert_eq!(parse(&text[..end]), None, "cut at {end}");
            }
        }
        let text = rebuilding.to_text();
        assert_eq!(parse(&text.replace("from 7", "from 42")), None);
        assert_eq!(parse(&text.replace("index 3", "index 2")), None);
    }
}
