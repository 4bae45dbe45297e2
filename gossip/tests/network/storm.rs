//! Everything at once, drawn from a seed; then calm, and all must agree.

use proptest::prelude::*;
use vigil_gossip::{Event, Interest};
use vigil_model::{ClassSet, LogId};

use crate::world::{World, epoch, node};

/// What may happen in a storm.
#[derive(Clone, Debug)]
enum Act {
    Write { at: usize, classes: u8, raw_len: u32 },
    Cut { a: usize, b: usize },
    Connect { a: usize, b: usize },
    Restart { at: usize },
    Room { at: usize, bytes: u64 },
    Lag { disk: u64, latency: u64 },
    Run { millis: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    let at = 0..6usize;
    prop_oneof![
        8 => (at.clone(), 1..64u8, 1..90_000u32).prop_map(|(at, classes, raw_len)| Act::Write { at, classes, raw_len }),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Act::Cut { a, b }),
        3 => (at.clone(), at.clone()).prop_map(|(a, b)| Act::Connect { a, b }),
        1 => at.clone().prop_map(|at| Act::Restart { at }),
        1 => (at, 0..4_000_000u64).prop_map(|(at, bytes)| Act::Room { at, bytes }),
        1 => (0..300u64, 1..300u64).prop_map(|(disk, latency)| Act::Lag { disk, latency }),
        6 => (1..700u64).prop_map(|millis| Act::Run { millis }),
    ]
}

fn linked(world: &World, a: usize, b: usize) -> bool {
    world.machines[a].links.values().any(|(other, _)| *other == b)
}

fn perform(world: &mut World, act: Act) {
    let count = world.machines.len();
    match act {
        Act::Write { at, classes, raw_len } => world.write(at % count, ClassSet(classes), raw_len),
        Act::Cut { a, b } if linked(world, a % count, b % count) => world.cut(a % count, b % count),
        Act::Connect { a, b } if a % count != b % count => world.connect(a % count, b % count),
        Act::Cut { .. } | Act::Connect { .. } => {}
        Act::Restart { at } => world.restart(at % count),
        Act::Room { at, bytes } => world.tell(at % count, Event::Room { bytes, blocks: bytes / 2_000 }),
        Act::Lag { disk, latency } => (world.disk, world.latency) = (disk, latency),
        Act::Run { millis } => world.run(millis),
    }
}

fn calm(world: &mut World) {
    (world.disk, world.latency) = (3, 10);
    for at in 0..world.machines.len() {
        world.tell(at, Event::Room { bytes: 32 << 20, blocks: 1_024 });
        for other in 0..at {
            if !linked(world, at, other) {
                world.connect(at, other);
            }
        }
    }
    world.run(60_000);
    (0..world.machines.len()).for_each(|at| world.check_limits(at));
}

fn interest(at: usize) -> Interest {
    match at % 5 {
        3 => Interest::from(ClassSet::NONE),
        4 => Interest { classes: ClassSet::ALL, nodes: Some([node(0), node(1)].into_iter().collect()) },
        _ => Interest::ALL,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_storm_all_agree(count in 2..6usize, acts in proptest::collection::vec(act(), 1..60)) {
        let mut world = World::with(count, interest);
        acts.into_iter().for_each(|act| perform(&mut world, act));
        calm(&mut world);
        prop_assert_eq!(world.converged(), Ok(()));
    }

    #[test]
    fn a_fork_is_found_at_its_first_block(common in 0..40u64, a in 1..30u64, b in 1..30u64, mesh in any::<bool>()) {
        let mut world = World::new(4);
        world.spread_forks = true;
        let log = LogId { node: node(0), epoch: epoch(9) };
        for (at, blocks, salt) in [(1, a, 1), (2, b, 2)] {
            world.seed(at, log, common, ClassSet::ALL, 0);
            world.seed(at, log, common + blocks, ClassSet::ALL, salt);
        }
        if mesh {
            world.mesh();
        } else {
            [(0, 1), (1, 2), (2, 3)].into_iter().for_each(|(a, b)| world.connect(a, b));
        }
        world.run(3_000);
        let found: Vec<_> = world.machines.iter().flat_map(|machine| machine.forks.clone()).collect();
        prop_assert!(!found.is_empty() && found.iter().all(|fork| *fork == (log, common)), "{:?} at {}", found, common);
        world.run(10_000);
        prop_assert_eq!(world.converged(), Ok(()));
    }
}
