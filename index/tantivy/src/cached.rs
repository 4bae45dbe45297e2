//! How the parts of chunks on disk are read once and kept unpacked, within one bound for all shelves.

use std::path::PathBuf;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use vigil_index::{ChunkError, ChunkSource, Dictionary, Encoded, Head, SourceError};
use vigil_model::limits::COLUMN_CACHE_BYTES;

use crate::columns::{Entry, read_head, read_part};

/// One part of one chunk: number of the file, place in it, which part.
type Key = (u64, u64, Part);

/// Which part of a chunk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Part {
    Head,
    Times,
    Dictionary(u16),
    Codes(u16),
}

/// A part, unpacked.
#[derive(Clone)]
enum Unpacked {
    Head(Arc<Encoded>),
    Times(Arc<Vec<i64>>),
    Dictionary(Arc<Dictionary>),
    Codes(Arc<Vec<u16>>),
    /// It cannot be read, and was told to be so once.
    Damaged(ChunkError),
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Unpacked> for Bytes {
    fn weight(&self, _: &Key, part: &Unpacked) -> u64 {
        const OWN: usize = 128;
        let bytes = match part {
            Unpacked::Head(encoded) => encoded.head().size() + encoded.head().fields.len() * 64,
            Unpacked::Times(times) => size_of_val(&times[..]),
            Unpacked::Dictionary(dictionary) => dictionary.size(),
            Unpacked::Codes(codes) => size_of_val(&codes[..]),
            Unpacked::Damaged(_) => 0,
        };
        (bytes + OWN) as u64
    }
}

/// Parts that were read, those that are asked for most.
pub(crate) struct ColumnCache(Cache<Key, Unpacked, Bytes>);

impl Default for ColumnCache {
    fn default() -> ColumnCache {
        const PARTS: usize = 4_096;
        ColumnCache(Cache::with_weighter(PARTS, COLUMN_CACHE_BYTES as u64, Bytes))
    }
}

/// A chunk on disk.
pub(crate) struct StoredChunk {
    /// The number of its file.
    pub(crate) file: u64,
    pub(crate) dir: PathBuf,
    pub(crate) entry: Entry,
    pub(crate) cache: Arc<ColumnCache>,
}

impl StoredChunk {
    fn part(
        &self,
        part: Part,
        read: impl FnOnce() -> Result<Result<Unpacked, ChunkError>, SourceError>,
    ) -> Result<Unpacked, SourceError> {
        let key = (self.file, self.entry.at, part);
        if let Some(known) = self.cache.0.get(&key) {
            return Ok(known);
        }
        let unpacked = match read()? {
            Ok(unpacked) => unpacked,
            Err(error) => {
                tracing::warn!(dir = %self.dir.display(), at = self.entry.at, ?part, %error, "rows answer in place of columns");
                Unpacked::Damaged(error)
            }
        };
        self.cache.0.insert(key, unpacked.clone());
        Ok(unpacked)
    }

    fn encoded(&self) -> Result<Arc<Encoded>, SourceError> {
        let read = || {
            let read = read_head(&self.dir, &self.entry)?;
            // The entry says what is asked of it before the chunk is opened: they must agree.
            let fits = |encoded: &Encoded| {
                let (head, entry) = (encoded.head(), &self.entry);
                encoded.len() == entry.len as usize
                    && (head.class, head.first, head.last, head.arrival)
                        == (entry.class, entry.first, entry.last, entry.arrival)
            };
            Ok(read.and_then(|encoded| match fits(&encoded) {
                true => Ok(Unpacked::Head(Arc::new(encoded))),
                false => Err(ChunkError::other("it is another than its entry says")),
            }))
        };
        match self.part(Part::Head, read)? {
            Unpacked::Head(encoded) => Ok(encoded),
            other => Err(other.why()),
        }
    }

    fn section(&self, range: std::ops::Range<usize>) -> Result<Vec<u8>, SourceError> {
        Ok(read_part(&self.dir, &self.entry, range)?)
    }
}

impl Unpacked {
    fn why(&self) -> SourceError {
        match self {
            Unpacked::Damaged(error) => SourceError::Corrupt(error.to_string()),
            _ => SourceError::Failed("another part of a chunk was found in the place of one".to_owned()),
        }
    }
}

impl ChunkSource for StoredChunk {
    fn head(&self) -> Result<Arc<Head>, SourceError> {
        Ok(self.encoded()?.head().clone())
    }

    fn times(&self) -> Result<Arc<Vec<i64>>, SourceError> {
        let encoded = self.encoded()?;
        let read =
            || Ok(encoded.times(&self.section(encoded.times_at())?).map(|times| Unpacked::Times(Arc::new(times))));
        match self.part(Part::Times, read)? {
            Unpacked::Times(times) => Ok(times),
            other => Err(other.why()),
        }
    }

    fn dictionary(&self, n: usize) -> Result<Arc<Dictionary>, SourceError> {
        let encoded = self.encoded()?;
        let read = || {
            let bytes = self.section(encoded.dictionary_at(n))?;
            Ok(encoded.dictionary(n, &bytes).map(|dictionary| Unpacked::Dictionary(Arc::new(dictionary))))
        };
        match self.part(Part::Dictionary(n as u16), read)? {
            Unpacked::Dictionary(dictionary) => Ok(dictionary),
            other => Err(other.why()),
        }
    }

    fn codes(&self, n: usize) -> Result<Arc<Vec<u16>>, SourceError> {
        let encoded = self.encoded()?;
        let read = || {
            let bytes = self.section(encoded.codes_at(n))?;
            Ok(encoded.codes(n, &bytes).map(|codes| Unpacked::Codes(Arc::new(codes))))
        };
        match self.part(Part::Codes(n as u16), read)? {
            Unpacked::Codes(codes) => Ok(codes),
            other => Err(other.why()),
        }
    }
}

#[cfg(test)]
mod tests {
    use vigil_index::{ColumnCollector, FieldUses, Posting};
    use vigil_model::{BlockRef, Class, LogNumber, RecordBuilder, Records, Timestamp, Value};

    use super::*;
    use crate::columns::ColumnFile;

    /// A chunk of three rows, of which one has another host than the others.
    fn chunk(other: usize) -> Vec<u8> {
        let mut records = Records::new();
        let mut builder = RecordBuilder::new();
        for n in 0..3 {
            builder.clear();
            builder.push("host", Value::Str(if n == other { "b" } else { "a" }));
            records.push(&mut builder, Timestamp(n as i64), false).expect("small");
        }
        let block = BlockRef { log: LogNumber(0), seq: 0 };
        let posting = Posting::of_body(block, Class::Logs, 1, &records)[0];
        let mut collector = ColumnCollector::new(Class::Logs);
        collector.add(&posting, records.iter().flatten());
        collector.finish(&FieldUses::new()).expect("rows")
    }

    #[test]
    fn a_file_in_the_place_of_another_is_not_taken_for_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = Arc::new(ColumnCache::default());
        for (number, other) in [(1, 0), (2, 2)] {
            let mut file = ColumnFile::open(dir.path(), number, u64::MAX);
            file.append(&chunk(other)).expect("writable");
            let entry = file.entries[0];
            let stored = StoredChunk { file: number, dir: dir.path().to_owned(), entry, cache: cache.clone() };
            assert_eq!(*stored.head().expect("sound").fields[0].name, *"host");
            let codes = stored.codes(0).expect("sound");
            assert_eq!(codes.iter().position(|code| *code == 2), Some(other));
            std::fs::remove_file(dir.path().join(crate::columns::FILE)).expect("there");
            assert_eq!(stored.codes(0).expect("it was read before"), codes);
            assert!(stored.times().is_err(), "it was not");
        }
    }
}
