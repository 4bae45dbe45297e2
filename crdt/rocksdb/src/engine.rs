//! Ordered tables on RocksDB, and what happens when it can write no more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use rocksdb::{ColumnFamily, DB, Direction, ErrorKind, IteratorMode, ReadOptions, WriteBatch, WriteOptions};
use vigil_crdt::engine::{Engine, EngineError, Op, Row, Table};
use vigil_crdt::{CommitError, StoreError};

use crate::database::Setup;
use crate::room::{Room, disk_bytes};
use crate::{Options, format};

/// RocksDB, with one column family for each table.
pub struct RocksEngine {
    dir: PathBuf,
    setup: Setup,
    room: Room,
    /// Empty only when it could not even be opened for reading again.
    database: RwLock<Option<DB>>,
    /// A write failed: RocksDB takes no more until it is opened anew.
    broken: AtomicBool,
}

impl RocksEngine {
    /// Opens or creates the store in `dir`; what a newer version wrote is not touched.
    pub fn open(dir: &Path, options: &Options) -> Result<RocksEngine, StoreError> {
        format::check(dir)?;
        let setup = Setup::new(options);
        let database = setup.open(dir).map_err(|error| cannot_open(dir, &error))?;
        format::raise(dir)?;
        Ok(RocksEngine {
            room: Room::new(dir, options.max_disk, options.min_free),
            dir: dir.to_owned(),
            setup,
            database: RwLock::new(Some(database)),
            broken: AtomicBool::new(false),
        })
    }

    /// Moves all that is in memory into sorted files.
    pub fn flush(&self) -> Result<(), CommitError> {
        self.writing(|database| Table::ALL.into_iter().try_for_each(|table| database.flush_cf(family(database, table))))
    }

    fn reading<T>(&self, read: impl FnOnce(&DB) -> Result<T, rocksdb::Error>) -> Result<T, EngineError> {
        let database = self.database.read();
        let closed = || EngineError { damaged: false, why: "it could not be opened again".to_owned() };
        read(database.as_ref().ok_or_else(closed)?)
            .map_err(|error| EngineError { damaged: error.kind() == ErrorKind::Corruption, why: error.to_string() })
    }

    fn writing(&self, write: impl FnOnce(&DB) -> Result<(), rocksdb::Error>) -> Result<(), CommitError> {
        let database = self.database.read();
        let closed = || CommitError::Io("it could not be opened again".to_owned());
        write(database.as_ref().ok_or_else(closed)?).map_err(|error| {
            self.broken.store(true, Ordering::Relaxed);
            cannot_write(&error)
        })
    }

    fn reopen(&self) -> Result<(), CommitError> {
        let mut slot = self.database.write();
        // Closed first: RocksDB locks its directory.
        *slot = None;
        match self.setup.open(&self.dir) {
            Ok(database) => *slot = Some(database),
            Err(error) => {
                *slot = self.setup.open_to_read(&self.dir).ok();
                return Err(cannot_write(&error));
            }
        }
        Ok(())
    }
}

fn family(database: &DB, table: Table) -> &ColumnFamily {
    database.cf_handle(table.name()).expect("every table was opened with the database")
}

fn cannot_open(dir: &Path, error: &rocksdb::Error) -> StoreError {
    let text = error.to_string();
    if error.kind() == ErrorKind::IOError && text.contains("lock") {
        return StoreError::InUse(dir.display().to_string());
    }
    StoreError::Io(text)
}

fn cannot_write(error: &rocksdb::Error) -> CommitError {
    let text = error.to_string();
    let full = ["No space left", "Disk quota exceeded"].iter().any(|sign| text.contains(sign));
    if full { CommitError::Full(text) } else { CommitError::Io(text) }
}

impl Engine for RocksEngine {
    fn read<T>(&self, table: Table, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, EngineError> {
        self.reading(|database| {
            let value = database.get_pinned_cf(family(database, table), key)?;
            Ok(value.map(|value| read(&value)))
        })
    }

    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, EngineError> {
        self.reading(|database| {
            let rows = database.iterator_cf(family(database, table), IteratorMode::From(from, Direction::Forward));
            rows.take(limit).map(|row| row.map(|(key, value)| (key.into_vec(), value.into_vec()))).collect()
        })
    }

    fn keys(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, EngineError> {
        self.reading(|database| {
            let mut rows = database.raw_iterator_cf(family(database, table));
            rows.seek(from);
            let mut keys = Vec::new();
            while let Some(key) = rows.key().filter(|_| keys.len() < limit) {
                keys.push(key.to_vec());
                rows.next();
            }
            rows.status().map(|()| keys)
        })
    }

    fn last(&self, table: Table, bound: Option<&[u8]>) -> Result<Option<Row>, EngineError> {
        self.reading(|database| {
            let mut options = ReadOptions::default();
            bound.into_iter().for_each(|bound| options.set_iterate_upper_bound(bound));
            let mut rows = database.iterator_cf_opt(family(database, table), options, IteratorMode::End);
            rows.next().transpose().map(|row| row.map(|(key, value)| (key.into_vec(), value.into_vec())))
        })
    }

    fn write(&self, ops: &[Op<'_>], sync: bool) -> Result<(), CommitError> {
        if ops.iter().any(Op::is_data) {
            self.room.check(ops.iter().map(|op| op.value.as_ref().map_or(0, |value| value.len() as u64)).sum())?;
        }
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        self.writing(|database| {
            let mut batch = WriteBatch::default();
            for op in ops {
                match &op.value {
                    Some(value) => batch.put_cf(family(database, op.table), &op.key, value),
                    None => batch.delete_cf(family(database, op.table), &op.key),
                }
            }
            database.write_opt(batch, &options)
        })
    }

    fn sync(&self) -> Result<(), CommitError> {
        self.writing(|database| database.flush_wal(true))
    }

    fn heal(&self) -> Result<bool, CommitError> {
        if !self.broken.load(Ordering::Relaxed) {
            return Ok(false);
        }
        self.room.check(0)?;
        self.reopen()?;
        self.broken.store(false, Ordering::Relaxed);
        tracing::warn!(dir = %self.dir.display(), "the log was opened anew after a failed write");
        Ok(true)
    }

    fn disk_bytes(&self) -> u64 {
        disk_bytes(&self.dir)
    }
}
