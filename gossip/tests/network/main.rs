//! Machines on an in-memory network come to hold the same, and pay little for it.

mod figures;
mod hostile;
mod live;
mod store;
mod storm;
mod world;
