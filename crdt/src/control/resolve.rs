//! Who is a member, and until where does each log count, given a set of control records?
//!
//! Two strata, each a least fixed point, so the answer is unique and no order enters: first who
//! was ever admitted and what they deny; then, with the denials fixed, which admissions count.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::{Hash, LogId, NodeId, Timestamp};

use super::causality::Counted;
use super::fold::{Control, Key, position};
use super::{Adopted, ControlRecord, Op, Place, TokenId};

/// What rights follow from the records.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Rights {
    /// Everyone who was ever admitted, whether the admission counts or not: their denials hold.
    pub ever: BTreeSet<NodeId>,
    /// What is known of everyone who was denied membership, member or not.
    pub removals: BTreeMap<NodeId, Removal>,
    /// Tokens that were revoked, known or not.
    pub revoked: BTreeSet<TokenId>,
    /// Members now and before.
    pub members: BTreeMap<NodeId, Standing>,
}

/// All removals of one node, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    /// Of the first by place that counts, or of the first: when, by the author's clock.
    pub at: Timestamp,
    /// By whom.
    pub by: NodeId,
    /// Why.
    pub reason: String,
    /// Of each log that every removal names, the lowest position. Rising.
    pub positions: Vec<(LogId, u64)>,
}

/// By what a node is or was a member.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// The admissions that count; none for the founder.
    pub admissions: Vec<Key>,
    /// Its logs of the time before, by log.
    pub adopted: Vec<Adopted>,
}

/// The lowest position of each log that both name.
pub(super) fn lowest(a: &[(LogId, u64)], b: &[(LogId, u64)]) -> Vec<(LogId, u64)> {
    let low = |(log, blocks): &(LogId, u64)| (*log, (*blocks).min(position(b, log)));
    a.iter().map(low).filter(|(_, blocks)| *blocks > 0).collect()
}

/// Works it all out anew.
pub(super) fn resolve(control: &Control) -> Rights {
    let ever = admitted(control, |_| true).into_keys().collect();
    let mut rights = Rights { ever, ..Rights::default() };
    collect_denials(control, &mut rights);
    let admissions = admitted(control, |place| within_denials(control, &rights, place));
    rights.members = admissions.into_iter().map(|(node, admissions)| (node, standing(control, &admissions))).collect();
    attribute_removals(control, &mut rights);
    rights
}

/// Everyone whom a chain of admissions leads to from the founder, by those that `counts` lets
/// through.
fn admitted(control: &Control, counts: impl Fn(&Place) -> bool) -> BTreeMap<NodeId, Vec<Counted<'_>>> {
    let mut by_author: BTreeMap<NodeId, Vec<(NodeId, Counted<'_>)>> = BTreeMap::new();
    for (key, record) in &control.records {
        if let Op::Admit { node, .. } = &record.op {
            by_author.entry(key.0.log.node).or_default().push((*node, (*key, record)));
        }
    }
    let mut admitted: BTreeMap<_, _> = control.founder.into_iter().map(|founder| (founder, Vec::new())).collect();
    let mut waiting: Vec<NodeId> = admitted.keys().copied().collect();
    while let Some(author) = waiting.pop() {
        let admissions = by_author.remove(&author).unwrap_or_default();
        for (node, counted) in admissions.into_iter().filter(|(_, (key, _))| counts(&key.0)) {
            let known = admitted.entry(node).or_insert_with(|| {
                waiting.push(node);
                Vec::new()
            });
            known.push(counted);
        }
    }
    admitted
}

/// Joins what everyone who was ever admitted denies.
fn collect_denials(control: &Control, rights: &mut Rights) {
    for ((place, _), record) in &control.records {
        match &record.op {
            Op::Remove { node, positions, .. } if rights.ever.contains(&place.log.node) => {
                match rights.removals.get_mut(node) {
                    Some(known) => known.positions = lowest(&known.positions, positions),
                    None => {
                        rights.removals.insert(*node, removal(place, record));
                    }
                }
            }
            Op::RevokeToken { id } if rights.ever.contains(&place.log.node) => {
                rights.revoked.insert(*id);
            }
            _ => {}
        }
    }
}

fn removal(place: &Place, record: &ControlRecord) -> Removal {
    let Op::Remove { positions, reason, .. } = &record.op else { unreachable!("only removals are gathered") };
    Removal { at: record.at, by: place.log.node, reason: reason.clone(), positions: lowest(positions, positions) }
}

/// Whether the denials leave a grant at this place in force.
fn within_denials(control: &Control, rights: &Rights, place: &Place) -> bool {
    let removal = rights.removals.get(&place.log.node);
    let kept = removal.is_none_or(|removal| place.seq < position(&removal.positions, &place.log));
    kept && control.forks.get(&place.log).is_none_or(|proof| place.seq < proof.seq())
}

/// Whether a record at this place counts: its author is or was a member, and it stands below every
/// end of its log. All nodes come to hold exactly these.
pub(super) fn counts(control: &Control, rights: &Rights, place: &Place) -> bool {
    rights.members.contains_key(&place.log.node) && within_denials(control, rights, place)
}

/// A removal is told by the first record that counts and says it: all nodes hold that one, while
/// some never see what stands beyond the end of a log.
fn attribute_removals(control: &Control, rights: &mut Rights) {
    let mut told = BTreeSet::new();
    for ((place, _), record) in &control.records {
        let Op::Remove { node, .. } = &record.op else { continue };
        if counts(control, rights, place) && told.insert(*node) {
            let known = rights.removals.get_mut(node).expect("who counts was admitted, so its denials hold");
            let positions = std::mem::take(&mut known.positions);
            *known = Removal { positions, ..removal(place, record) };
        }
    }
}

fn standing(control: &Control, admissions: &[Counted<'_>]) -> Standing {
    let claims = admissions.iter().flat_map(|(_, record)| claims(record));
    let adopted = lowest_claims(claims.filter(|claim| is_foreign(control, claim)));
    Standing { admissions: admissions.iter().map(|(key, _)| *key).collect(), adopted }
}

/// What an admission says of logs of the time before.
pub(super) fn claims(record: &ControlRecord) -> &[Adopted] {
    match &record.op {
        Op::Admit { adopted, .. } => adopted,
        _ => &[],
    }
}

/// A log with control records of this cluster is none of another, whatever an admission says.
fn is_foreign(control: &Control, claim: &Adopted) -> bool {
    let first = (Place { log: claim.log, seq: 0, offset: 0 }, Hash::ZERO);
    let has_records = control.records.range(first..).next().is_some_and(|((place, _), _)| place.log == claim.log);
    claim.cluster != control.cluster && !has_records
}

/// One claim for each log: of several the lowest.
fn lowest_claims<'a>(claims: impl Iterator<Item = &'a Adopted>) -> Vec<Adopted> {
    let mut lowest: BTreeMap<LogId, Adopted> = BTreeMap::new();
    for claim in claims {
        let known = lowest.entry(claim.log).or_insert(*claim);
        *known = (*known).min(*claim);
    }
    lowest.into_values().collect()
}
