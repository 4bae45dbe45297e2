//! What the tests of membership and access share: nodes with numbers, and short ways to write
//! records.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use vigil_model::{Class, ClusterId, Epoch, Hash, LogId, NodeId, SignedHeader, Timestamp};

use super::*;
use crate::testing::{Author, records};

mod exchange;
mod format;
mod laws;
mod naive;
mod scenarios;

/// How many nodes there are; node 0 is the founder.
const NODES: u8 = 6;
/// Seqs at which a fork can be shown.
const FORK_SEQS: u64 = 5;

static KEYS: LazyLock<Vec<NodeId>> = LazyLock::new(|| (0..NODES).map(|n| Author::new(n + 1, 1).log().node).collect());

/// The headers of every fork that a test can show: (node, epoch, seq) → two of one place.
static FORKS: LazyLock<BTreeMap<(u8, u8, u64), [SignedHeader; 2]>> = LazyLock::new(|| {
    let logs = (0..NODES).flat_map(|n| (0..2).map(move |epoch| (n, epoch)));
    logs.flat_map(|(n, epoch)| forks_of(n, epoch)).collect()
});

fn forks_of(n: u8, epoch: u8) -> Vec<((u8, u8, u64), [SignedHeader; 2])> {
    let mut author = Author::new(n + 1, epoch);
    let fork = |seq| {
        let [a, b] = [1, 2].map(|count| author.draft(vec![(Class::Audit, records(0..count))]).header);
        author.seal(Class::Logs, &records(0..1));
        ((n, epoch, seq), [a, b])
    };
    (0..FORK_SEQS).map(fork).collect()
}

fn key(n: u8) -> NodeId {
    KEYS[usize::from(n)]
}

fn log(n: u8, epoch: u8) -> LogId {
    LogId { node: key(n), epoch: Epoch([epoch; 16]) }
}

fn cluster() -> ClusterId {
    Control::cluster_of(&key(0))
}

fn place(n: u8, epoch: u8, seq: u64) -> Place {
    Place { log: log(n, epoch), seq, offset: 0 }
}

fn record(op: Op) -> ControlRecord {
    ControlRecord { seen: Vec::new(), at: Timestamp(1), op }
}

fn admit(n: u8) -> Op {
    Op::Admit { node: key(n), name: format!("node-{n}"), profile: Profile::Full, adopted: Vec::new() }
}

/// Removes node `n`; of its log in epoch 0 so many blocks count.
fn remove(n: u8, blocks: u64) -> Op {
    Op::Remove { node: key(n), positions: vec![(log(n, 0), blocks)], reason: String::new() }
}

fn rename(n: u8, name: &str) -> Op {
    Op::Rename { node: key(n), name: name.to_owned() }
}

fn token(secret: u8, role: Role) -> Op {
    let hash = Hash::of("vigil token v1", &[secret]);
    let name = format!("token-{secret}");
    Op::CreateToken { id: TokenId::of(&hash), hash, name, role, scope: Scope::default(), expires: None }
}

fn token_id(secret: u8) -> TokenId {
    TokenId::of(&Hash::of("vigil token v1", &[secret]))
}

fn fork(n: u8, epoch: u8, seq: u64) -> Op {
    let [a, b] = FORKS[&(n, epoch, seq)].clone();
    Op::Fork { lower: Box::new(a), upper: Box::new(b) }
}

/// The fold of these records, with the founder known.
fn fold<'a>(records: impl IntoIterator<Item = &'a (Place, ControlRecord)>) -> Control {
    let mut control = Control::new(cluster());
    assert!(control.introduce(&key(0)));
    for (place, record) in records {
        control.insert(*place, record.clone());
    }
    control
}

/// The fold of these operations, each author's records one to a block in its epoch 0.
fn history(ops: &[(u8, Op)]) -> Control {
    let mut next = [0; NODES as usize];
    let place_of = |(author, op): &(u8, Op)| {
        let seq = &mut next[usize::from(*author)];
        *seq += 1;
        (place(*author, 0, *seq - 1), record(op.clone()))
    };
    fold(&ops.iter().map(place_of).collect::<Vec<_>>())
}

fn active(control: &Control) -> Vec<u8> {
    (0..NODES).filter(|n| control.active(&key(*n))).collect()
}
