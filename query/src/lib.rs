//! How a question is said, and whether one event answers it.
//!
//! [`parse`] reads VQL into a [`Query`]: one time range, one filter tree, a list of pipes. Other
//! front ends build the same [`Query`]. [`Filter::matches`] decides on one event; it is the
//! oracle for the index, the live tail and the alerts.

mod ast;

pub use ast::{
    Bound, Comparison, Field, FieldTest, Filter, Pipe, Query, SortKey, Stat, StatFunction, Stats, TimeRange,
};
