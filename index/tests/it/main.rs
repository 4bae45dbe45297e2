//! What the query engine must hold to, over random events and queries.

mod pages;
mod superset;
mod world;
