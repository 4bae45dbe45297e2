//! Does a real node keep its promises over HTTP?

mod crash;
mod disk_full;
mod first_session;
mod index_deleted;
mod live_tail;
mod sync_interval;
