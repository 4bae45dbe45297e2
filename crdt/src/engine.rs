//! What a store needs of the thing it is made of: ordered tables and one atomic write.

use std::borrow::Cow;

use vigil_model::Class;

use crate::store::CommitError;

/// The tables of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Headers of blocks.
    Headers,
    /// Bodies of one class.
    Body(Class),
    /// The order of arrival.
    Arrival,
    /// The rows of the order of arrival that brought bodies only, a second time: headers tell of
    /// the others.
    Fills,
    /// The end of each log.
    Frontier,
    /// What is remembered of requests.
    Idempotency,
    /// What is said of the store as a whole.
    Meta,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 12] = [
        Table::Headers,
        Table::Body(Class::Control),
        Table::Body(Class::Audit),
        Table::Body(Class::Findings),
        Table::Body(Class::Logs),
        Table::Body(Class::Metrics),
        Table::Body(Class::Traces),
        Table::Arrival,
        Table::Fills,
        Table::Frontier,
        Table::Idempotency,
        Table::Meta,
    ];

    /// Its name on disk, for ever.
    pub fn name(self) -> &'static str {
        match self {
            Table::Headers => "headers",
            Table::Body(Class::Control) => "body_control",
            Table::Body(Class::Audit) => "body_audit",
            Table::Body(Class::Findings) => "body_findings",
            Table::Body(Class::Logs) => "body_logs",
            Table::Body(Class::Metrics) => "body_metrics",
            Table::Body(Class::Traces) => "body_traces",
            Table::Arrival => "arrival",
            Table::Fills => "fills",
            Table::Frontier => "frontier",
            Table::Idempotency => "idempotency",
            Table::Meta => "meta",
        }
    }
}

/// One change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op<'a> {
    /// The table.
    pub table: Table,
    /// The row.
    pub key: Vec<u8>,
    /// Its new value; `None` removes it.
    pub value: Option<Cow<'a, [u8]>>,
}

impl<'a> Op<'a> {
    /// Sets a row.
    pub fn put(table: Table, key: impl Into<Vec<u8>>, value: impl Into<Cow<'a, [u8]>>) -> Op<'a> {
        Op { table, key: key.into(), value: Some(value.into()) }
    }

    /// Removes a row.
    pub fn delete(table: Table, key: impl Into<Vec<u8>>) -> Op<'a> {
        Op { table, key: key.into(), value: None }
    }

    /// Whether it brings a body: new data, as against repair of what is there.
    pub fn is_data(&self) -> bool {
        matches!(self.table, Table::Body(_)) && self.value.is_some()
    }
}

/// Why an engine cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError {
    /// The engine itself found damaged bytes; otherwise it failed as a whole.
    pub damaged: bool,
    /// In its own words.
    pub why: String,
}

/// A row: key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Ordered tables under a store. Calls block.
pub trait Engine: Send + Sync {
    /// Reads one row in place.
    fn read<T>(&self, table: Table, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, EngineError>;

    /// Up to `limit` rows from the first key not below `from`, rising.
    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, EngineError>;

    /// The keys of [`Engine::scan`].
    fn keys(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, EngineError> {
        Ok(self.scan(table, from, limit)?.into_iter().map(|(key, _)| key).collect())
    }

    /// The row with the highest key below `bound`; of all rows without a bound.
    fn last(&self, table: Table, bound: Option<&[u8]>) -> Result<Option<Row>, EngineError>;

    /// All of it or nothing, in this order where order shows. Refuses new data, but not repairs,
    /// when there is no room.
    fn write(&self, ops: &[Op<'_>], sync: bool) -> Result<(), CommitError>;

    /// Makes every earlier write survive the death of the machine.
    fn sync(&self) -> Result<(), CommitError>;

    /// Gets ready to write after a write failed. True when it had to start anew: then a write that
    /// was answered with an error may be there after all.
    fn heal(&self) -> Result<bool, CommitError>;

    /// Bytes held.
    fn disk_bytes(&self) -> u64;
}
