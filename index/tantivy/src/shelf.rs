//! What a shelf is: one run of event times in one directory.

use std::fmt;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::store::Compressor;
use tantivy::{Index, IndexMeta, IndexSettings};
use vigil_model::Timestamp;
use vigil_query::TimeRange;

use crate::IndexError;
use crate::schema::{SCHEMA_VERSION, schema};

/// Years before the seal of a block, beyond which an event is odd.
const YEARS_BACK: i64 = 10;
/// Days after it.
const DAYS_AHEAD: i64 = 1;

/// One run of event times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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
    pub(crate) fn overlaps(self, time: &TimeRange) -> bool {
        self.times().is_none_or(|day| time.overlaps(day.from, Timestamp(day.to.0.saturating_sub(1))))
    }

    /// Whether a row of `first..=last` can be in it.
    pub(crate) fn touches(self, first: Timestamp, last: Timestamp) -> bool {
        match self {
            ShelfId::Odd => true,
            ShelfId::Day(day) => first.day() <= day && day <= last.day(),
        }
    }

    /// The times of a day; `None` of odd ones.
    pub(crate) fn times(self) -> Option<TimeRange> {
        let ShelfId::Day(day) = self else { return None };
        let first = day.saturating_mul(Timestamp::DAY);
        Some(TimeRange { from: Timestamp(first), to: Timestamp(first.saturating_add(Timestamp::DAY)) })
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

/// Why a shelf that is there cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It was begun, and a crash came before its first commit.
    NeverCommitted,
    /// Anything else, in words.
    Damaged(String),
}

impl<E: std::error::Error> From<E> for Unusable {
    fn from(error: E) -> Unusable {
        Unusable::Damaged(error.to_string())
    }
}

/// Opens a shelf that is there.
pub(crate) fn open(dir: &Path) -> Result<Found, Unusable> {
    if is_bare(dir)? {
        return Err(Unusable::NeverCommitted);
    }
    let index = Index::open_in_dir(dir)?;
    if index.schema() != schema() {
        return Err(Unusable::Damaged("it has another schema".to_owned()));
    }
    let arrival = committed(&index.load_metas()?)?;
    Ok(Found { index, arrival })
}

/// Reads all files of a shelf and compares their checksums.
pub(crate) fn verify(index: &Index) -> Result<(), Unusable> {
    match index.validate_checksum()?.len() {
        0 => Ok(()),
        count => Err(Unusable::Damaged(format!("{count} of its files are damaged"))),
    }
}

/// Whether a directory was made and no index in it yet. Files of dots and locks come first.
fn is_bare(dir: &Path) -> std::io::Result<bool> {
    for entry in std::fs::read_dir(dir)? {
        if !entry?.file_name().to_string_lossy().starts_with('.') {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Up to where the last commit goes.
fn committed(metas: &IndexMeta) -> Result<u64, Unusable> {
    match &metas.payload {
        None if metas.segments.is_empty() => Err(Unusable::NeverCommitted),
        None => Err(Unusable::Damaged("its commit says nothing".to_owned())),
        Some(payload) => read_payload(payload).ok_or_else(|| Unusable::Damaged(format!("its commit says `{payload}`"))),
    }
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

    fn why(dir: &Path) -> Option<Unusable> {
        open(dir).err()
    }

    #[test]
    fn a_shelf_before_its_first_commit_is_no_damage() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let dir = ShelfId::Odd.dir(root.path());
        std::fs::create_dir(&dir).expect("writable");
        assert_eq!(why(&dir), Some(Unusable::NeverCommitted), "nothing but the directory");
        let index = create(ShelfId::Odd, root.path()).expect("the disk is sound");
        assert_eq!(why(&dir), Some(Unusable::NeverCommitted), "an index without a commit");
        let mut writer = index.writer_with_num_threads::<tantivy::TantivyDocument>(1, 15 << 20).expect("memory");
        let mut commit = writer.prepare_commit().expect("the disk is sound");
        commit.set_payload(&payload(7));
        commit.commit().expect("the disk is sound");
        assert_eq!(open(&dir).map(|found| found.arrival).ok(), Some(7));
        std::fs::write(dir.join("meta.json"), "").expect("writable");
        assert!(matches!(why(&dir), Some(Unusable::Damaged(_))), "a lost commit is damage");
        std::fs::remove_file(dir.join("meta.json")).expect("there");
        std::fs::write(dir.join("0.term"), "").expect("writable");
        assert!(matches!(why(&dir), Some(Unusable::Damaged(_))), "files without an index are damage");
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
