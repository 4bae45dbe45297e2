//! What are members and tokens like: names, addresses, dates, roles?
//!
//! Everything here follows from the records that count ([`super::resolve`]); where several say
//! different things, the causally latest is shown.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::limits::{CONTROL_SEEN_MAX, NAME_BYTES_MAX};
use vigil_model::{LogId, NodeId, Timestamp};

use super::causality::{Causality, Counted};
use super::fold::{Control, Key};
use super::resolve::{Rights, Standing, counts};
use super::{ControlRecord, Member, MemberState, Op, Place, Profile, Role, Token, TokenId};

/// What people are shown, and what a new record has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description {
    /// Members now and before.
    pub members: BTreeMap<NodeId, Member>,
    /// Tokens, good or not.
    pub tokens: BTreeMap<TokenId, Token>,
    /// What a new record has seen.
    pub heads: Vec<(LogId, u64)>,
}

/// Works it all out anew.
pub(super) fn describe(control: &Control, rights: &Rights) -> Description {
    let all = control.records.iter().filter(|(key, _)| counts(control, rights, &key.0));
    let counted: Vec<Counted<'_>> = all.map(|(key, record)| (*key, record)).collect();
    let causality = Causality::new(&counted);
    let member = |(node, standing): (&NodeId, &Standing)| (*node, member(control, rights, &causality, node, standing));
    let mut members = rights.members.iter().map(member).collect();
    name_and_address(&mut members, &causality);
    date_founder(&mut members, &causality);
    tell_apart(&mut members);
    Description { members, tokens: tokens(&counted, &rights.revoked), heads: heads(&counted) }
}

/// The last control block of each log, save where another log's record had seen exactly that: who
/// names the latter has seen the former.
fn heads(counted: &[Counted<'_>]) -> Vec<(LogId, u64)> {
    let last: BTreeMap<LogId, u64> =
        counted.iter().map(|((place, _), _)| (place.log, place.seq.saturating_add(1))).collect();
    let mut heads = last.clone();
    for ((place, _), record) in counted {
        for (log, blocks) in record.seen.iter().filter(|(log, _)| *log != place.log) {
            if last.get(log) == Some(blocks) {
                heads.remove(log);
            }
        }
    }
    heads.into_iter().take(CONTROL_SEEN_MAX).collect()
}

fn member(control: &Control, rights: &Rights, causality: &Causality<'_>, node: &NodeId, standing: &Standing) -> Member {
    let first = standing.admissions.iter().min_by_key(|key| causality.order(key));
    let mut member = first.map_or_else(|| founder(node), |key| admit(node, &key.0, &control.records[key]));
    member.adopted.clone_from(&standing.adopted);
    if let Some(removal) = rights.removals.get(node) {
        let positions = removal.positions.clone();
        member.state = MemberState::Removed { at: removal.at, by: removal.by, positions };
    }
    member
}

fn founder(node: &NodeId) -> Member {
    Member {
        node: *node,
        name: short(node),
        profile: Profile::Full,
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

/// The latest of several facts of one member.
type Latest<'a, T> = BTreeMap<NodeId, ((u64, Key), &'a T)>;

fn keep_later<'a, T>(latest: &mut Latest<'a, T>, node: NodeId, order: (u64, Key), fact: &'a T) {
    let known = latest.entry(node).or_insert((order, fact));
    if known.0 < order {
        *known = (order, fact);
    }
}

fn name_and_address(members: &mut BTreeMap<NodeId, Member>, causality: &Causality<'_>) {
    let (mut names, mut addresses) = (Latest::new(), Latest::new());
    for (order, record) in causality.iter() {
        match &record.op {
            Op::Rename { node, name } => keep_later(&mut names, *node, order, name),
            Op::Addresses { addresses: own } => keep_later(&mut addresses, order.1.0.log.node, order, own),
            _ => {}
        }
    }
    for member in members.values_mut() {
        if let Some((_, name)) = names.get(&member.node) {
            member.name.clone_from(name);
        }
        if let Some((_, own)) = addresses.get(&member.node) {
            member.addresses.clone_from(own);
        }
    }
}

/// The founder has been a member since its first record.
fn date_founder(members: &mut BTreeMap<NodeId, Member>, causality: &Causality<'_>) {
    for founder in members.values_mut().filter(|member| member.by == member.node) {
        let own = causality.iter().filter(|((_, key), _)| key.0.log.node == founder.node);
        founder.since = own.min_by_key(|(order, _)| *order).map_or(founder.since, |(_, record)| record.at);
    }
}

/// Of active members with one name, all but the first by key get the front of their key behind it.
fn tell_apart(members: &mut BTreeMap<NodeId, Member>) {
    let mut taken = BTreeSet::new();
    for member in members.values_mut().filter(|member| member.state == MemberState::Active) {
        if !taken.insert(member.name.clone()) {
            let room = member.name.len().min(NAME_BYTES_MAX - 9);
            member.name = format!("{}-{}", &member.name[..room], short(&member.node));
            taken.insert(member.name.clone());
        }
    }
}

fn short(node: &NodeId) -> String {
    node.to_string()[..8].to_owned()
}

/// Of several tokens with one id the weakest: role, then expiry, then place.
fn tokens(counted: &[Counted<'_>], revoked: &BTreeSet<TokenId>) -> BTreeMap<TokenId, Token> {
    let mut tokens: BTreeMap<TokenId, (Key, Token)> = BTreeMap::new();
    for (key, record) in counted {
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
