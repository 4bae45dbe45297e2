//! How RocksDB is set up: tables, memory, and the way to open it.

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, LogLevel, Options as DbOptions,
    WriteBufferManager,
};
use vigil_crdt::engine::Table;

use crate::Options;

/// Files that are forgotten at the latest when the write-ahead log is this large: it bounds the
/// time that a start spends replaying.
const WAL_BYTES_MAX: u64 = 64 << 20;
const MIB: u64 = 1 << 20;

/// One set of options, shared by every opening of the same store.
pub(crate) struct Setup {
    database: DbOptions,
    cache: Cache,
    memtable_bytes: usize,
}

impl Setup {
    pub(crate) fn new(options: &Options) -> Setup {
        let mut database = DbOptions::default();
        database.create_if_missing(true);
        database.create_missing_column_families(true);
        database.set_write_buffer_manager(&WriteBufferManager::new_write_buffer_manager(options.memtable_bytes, false));
        database.set_max_total_wal_size(WAL_BYTES_MAX);
        database.set_bytes_per_sync(MIB);
        database.set_wal_bytes_per_sync(MIB);
        database.set_track_and_verify_wals_in_manifest(true);
        database.set_keep_log_file_num(4);
        database.set_max_log_file_size(4 << 20);
        database.set_log_level(LogLevel::Warn);
        let cache = Cache::new_hyper_clock_cache(options.cache_bytes / 2, 0);
        Setup { database, cache, memtable_bytes: options.memtable_bytes }
    }

    pub(crate) fn open(&self, dir: &Path) -> Result<DB, rocksdb::Error> {
        DB::open_cf_descriptors(&self.database, dir, self.tables())
    }

    /// For reading only, while the disk has no room to open it fully.
    pub(crate) fn open_to_read(&self, dir: &Path) -> Result<DB, rocksdb::Error> {
        DB::open_cf_descriptors_read_only(&self.database, dir, self.tables(), false)
    }

    fn tables(&self) -> Vec<ColumnFamilyDescriptor> {
        Table::ALL.map(|table| ColumnFamilyDescriptor::new(table.name(), self.table(table))).into()
    }

    /// No filters and no prefixes: almost every key that is asked for exists, and keys of one log
    /// rise, so that at most one file of a level can hold it.
    fn table(&self, table: Table) -> DbOptions {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&self.cache);
        blocks.set_block_size(16 << 10);
        blocks.set_cache_index_and_filter_blocks(true);
        let mut options = DbOptions::default();
        options.set_block_based_table_factory(&blocks);
        // A quarter each, so that the small tables are not flushed because the large one grows.
        options.set_write_buffer_size((self.memtable_bytes / 4).max(1 << 20));
        if matches!(table, Table::Body(_)) {
            // Frames are compressed already.
            options.set_compression_type(DBCompressionType::None);
        } else {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_bottommost_compression_type(DBCompressionType::Zstd);
        }
        options
    }
}
