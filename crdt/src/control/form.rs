//! Is a control record well formed: its lists within their limits, its names fit to be shown?
//!
//! What is not well formed is no record at all, on every node alike; so these rules are part of
//! the format and never become stricter.

use vigil_model::limits::{
    ADDRESS_BYTES_MAX, CONTROL_ADDRESSES_MAX, CONTROL_ADOPTED_MAX, CONTROL_POSITIONS_MAX, CONTROL_REASON_BYTES_MAX,
    CONTROL_SEEN_MAX, NAME_BYTES_MAX, TOKEN_FILTER_BYTES_MAX,
};
use vigil_model::{LogId, NodeId};

use super::{Adopted, ControlError, ControlRecord, Op, TokenId};

/// Whether the record keeps every rule of the format.
pub(super) fn check(record: &ControlRecord) -> Result<(), ControlError> {
    at_most("logs seen", record.seen.len(), CONTROL_SEEN_MAX)?;
    if !rises(&record.seen, |entry| entry.0) {
        return Err(ControlError::Malformed("the logs seen do not rise"));
    }
    check_op(&record.op)
}

/// Whether the operation keeps every rule of the format.
pub(super) fn check_op(op: &Op) -> Result<(), ControlError> {
    match op {
        Op::Admit { node, name, adopted, .. } => {
            check_name(name)?;
            check_adopted(node, adopted)
        }
        Op::Remove { node, positions, reason } => {
            at_most("bytes of reason", reason.len(), CONTROL_REASON_BYTES_MAX)?;
            at_most("logs of one node", positions.len(), CONTROL_POSITIONS_MAX)?;
            own_logs(node, positions.iter().map(|position| position.0.node))?;
            rising(rises(positions, |position| position.0))
        }
        Op::Rename { name, .. } => check_name(name),
        Op::Addresses { addresses } => check_addresses(addresses),
        Op::CreateToken { id, hash, name, scope, .. } => {
            check_name(name)?;
            at_most("bytes of filter", scope.filter.len(), TOKEN_FILTER_BYTES_MAX)?;
            let fits = *id == TokenId::of(hash);
            fits.then_some(()).ok_or(ControlError::Malformed("the token's id is not the front of its hash"))
        }
        Op::RevokeToken { .. } | Op::Fork { .. } => Ok(()),
    }
}

impl Op {
    /// The removal of `node`: of each of its logs so many blocks count. Takes logs in any order; of
    /// more than [`CONTROL_POSITIONS_MAX`] those with the most blocks, of a reason that is too long the
    /// front.
    pub fn remove(node: NodeId, logs: impl IntoIterator<Item = (LogId, u64)>, reason: &str) -> Op {
        let mut positions: Vec<_> = logs.into_iter().filter(|(log, _)| log.node == node).collect();
        positions.sort_by_key(|(log, blocks)| (*log, std::cmp::Reverse(*blocks)));
        positions.dedup_by_key(|(log, _)| *log);
        positions.sort_by_key(|(log, blocks)| (std::cmp::Reverse(*blocks), *log));
        positions.truncate(CONTROL_POSITIONS_MAX);
        positions.sort();
        let fits = |end: &usize| reason.is_char_boundary(*end);
        let end = (0..=CONTROL_REASON_BYTES_MAX.min(reason.len())).rev().find(fits).unwrap_or(0);
        Op::Remove { node, positions, reason: reason[..end].to_owned() }
    }
}

/// A name has 1 to 63 ASCII letters, digits, `-`, `_` or `.`: nothing that looks like another.
pub(super) fn check_name(name: &str) -> Result<(), ControlError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let good = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(fits);
    if good { Ok(()) } else { Err(ControlError::Name(name.to_owned())) }
}

fn check_adopted(node: &NodeId, adopted: &[Adopted]) -> Result<(), ControlError> {
    at_most("earlier logs", adopted.len(), CONTROL_ADOPTED_MAX)?;
    own_logs(node, adopted.iter().map(|adopted| adopted.log.node))?;
    rising(rises(adopted, |adopted| adopted.log))
}

fn check_addresses(addresses: &[String]) -> Result<(), ControlError> {
    at_most("addresses", addresses.len(), CONTROL_ADDRESSES_MAX)?;
    let fits = |address: &String| {
        (1..=ADDRESS_BYTES_MAX).contains(&address.len()) && address.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let good = addresses.iter().all(fits);
    good.then_some(()).ok_or(ControlError::Malformed("an address is not host:port"))
}

fn own_logs(node: &NodeId, mut authors: impl Iterator<Item = NodeId>) -> Result<(), ControlError> {
    let own = authors.all(|author| author == *node);
    own.then_some(()).ok_or(ControlError::Malformed("a log of another node is named"))
}

fn rising(rises: bool) -> Result<(), ControlError> {
    rises.then_some(()).ok_or(ControlError::Malformed("the logs do not rise"))
}

fn rises<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> bool {
    items.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]))
}

fn at_most(what: &'static str, count: usize, max: usize) -> Result<(), ControlError> {
    if count <= max { Ok(()) } else { Err(ControlError::TooMany { what, count, max }) }
}
