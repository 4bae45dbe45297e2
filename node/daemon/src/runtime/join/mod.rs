//! How a node becomes a member: the door of the one that lets in, the steps of the one that joins.

mod door;
mod invites;
mod joining;
mod messages;
mod words;

pub(super) use door::{Door, Pending, Undecided};
pub(super) use invites::Invites;
pub(super) use joining::{Joined, Joining};
use words::words;
