//! What a shelf is: one run of event times in one directory.

use std::fmt;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::store::Compressor;
use tantivy::{Index, IndexSettings};
use vigil_model::Timestamp;

use crate::IndexError;
use crate::schema::{SCHEMA_VERSION, schema};

/// Years before the seal of a block, beyond which an event is odd.
const YEARS_BACK: i64 = 10;
/// Days after it.
const DAYS_AHEAD: i64 = 1;

/// One run of event times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum ShelfId {
    /// One UTC day, counted from 1970-01-01.
    Day(i64),
    /// Events long before or after their block was sealed: few, and not worth a directory a day.
    Odd,
}

/// The shelf of an event, and on which side of the days it lies: rows of one document are one run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) shelf: ShelfId,
    late: bool,
}

impl Place {
    /// Depends on nothing but the event and its block, so that a replay puts it where it was.
    pub(crate) fn of(time: Timestamp, sealed: Timestamp) -> Place {
        let (day, today) = (time.day(), sealed.day());
        if day > today + DAYS_AHEAD {
            Place { shelf: ShelfId::Odd, late: true }
        } else if day < today - YEARS_BACK * 365 {
            Place { shelf: ShelfId::Odd, late: false }
        } else {
            Place { shelf: ShelfId::Day(day), late: false }
        }
    }
}

impl ShelfId {
    /// Reads the name of a directory.
    pub(crate) fn parse(name: &str) -> Option<ShelfId> {
        if name == "odd" {
            return Some(ShelfId::Odd);
        }
        let midnight: Timestamp = format!("{name}T00:00:00Z").parse().ok()?;
        let shelf = ShelfId::Day(midnight.day());
        (shelf.to_string() == name).then_some(shelf)
    }

    /// Whether a row of these times can be in it.
    pub(crate) fn overlaps(self, time: &vigil_query::TimeRange) -> bool {
        match self {
            ShelfId::Odd => true,
            ShelfId::Day(day) => {
                let first = day.saturating_mul(Timestamp::DAY);
                time.overlaps(Timestamp(first), Timestamp(first.saturating_add(Timestamp::DAY - 1)))
            }
        }
    }

    pub(crate) fn dir(self, root: &Path) -> PathBuf {
        root.join(self.to_string())
    }
}

impl fmt::Display for ShelfId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShelfId::Odd => f.write_str("odd"),
            ShelfId::Day(day) => {
                let midnight = Timestamp(day.saturating_mul(Timestamp::DAY)).to_string();
                f.write_str(midnight.trim_end_matches("T00:00:00Z"))
            }
        }
    }
}

/// What a commit says of itself.
pub(crate) fn payload(arrival: u64) -> String {
    format!("{SCHEMA_VERSION} {arrival}")
}

/// The arrival of a payload of this schema.
fn read_payload(payload: &str) -> Option<u64> {
    let (version, arrival) = payload.split_once(' ')?;
    if version.parse() != Ok(SCHEMA_VERSION) {
        return None;
    }
    arrival.parse().ok()
}

/// A shelf as it was found.
pub(crate) struct Found {
    pub(crate) index: Index,
    /// Blocks up to here are in it.
    pub(crate) arrival: u64,
}

/// Opens a shelf that is there. The error says why it cannot be used.
pub(crate) fn open(dir: &Path, verify: bool) -> Result<Found, String> {
    let index = Index::open_in_dir(dir).map_err(|error| error.to_string())?;
    if index.schema() != schema() {
        return Err("it has another schema".to_owned());
    }
    let metas = index.load_metas().map_err(|error| error.to_string())?;
    let payload = metas.payload.unwrap_or_default();
    let arrival = read_payload(&payload).ok_or_else(|| format!("its commit says `{payload}`"))?;
    if verify {
        let damaged = index.validate_checksum().map_err(|error| error.to_string())?;
        if !damaged.is_empty() {
            return Err(format!("{} of its files are damaged", damaged.len()));
        }
    }
    Ok(Found { index, arrival })
}

/// Makes an empty shelf; what a crash left half made is swept away.
pub(crate) fn create(shelf: ShelfId, root: &Path) -> Result<Index, IndexError> {
    let dir = shelf.dir(root);
    match std::fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(IndexError::io("remove", &dir)(error));
        }
        _ => {}
    }
    std::fs::create_dir_all(&dir).map_err(IndexError::io("create", &dir))?;
    let directory = MmapDirectory::open(&dir).map_err(IndexError::shelf(shelf))?;
    // Nothing is stored, so nothing needs a thread that compresses it.
    let settings = IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    Index::create(directory, schema(), settings).map_err(IndexError::shelf(shelf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_days() {
        for (day, name) in [(0, "1970-01-01"), (-1, "1969-12-31"), (20_778, "2026-11-21")] {
            assert_eq!(ShelfId::Day(day).to_string(), name);
            assert_eq!(ShelfId::parse(name), Some(ShelfId::Day(day)));
        }
        assert_eq!(ShelfId::parse("odd"), Some(ShelfId::Odd));
        for name in ["", "progress", "2026-11-21.old", "2026-11-21T00", "2026-1-1"] {
            assert_eq!(ShelfId::parse(name), None, "{name}");
        }
    }

    #[test]
    fn far_times_are_odd_on_two_sides() {
        let sealed: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let place = |time: Timestamp| Place::of(time, sealed);
        assert_eq!(place(sealed).shelf, ShelfId::Day(sealed.day()));
        assert_eq!(place("2026-11-22T23:00:00Z".parse().expect("a time")).shelf, ShelfId::Day(sealed.day() + 1));
        assert_eq!(place(Timestamp::MAX).shelf, ShelfId::Odd);
        assert_eq!(place(Timestamp::MIN).shelf, ShelfId::Odd);
        assert_ne!(place(Timestamp::MAX), place(Timestamp::MIN));
    }
}
