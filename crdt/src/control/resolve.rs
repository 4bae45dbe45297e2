//! Which members, tokens and bounds follow from a set of control records?
//!
//! Two strata, each a least fixed point, so the answer is unique and no order enters: first who
//! was ever admitted and what they deny; then, with the denials fixed, which grants count.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::CONTROL_SEEN_MAX;
use vigil_model::{LogId, NodeId, Timestamp};

use super::causality::Causality;
use super::fold::{Control, Key, position};
use super::{Adopted, ControlRecord, Member, MemberState, Op, Place, Role, Token, TokenId};

/// What follows from the records.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Resolved {
    /// Everyone who was ever admitted, whether the admission counts or not: their denials hold.
    pub ever: BTreeSet<NodeId>,
    /// What is known of everyone who was denied membership, member or not.
    pub removals: BTreeMap<NodeId, Removal>,
    /// Members now and before.
    pub members: BTreeMap<NodeId, Member>,
    /// Tokens, good or not.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Tokens that were revoked, known or not.
    pub revoked: BTreeSet<TokenId>,
    /// What a new record has seen.
    pub heads: Vec<(LogId, u64)>,
}

/// All removals of one node, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    /// Of the first by place: when, by the author's clock.
    pub at: Timestamp,
    /// By whom.
    pub by: NodeId,
    /// Why.
    pub reason: String,
    /// Of each log that every removal names, the lowest position. Rising.
    pub positions: Vec<(LogId, u64)>,
}

/// The lowest position of each log that both name.
pub(super) fn lowest(a: &[(LogId, u64)], b: &[(LogId, u64)]) -> Vec<(LogId, u64)> {
    let low = |(log, blocks): &(LogId, u64)| (*log, (*blocks).min(position(b, log)));
    a.iter().map(low).filter(|(_, blocks)| *blocks > 0).collect()
}

/// Works it all out anew.
pub(super) fn resolve(control: &Control) -> Resolved {
    let mut resolved = Resolved { ever: ever_admitted(control), ..Resolved::default() };
    collect_denials(control, &mut resolved);
    let admissions = counting_admissions(control, &resolved);
    let counting = counting_records(control, &resolved, &admissions);
    let causality = Causality::new(&counting);
    resolved.heads = heads(&counting);
    resolved.members = members(control, &resolved, &admissions, &causality);
    describe(&mut resolved.members, &counting, &causality);
    resolved.tokens = tokens(&counting, &resolved.revoked);
    resolved
}

type Admissions<'a> = BTreeMap<NodeId, Vec<(Key, &'a ControlRecord)>>;

/// Everyone whom a chain of admissions leads to from the founder, by what `counts` says of each.
fn admitted<'a>(control: &'a Control, counts: impl Fn(&Place) -> bool) -> Admissions<'a> {
    let mut by_author: BTreeMap<NodeId, Vec<(Key, NodeId, &ControlRecord)>> = BTreeMap::new();
    for (key, record) in &control.records {
        if let Op::Admit { node, .. } = &record.op {
            by_author.entry(key.0.log.node).or_default().push((*key, *node, record));
        }
    }
    let mut admitted: Admissions<'_> = control.founder.into_iter().map(|founder| (founder, Vec::new())).collect();
    let mut waiting: Vec<NodeId> = admitted.keys().copied().collect();
    while let Some(author) = waiting.pop() {
        for (key, node, record) in by_author.remove(&author).unwrap_or_default() {
            if counts(&key.0) {
                let known = admitted.entry(node).or_insert_with(|| {
                    waiting.push(node);
                    Vec::new()
                });
                known.push((key, record));
            }
        }
    }
    admitted
}

fn ever_admitted(control: &Control) -> BTreeSet<NodeId> {
    admitted(control, |_| true).into_keys().collect()
}

fn collect_denials(control: &Control, resolved: &mut Resolved) {
    for ((place, _), record) in &control.records {
        if !resolved.ever.contains(&place.log.node) {
            continue;
        }
        match &record.op {
            Op::Remove { node, positions, reason } => match resolved.removals.get_mut(node) {
                Some(removal) => removal.positions = lowest(&removal.positions, positions),
                None => {
                    let positions = lowest(positions, positions);
                    let (at, by, reason) = (record.at, place.log.node, reason.clone());
                    resolved.removals.insert(*node, Removal { at, by, reason, positions });
                }
            },
            Op::RevokeToken { id } => {
                resolved.revoked.insert(*id);
            }
            _ => {}
        }
    }
}

/// Whether the denials leave a grant at this place in force.
pub(super) fn within_denials(control: &Control, resolved: &Resolved, place: &Place) -> bool {
    let removal = resolved.removals.get(&place.log.node);
    let kept = removal.is_none_or(|removal| place.seq < position(&removal.positions, &place.log));
    kept && control.forks.get(&place.log).is_none_or(|proof| place.seq < proof.seq())
}

fn counting_admissions<'a>(control: &'a Control, resolved: &Resolved) -> Admissions<'a> {
    admitted(control, |place| within_denials(control, resolved, place))
}

/// All records of members within the denials, by place.
fn counting_records<'a>(
    control: &'a Control,
    resolved: &Resolved,
    admissions: &Admissions<'_>,
) -> Vec<(Key, &'a ControlRecord)> {
    let counts = |(key, _): &(&Key, &ControlRecord)| {
        admissions.contains_key(&key.0.log.node) && within_denials(control, resolved, &key.0)
    };
    control.records.iter().filter(counts).map(|(key, record)| (*key, record)).collect()
}

/// The last control block of each log, save where another log's record had seen exactly that: who
/// names the latter has seen the former.
fn heads(counting: &[(Key, &ControlRecord)]) -> Vec<(LogId, u64)> {
    let mut last: BTreeMap<LogId, u64> = BTreeMap::new();
    for ((place, _), _) in counting {
        last.insert(place.log, place.seq.saturating_add(1));
    }
    let mut heads = last.clone();
    for ((place, _), record) in counting {
        for (log, blocks) in record.seen.iter().filter(|(log, _)| *log != place.log) {
            if last.get(log) == Some(blocks) {
                heads.remove(log);
            }
        }
    }
    heads.into_iter().take(CONTROL_SEEN_MAX).collect()
}

fn members(
    control: &Control,
    resolved: &Resolved,
    admissions: &Admissions<'_>,
    causality: &Causality,
) -> BTreeMap<NodeId, Member> {
    let with_records: BTreeSet<LogId> = control.records.keys().map(|(place, _)| place.log).collect();
    let member = |(node, admissions): (&NodeId, &Vec<(Key, &ControlRecord)>)| {
        let first = admissions.iter().min_by_key(|(key, _)| causality.order(key));
        let mut member = first.map_or_else(|| founder(node), |(key, record)| admit(node, &key.0, record));
        let adopted = admissions.iter().flat_map(|(_, record)| adopted(record));
        let foreign = |adopted: &&Adopted| adopted.cluster != control.cluster && !with_records.contains(&adopted.log);
        member.adopted = lowest_adopted(adopted.filter(foreign));
        if let Some(removal) = resolved.removals.get(node) {
            let positions = removal.positions.clone();
            member.state = MemberState::Removed { at: removal.at, by: removal.by, positions };
        }
        (*node, member)
    };
    admissions.iter().map(member).collect()
}

fn founder(node: &NodeId) -> Member {
    Member {
        node: *node,
        name: short(node),
        profile: super::Profile::Full,
        state: MemberState::Active,
        by: *node,
        since: Timestamp(0),
        addresses: Vec::new(),
        adopted: Vec::new(),
    }
}

fn admit(node: &NodeId, place: &Place, record: &ControlRecord) -> Member {
    let Op::Admit { name, profile, .. } = &record.op else { unreachable!("only admissions are gathered") };
    Member { name: name.clone(), profile: *profile, by: place.log.node, since: record.at, ..founder(node) }
}

fn adopted(record: &ControlRecord) -> &[Adopted] {
    match &record.op {
        Op::Admit { adopted, .. } => adopted,
        _ => &[],
    }
}

/// One claim for each log: of several the lowest.
fn lowest_adopted<'a>(claims: impl Iterator<Item = &'a Adopted>) -> Vec<Adopted> {
    let mut lowest: BTreeMap<LogId, Adopted> = BTreeMap::new();
    for claim in claims {
        let known = lowest.entry(claim.log).or_insert(*claim);
        *known = (*known).min(*claim);
    }
    lowest.into_values().collect()
}

/// Gives members their latest names and addresses, and the founder the time of its first record.
fn describe(members: &mut BTreeMap<NodeId, Member>, counting: &[(Key, &ControlRecord)], causality: &Causality) {
    let mut latest: Vec<_> = counting.iter().collect();
    latest.sort_by_key(|(key, _)| causality.order(key));
    for ((place, _), record) in latest {
        let author = place.log.node;
        match &record.op {
            Op::Rename { node, name } => {
                if let Some(member) = members.get_mut(node) {
                    member.name.clone_from(name);
                }
            }
            Op::Addresses { addresses } => {
                if let Some(member) = members.get_mut(&author) {
                    member.addresses.clone_from(addresses);
                }
            }
            _ => {}
        }
        if let Some(member) = members.get_mut(&author)
            && member.by == author
            && member.since == Timestamp(0)
        {
            member.since = record.at;
        }
    }
    tell_apart(members);
}

/// Of active members with one name, all but the first by key get the front of their key behind it.
fn tell_apart(members: &mut BTreeMap<NodeId, Member>) {
    let mut taken = BTreeSet::new();
    for member in members.values_mut().filter(|member| member.state == MemberState::Active) {
        if !taken.insert(member.name.clone()) {
            let room = member.name.len().min(vigil_model::limits::NAME_BYTES_MAX - 9);
            member.name = format!("{}-{}", &member.name[..room], short(&member.node));
            taken.insert(member.name.clone());
        }
    }
}

fn short(node: &NodeId) -> String {
    node.to_string()[..8].to_owned()
}

/// Of several tokens with one id the weakest: role, then expiry, then place.
fn tokens(counting: &[(Key, &ControlRecord)], revoked: &BTreeSet<TokenId>) -> BTreeMap<TokenId, Token> {
    let mut tokens: BTreeMap<TokenId, (Key, Token)> = BTreeMap::new();
    for (key, record) in counting {
        let Some(token) = token(&key.0, record, revoked) else { continue };
        let known = tokens.entry(token.id).or_insert_with(|| (*key, token.clone()));
        if strength(&token, key) < strength(&known.1, &known.0) {
            *known = (*key, token);
        }
    }
    tokens.into_iter().map(|(id, (_, token))| (id, token)).collect()
}

fn strength(token: &Token, key: &Key) -> (Role, Timestamp, Key) {
    (token.role, token.expires.unwrap_or(Timestamp::MAX), *key)
}

fn token(place: &Place, record: &ControlRecord, revoked: &BTreeSet<TokenId>) -> Option<Token> {
    let Op::CreateToken { id, hash, name, role, scope, expires } = &record.op else { return None };
    Some(Token {
        id: *id,
        hash: *hash,
        name: name.clone(),
        role: *role,
        scope: scope.clone(),
        created: record.at,
        by: place.log.node,
        expires: *expires,
        revoked: revoked.contains(id),
    })
}
