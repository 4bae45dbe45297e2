//! What the query engine must hold to, over random events and queries.

mod columns;
mod covered;
mod lens;
mod pages;
mod parallel;
mod steps;
mod steps_world;
mod superset;
mod unindexed;
mod world;
