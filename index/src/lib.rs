//! What was asked, and what the answer is.
//!
//! The index prunes, the rows decide: [`Prune`] says which frames can hold an answer, an engine
//! turns it into [`Posting`]s, and [`execute`] reads those frames and evaluates every row. The
//! hot tail, not yet in the index, enters as postings too.

mod aggregates;
mod answer;
mod bodies;
mod columns;
mod context;
mod cursor;
mod error;
mod evaluate;
mod execute;
mod explain;
mod finish;
mod gather;
mod groups;
mod join;
mod kept;
mod lens;
mod memory;
mod order;
mod parallel;
mod plan;
mod prune;
mod resolve;
mod row;
mod scratch;
mod source;
mod steps;
mod table;
mod terms;
mod value;
mod view;

pub use answer::{Answer, QueryStats};
pub use columns::{
    Chunk, ChunkError, ChunkSource, ColumnCollector, Covering, Dictionary, Encoded, FieldHead, FieldUses, Head, RollUp,
};
pub use context::context;
pub use cursor::Cursor;
pub use error::QueryError;
pub use evaluate::{Evaluator, Partial};
pub use execute::{Cut, Execution, NoPostings, Options, Sources, execute, scan};
pub use explain::{Explain, explain};
pub use lens::{Lens, LensError};
pub use memory::MemoryLog;
pub use parallel::{Slice, SliceEnd, Work};
pub use prune::{HASHED_TERMS, Prune, Terms};
pub use resolve::{Resolved, resolve};
pub use row::Row;
pub use source::{FrameSource, Posting, Postings, SourceError};
pub use terms::{FrameTerms, OPAQUE_TERM, TermCollector};
pub use value::OwnedValue;
