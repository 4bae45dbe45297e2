//! Do the laws of the join hold, with forks too?

use std::sync::LazyLock;

use proptest::prelude::*;
use vigil_model::{Class, Epoch, Hash};

use super::*;
use crate::testing::{Author, TestBlock, records};

/// For each of three authors: two branches of six blocks that part at block 2.
static BRANCHES: LazyLock<Vec<[Vec<SignedHeader>; 2]>> = LazyLock::new(|| (1..=3).map(branches).collect());

fn branches(node: u8) -> [Vec<SignedHeader>; 2] {
    [0, 1].map(|branch| {
        let mut author = Author::new(node, 1);
        let seal = |n: u64| -> TestBlock {
            let first = if n < 2 { n } else { n + 100 * branch };
            author.seal(Class::Logs, &records(first..first + 1))
        };
        (0..6).map(seal).map(|block| block.header).collect()
    })
}

#[derive(Clone, Debug)]
enum Fact {
    Block { node: usize, branch: usize, seq: usize },
    Retire { node: usize, class: u8, floor: u64 },
    Fork { node: usize, seq: usize },
    End { node: usize, blocks: u64 },
    Name { node: usize, seq: usize },
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        4 => (0..3usize, 0..2usize, 0..6usize).prop_map(|(node, branch, seq)| Fact::Block { node, branch, seq }),
        1 => (0..3usize, 0..6u8, 0..5u64).prop_map(|(node, class, floor)| Fact::Retire { node, class, floor }),
        1 => (0..3usize, 2..6usize).prop_map(|(node, seq)| Fact::Fork { node, seq }),
        1 => (0..3usize, 0..7u64).prop_map(|(node, blocks)| Fact::End { node, blocks }),
        1 => (0..3usize, 0..6usize).prop_map(|(node, seq)| Fact::Name { node, seq }),
    ]
}

fn learn(replica: &mut Replica, fact: &Fact) {
    match *fact {
        Fact::Block { node, branch, seq } => {
            let signed = &BRANCHES[node][branch][seq];
            replica.extend(signed.header.log, signed.header.seq, signed.hash);
        }
        Fact::Retire { node, class, floor } => {
            let class = Class::from_number(class).expect("a known class");
            replica.retire(BRANCHES[node][0][0].header.log, class, floor);
        }
        Fact::Fork { node, seq } => {
            let [left, right] = &BRANCHES[node];
            replica.freeze(&ForkProof::new(right[seq].clone(), left[seq].clone()).expect("they differ"));
        }
        Fact::End { node, blocks } => replica.end(BRANCHES[node][0][0].header.log, blocks),
        Fact::Name { node, seq } => {
            let signed = &BRANCHES[node][0][seq];
            let named = PreviousEpoch { epoch: signed.header.log.epoch, seq: signed.header.seq, hash: signed.hash };
            replica.name(&LogId { epoch: Epoch([9; 16]), ..signed.header.log }, &named);
        }
    }
}

fn replica() -> impl Strategy<Value = Replica> {
    prop::collection::vec(fact(), 0..12).prop_map(|facts| {
        let mut replica = Replica::new();
        facts.iter().for_each(|fact| learn(&mut replica, fact));
        replica
    })
}

fn joined(a: &Replica, b: &Replica) -> Replica {
    let mut joined = a.clone();
    joined.join(b);
    joined
}

proptest! {
    #[test]
    fn joining_commutes(a in replica(), b in replica()) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&a, &b).digest(), joined(&b, &a).digest());
    }

    #[test]
    fn joining_associates(a in replica(), b in replica(), c in replica()) {
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
    }

    #[test]
    fn joining_twice_changes_nothing(a in replica(), b in replica()) {
        prop_assert_eq!(joined(&a, &a), a.clone());
        let once = joined(&a, &b);
        prop_assert_eq!(joined(&once, &b), once.clone());
        prop_assert_eq!(joined(&once, &a), once);
    }

    #[test]
    fn knowledge_only_grows(mut a in replica(), fact in fact()) {
        let before = a.clone();
        learn(&mut a, &fact);
        prop_assert_eq!(joined(&before, &a), a.clone());
        for (log, state) in before.logs() {
            let after = a.log(log).expect("no log is forgotten");
            prop_assert!(after.head >= state.head);
            prop_assert!(after.retired.iter().zip(state.retired).all(|(after, before)| *after >= before));
            prop_assert!(state.ended().is_none_or(|ended| after.ended().is_some_and(|after| after <= ended)));
            prop_assert!(state.frozen().is_none_or(|frozen| after.frozen().is_some_and(|after| after <= frozen)));
        }
    }

    #[test]
    fn facts_in_any_order_give_one_digest(
        (facts, shuffled) in prop::collection::vec(fact(), 0..20)
            .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut straight = Replica::new();
        facts.iter().for_each(|fact| learn(&mut straight, fact));
        let (mut left, mut right) = (Replica::new(), Replica::new());
        let (one, other) = shuffled.split_at(cut.index(shuffled.len() + 1));
        one.iter().for_each(|fact| learn(&mut left, fact));
        other.iter().for_each(|fact| learn(&mut right, fact));
        prop_assert_eq!(joined(&right, &left).digest(), straight.digest());
        prop_assert_eq!(joined(&right, &left), straight);
    }
}

#[test]
fn holders_of_either_branch_agree_once_the_fork_is_known() {
    let [left, right] = &BRANCHES[0];
    let mut holders = [left, right].map(|branch| {
        let mut replica = Replica::new();
        branch.iter().for_each(|signed| replica.extend(signed.header.log, signed.header.seq, signed.hash));
        replica
    });
    assert_ne!(holders[0].digest(), holders[1].digest());
    let late = ForkProof::new(left[5].clone(), right[5].clone()).expect("they differ");
    let early = ForkProof::new(left[2].clone(), right[2].clone()).expect("they differ");
    holders[0].freeze(&late);
    holders[0].freeze(&early);
    holders[1].freeze(&early);
    assert_eq!(holders[0].digest(), holders[1].digest());
    assert_eq!(holders[0].frontier()[&early.log()], FrontierEntry::Frozen { seq: 2 });
}

#[test]
fn what_is_no_fork_is_refused() {
    let [left, right] = &BRANCHES[0];
    let refused = |a: &SignedHeader, b: &SignedHeader| ForkProof::new(a.clone(), b.clone()).expect_err("no fork");
    assert_eq!(refused(&left[2], &left[2]).to_string(), "no fork: both are the same header");
    assert_eq!(refused(&left[1], &right[1]).to_string(), "no fork: both are the same header");
    assert_eq!(refused(&left[2], &right[3]).to_string(), "no fork: the headers do not claim one place");
    let mut bytes = right[2].bytes().to_vec();
    *bytes.last_mut().expect("not empty") ^= 1;
    let forged = SignedHeader::decode(&bytes).expect("well formed");
    assert!(matches!(refused(&left[2], &forged), BlockError::Header { seq: 2, .. }));
    assert_ne!(Hash::ZERO, left[2].hash);
}

fn entry(facts: &[Fact]) -> FrontierEntry {
    let mut replica = Replica::new();
    facts.iter().for_each(|fact| learn(&mut replica, fact));
    replica.frontier().into_values().next().expect("one log")
}

/// A node that lacks blocks that count must not look as if it had them.
#[test]
fn a_bound_shows_once_the_blocks_before_it_are_known() {
    let block = |branch, seq| Fact::Block { node: 0, branch, seq };
    let (end, fork) = (|blocks| Fact::End { node: 0, blocks }, |seq| Fact::Fork { node: 0, seq });
    let head = |seq: usize| FrontierEntry::Head { seq: seq as u64, hash: BRANCHES[0][0][seq].hash };
    assert_eq!(entry(&[block(0, 1), end(3)]), head(1));
    assert_eq!(entry(&[block(0, 2), end(3)]), FrontierEntry::Ended { blocks: 3 });
    assert_eq!(entry(&[block(0, 5), end(3), end(4)]), FrontierEntry::Ended { blocks: 3 });
    assert_eq!(entry(&[end(0)]), FrontierEntry::Ended { blocks: 0 });
    assert_eq!(entry(&[end(1)]), FrontierEntry::Empty);
    assert_eq!(entry(&[block(0, 1), fork(3)]), head(1));
    assert_eq!(entry(&[block(1, 5), fork(3)]), FrontierEntry::Frozen { seq: 3 });
    assert_eq!(entry(&[block(0, 5), fork(3), end(2)]), FrontierEntry::Ended { blocks: 2 });
    assert_eq!(entry(&[block(0, 5), fork(3), end(3)]), FrontierEntry::Frozen { seq: 3 });
}

#[test]
fn an_epoch_is_closed_where_a_later_one_names_its_head() {
    let mut replica = Replica::new();
    let log = BRANCHES[0][0][0].header.log;
    learn(&mut replica, &Fact::Block { node: 0, branch: 0, seq: 1 });
    assert!(!replica.closed(&log));
    learn(&mut replica, &Fact::Name { node: 0, seq: 3 });
    assert!(!replica.closed(&log), "blocks are still to come");
    learn(&mut replica, &Fact::Block { node: 0, branch: 0, seq: 3 });
    assert!(replica.closed(&log));
    learn(&mut replica, &Fact::Block { node: 0, branch: 0, seq: 4 });
    assert!(!replica.closed(&log), "it grew beyond, so who named it did not hold all");
}
