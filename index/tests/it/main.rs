//! What the query engine must hold to, over random events and queries.

mod pages;
mod parallel;
mod superset;
mod unindexed;
mod world;
