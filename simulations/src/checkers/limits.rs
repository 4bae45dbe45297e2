//! Pending bytes and blocks never pass their limits, and the machine counts what the shell holds.
//!
//! Not verified: memory of the index, of queries and of the store; the retry times in refusals.

use vigil_node::{Config, Status};

use super::{Verdict, ensure};

pub(crate) fn check(config: &Config, status: &Status, held_bytes: u64, held: usize) -> Verdict {
    let limits = &config.limits;
    ensure(status.pending_bytes <= limits.pending_bytes as u64, "pending bytes stay within their limit", || {
        format!("{} of {}", status.pending_bytes, limits.pending_bytes)
    })?;
    ensure(status.blocks_in_flight <= limits.pending_blocks, "blocks in flight stay within their limit", || {
        format!("{} of {}", status.blocks_in_flight, limits.pending_blocks)
    })?;
    let unsynced = limits.unsynced_blocks + limits.pending_blocks + 1;
    ensure(status.blocks_unsynced <= unsynced, "unsynced blocks stay within their limit", || {
        format!("{} of {unsynced}", status.blocks_unsynced)
    })?;
    ensure(
        (status.pending_bytes, status.pending.submissions) == (held_bytes, held as u64),
        "the machine counts what the shell holds",
        || {
            format!(
                "{} bytes of {:?} where the shell holds {held_bytes} of {held}",
                status.pending_bytes, status.pending
            )
        },
    )
}
