//! What was asked, and what the answer is.
//!
//! The index prunes, the rows decide: [`Prune`] says which frames can hold an answer, an engine
//! turns it into [`Posting`]s, and [`execute`] reads those frames and evaluates every row. The
//! hot tail, not yet in the index, enters as postings too.

mod source;

pub use source::{FrameSource, Posting, Postings, SourceError};
