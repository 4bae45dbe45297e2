//! Do the laws hold for any records, hostile ones included: lies about what was seen, strangers,
//! forks, two records at one place?

use proptest::prelude::*;

use super::naive::naive;
use super::*;
use crate::control::describe::Description;
use crate::control::resolve::{Rights, lowest};

type Record = (Place, ControlRecord);

fn all_logs() -> Vec<LogId> {
    (0..NODES).flat_map(|n| [log(n, 0), log(n, 1)]).collect()
}

fn any_node() -> impl Strategy<Value = u8> {
    0..NODES
}

fn any_log() -> impl Strategy<Value = LogId> {
    (any_node(), 0..2u8).prop_map(|(n, epoch)| log(n, epoch))
}

fn any_positions(n: u8) -> impl Strategy<Value = Vec<(LogId, u64)>> {
    prop::collection::btree_map(0..2u8, 0..8u64, 0..3)
        .prop_map(move |map| map.into_iter().map(|(epoch, blocks)| (log(n, epoch), blocks)).collect())
}

fn any_adopted(n: u8) -> impl Strategy<Value = Vec<Adopted>> {
    prop::collection::btree_map(0..2u8, (0..4u64, any::<bool>()), 0..2).prop_map(move |map| {
        let claim = |(epoch, (seq, ours)): (u8, (u64, bool))| {
            let cluster = if ours { cluster() } else { ClusterId([8; 32]) };
            Adopted { log: log(n, epoch), seq, hash: Hash([epoch; 32]), cluster }
        };
        map.into_iter().map(claim).collect()
    })
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any_node(), any_node()).prop_flat_map(|(n, name)| any_adopted(n).prop_map(move |adopted| Op::Admit {
            node: key(n),
            name: format!("node-{name}"),
            profile: Profile::Full,
            adopted,
        })),
        3 => any_node().prop_flat_map(|n| any_positions(n).prop_map(move |positions| Op::Remove {
            node: key(n),
            positions,
            reason: String::new(),
        })),
        1 => (any_node(), 0..3u8).prop_map(|(n, name)| rename(n, &format!("name-{name}"))),
        1 => (0..3u8).prop_map(|port| Op::Addresses { addresses: vec![format!("host:{port}")] }),
        2 => (0..3u8, 0..4usize).prop_map(|(secret, role)| token(secret, Role::ALL[role])),
        1 => (0..3u8).prop_map(|secret| Op::RevokeToken { id: token_id(secret) }),
        1 => (any_node(), 0..2u8, 0..FORK_SEQS).prop_map(|(n, epoch, seq)| fork(n, epoch, seq)),
    ]
}

/// Anything an author may claim to have seen, places that do not exist among it.
fn any_seen() -> impl Strategy<Value = Vec<(LogId, u64)>> {
    let blocks = prop_oneof![4 => 0..10u64, 1 => Just(u64::MAX)];
    prop::collection::btree_map(any_log(), blocks, 0..4).prop_map(|map| map.into_iter().collect())
}

fn any_record() -> impl Strategy<Value = Record> {
    (any_log(), 0..8u64, 0..2u32, any_seen(), 0..3i64, any_op()).prop_map(|(log, seq, offset, seen, at, op)| {
        (Place { log, seq, offset }, ControlRecord { seen, at: Timestamp(at), op })
    })
}

fn any_records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(any_record(), 0..40)
}

/// Records in two orders, the second with some of them twice.
fn two_orders() -> impl Strategy<Value = (Vec<Record>, Vec<Record>)> {
    any_records().prop_flat_map(|records| {
        let again = prop::sample::subsequence(records.clone(), 0..=records.len());
        again.prop_flat_map(move |again| {
            let mut twice = records.clone();
            twice.extend(again);
            (Just(records.clone()), Just(twice).prop_shuffle())
        })
    })
}

fn state(control: &Control) -> (Rights, Description, Vec<(LogId, u64)>) {
    let forks = control.forks().map(|proof| (proof.log(), proof.seq())).collect();
    (control.rights().clone(), control.description().clone(), forks)
}

fn removed(control: &Control) -> Vec<NodeId> {
    control.rights().removals.keys().copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn order_and_repetition_do_not_matter((records, shuffled) in two_orders()) {
        prop_assert_eq!(state(&fold(&records)), state(&fold(&shuffled)));
    }

    #[test]
    fn questions_in_between_do_not_matter((records, shuffled) in two_orders()) {
        let mut control = Control::new(cluster());
        for (place, record) in &shuffled {
            control.introduce(&key(0));
            control.insert(*place, record.clone());
            control.members();
        }
        control.introduce(&key(0));
        prop_assert_eq!(state(&control), state(&fold(&records)));
    }

    #[test]
    fn the_fold_is_the_naive_model(records in any_records()) {
        let control = fold(&records);
        let model = naive(&records, &all_logs());
        let active: std::collections::BTreeSet<_> =
            control.members().keys().filter(|node| control.active(node)).copied().collect();
        prop_assert_eq!(active, model.active);
        prop_assert_eq!(removed(&control), model.removed.into_iter().collect::<Vec<_>>());
        for (log, bound) in model.bounds {
            let adopted = control.adopted(&log).map(|adopted| adopted.seq + 1);
            prop_assert_eq!(control.bound(&log), bound.into_iter().chain(adopted).min());
        }
        let tokens = |token: &Token| (token.role, token.revoked);
        let ours: BTreeMap<_, _> = control.tokens().iter().map(|(id, token)| (*id, tokens(token))).collect();
        prop_assert_eq!(ours, model.tokens);
    }

    /// Whatever arrives later: who is removed stays removed, its positions sink, what is revoked
    /// stays revoked, forks sink.
    #[test]
    fn denials_only_grow(records in any_records(), more in any_records()) {
        let before = fold(&records);
        let after = fold(records.iter().chain(&more));
        for (node, removal) in &before.rights().removals {
            prop_assert!(!after.active(node));
            let later = &after.rights().removals[node];
            prop_assert_eq!(&lowest(&later.positions, &removal.positions), &later.positions);
        }
        prop_assert!(before.rights().revoked.is_subset(&after.rights().revoked));
        for (log, proof) in &before.forks {
            prop_assert!(after.forks[log].seq() <= proof.seq());
        }
    }

    /// A lie about what was seen, or about the time, changes no right.
    #[test]
    fn no_right_hangs_on_what_an_author_says_of_itself(
        records in any_records(),
        lies in prop::collection::vec((any_seen(), any::<i64>()), 40),
    ) {
        let mut lied = records.clone();
        for ((_, record), (seen, at)) in lied.iter_mut().zip(&lies) {
            record.seen.clone_from(seen);
            record.at = Timestamp(*at);
        }
        let (honest, lied) = (fold(&records), fold(&lied));
        let rights = |control: &Control| {
            let bounds: Vec<_> = all_logs().iter().map(|log| control.bound(log)).collect();
            let tokens: Vec<_> = control.tokens().values().map(|token| (token.id, token.role, token.revoked)).collect();
            (active(control), bounds, tokens)
        };
        prop_assert_eq!(rights(&honest), rights(&lied));
    }

    /// Strangers can write what they like.
    #[test]
    fn strangers_change_nothing(records in any_records(), noise in any_records()) {
        let before = fold(&records);
        let stranger = |(place, record): &&Record| {
            let known = before.rights().ever.contains(&place.log.node);
            let claims = records.iter().chain(&noise).any(|(_, record)| match &record.op {
                Op::Admit { node, .. } => *node == place.log.node,
                _ => false,
            });
            !known && !claims && !matches!(record.op, Op::Fork { .. })
        };
        let noise: Vec<&Record> = noise.iter().filter(stranger).collect();
        let after = fold(records.iter().chain(noise));
        prop_assert_eq!(state(&before), state(&after));
    }

    /// What lies beyond the ends of logs grants nothing: leaving the grants there out is no change.
    #[test]
    fn grants_beyond_the_end_are_as_if_not_written(records in any_records()) {
        let whole = fold(&records);
        let denies = |op: &Op| matches!(op, Op::Remove { .. } | Op::RevokeToken { .. } | Op::Fork { .. });
        // An admission beyond an end gives no right, but lets the denials of whom it names hold.
        let kept = |(place, record): &&Record| {
            whole.counts(place) || denies(&record.op) || matches!(record.op, Op::Admit { .. })
        };
        let part = fold(records.iter().filter(kept));
        prop_assert_eq!(part.rights().removals.clone(), whole.rights().removals.clone());
        prop_assert_eq!(part.tokens(), whole.tokens());
        prop_assert_eq!(active(&part), active(&whole));
    }

    #[test]
    fn what_is_restated_changes_no_right(records in any_records()) {
        let before = fold(&records);
        for n in 0..NODES {
            let ops = before.restate(&key(n));
            prop_assert!(before.active(&key(n)) || ops.is_empty());
            // Beyond everything in its log, but a log that is not forked there.
            let place = |offset: u32| Place { log: LogId { node: key(n), epoch: Epoch([9; 16]) }, seq: 0, offset };
            let mut after = before.clone();
            for (offset, op) in ops.into_iter().enumerate() {
                prop_assert!(after.insert(place(offset as u32), record(op)));
            }
            prop_assert_eq!(active(&after), active(&before));
            prop_assert_eq!(after.restate(&key(n)), Vec::new());
            for log in all_logs() {
                prop_assert_eq!(after.bound(&log), before.bound(&log));
            }
        }
    }
}

/// The shape of a real cluster: every record has seen the heads.
fn long_history(count: u64) -> Control {
    let mut control = Control::new(cluster());
    control.insert(place(0, 0, 0), record(admit(1)));
    for seq in 1..count {
        let (author, other) = ((seq % 2) as u8, (seq % 2) as u8 ^ 1);
        let op = Op::Addresses { addresses: vec![format!("host:{seq}")] };
        let seen = vec![(log(other, 0), seq)];
        assert!(control.insert(place(author, 0, seq), ControlRecord { seen, at: Timestamp(-(seq as i64)), op }));
    }
    control
}

#[test]
fn ten_thousand_records_are_folded() {
    let control = long_history(10_000);
    assert_eq!(control.member(&key(1)).expect("admitted").addresses, ["host:9999"]);
    assert_eq!(control.heads().len(), 1);
}
