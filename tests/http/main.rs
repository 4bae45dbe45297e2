//! Does a real node keep its promises over HTTP?

mod crash;
mod disk_full;
mod first_session;
mod index_deleted;
mod index_failing;
mod index_rebuilt;
mod live_tail;
mod log_damaged;
mod sources;
mod sync_interval;
