//! The same rules in the dullest form: loops over all records until nothing changes. What the fold
//! answers must equal it.

use std::collections::BTreeSet;

use super::*;

/// What the fold is compared by.
#[derive(Debug, PartialEq)]
pub(super) struct Naive {
    pub active: BTreeSet<NodeId>,
    /// Everyone a removal holds for, member or not.
    pub removed: BTreeSet<NodeId>,
    /// For every log: how many blocks count.
    pub bounds: BTreeMap<LogId, Option<u64>>,
    /// Id, role, whether revoked.
    pub tokens: BTreeMap<TokenId, (Role, bool)>,
}

type Record = (Place, ControlRecord);

pub(super) fn naive(records: &[Record], logs: &[LogId]) -> Naive {
    let ever = reach(records, |_| true);
    let removed: BTreeSet<NodeId> = logs.iter().map(|log| log.node).filter(|n| is_removed(records, &ever, n)).collect();
    let within = |place: &Place| within(records, &ever, place);
    let members = reach(records, within);
    let bound = |log: &LogId| {
        if !members.contains(&log.node) {
            return Some(0);
        }
        removed.contains(&log.node).then(|| end(records, &ever, log))
    };
    Naive {
        active: members.difference(&removed).copied().collect(),
        bounds: logs.iter().map(|log| (*log, bound(log))).collect(),
        tokens: tokens(records, &ever, |place| members.contains(&place.log.node) && within(place)),
        removed,
    }
}

/// Who is admitted by somebody who is, by records that `counts` lets through.
fn reach(records: &[Record], counts: impl Fn(&Place) -> bool) -> BTreeSet<NodeId> {
    let mut inside = BTreeSet::from([key(0)]);
    loop {
        let before = inside.len();
        for (place, record) in records {
            if let Op::Admit { node, .. } = &record.op
                && inside.contains(&place.log.node)
                && counts(place)
            {
                inside.insert(*node);
            }
        }
        if inside.len() == before {
            return inside;
        }
    }
}

fn removals<'a>(
    records: &'a [Record],
    ever: &'a BTreeSet<NodeId>,
    target: &'a NodeId,
) -> impl Iterator<Item = &'a Vec<(LogId, u64)>> {
    records.iter().filter_map(move |(place, record)| match &record.op {
        Op::Remove { node, positions, .. } if node == target && ever.contains(&place.log.node) => Some(positions),
        _ => None,
    })
}

fn is_removed(records: &[Record], ever: &BTreeSet<NodeId>, node: &NodeId) -> bool {
    removals(records, ever, node).next().is_some()
}

/// The lowest position of the log in any removal; none where one does not name it.
fn end(records: &[Record], ever: &BTreeSet<NodeId>, log: &LogId) -> u64 {
    let named = |positions: &Vec<(LogId, u64)>| positions.iter().find(|(named, _)| named == log).map_or(0, |p| p.1);
    removals(records, ever, &log.node).map(named).min().unwrap_or(u64::MAX)
}

fn within(records: &[Record], ever: &BTreeSet<NodeId>, place: &Place) -> bool {
    let forked = records.iter().any(|(_, record)| match &record.op {
        Op::Fork { lower, .. } => lower.header.log == place.log && lower.header.seq <= place.seq,
        _ => false,
    });
    !forked && place.seq < end(records, ever, &place.log)
}

fn tokens(
    records: &[Record],
    ever: &BTreeSet<NodeId>,
    counts: impl Fn(&Place) -> bool,
) -> BTreeMap<TokenId, (Role, bool)> {
    let revoked = |wanted: &TokenId| {
        records.iter().any(|(place, record)| match &record.op {
            Op::RevokeToken { id } => id == wanted && ever.contains(&place.log.node),
            _ => false,
        })
    };
    let mut tokens = BTreeMap::new();
    for (_, record) in records.iter().filter(|(place, _)| counts(place)) {
        if let Op::CreateToken { id, role, .. } = &record.op {
            let known = tokens.entry(*id).or_insert((*role, revoked(id)));
            known.0 = (*role).min(known.0);
        }
    }
    tokens
}
