//! Peers that lie: they cost their own link, and nobody else anything.

use vigil_gossip::{Bound, Config, Event, Fault, Goodbye, LogView, Progress};
use vigil_model::{ClassSet, Hash, LogId, NodeId};

use crate::world::{LOGS, Lie, World, epoch, node};

/// Machine 3 claims to hold a million blocks of everyone's logs, and of logs that nobody wrote.
fn claim_everything(world: &mut World) {
    for number in 0..40 {
        let log = LogId { node: node(number % 3), epoch: epoch(1 + number as u64 / 3) };
        let view = LogView { head: Some((1_000_000, Hash::of("lie", &[]))), bound: Bound::Open, ..LogView::default() };
        world.tell(3, Event::Log { log, view, newest_bytes: 0, from: None });
    }
}

fn among_honest(lie: Lie) -> World {
    let mut world = World::new(4);
    world.machines[3].lie = Some(lie);
    claim_everything(&mut world);
    world.mesh();
    for _ in 0..200 {
        (0..3).for_each(|at| world.write(at, LOGS, 70_000));
        world.run(50);
    }
    world.run(60_000);
    world.machines.truncate(3);
    (0..3).for_each(|at| world.check_limits(at));
    world
}

#[test]
fn who_never_answers_delays_nobody_for_long() {
    assert_eq!(among_honest(Lie::Silent).converged(), Ok(()));
}

#[test]
fn who_holds_nothing_is_asked_less_and_less() {
    let world = among_honest(Lie::NotHeld);
    assert_eq!(world.converged(), Ok(()));
    assert!(world.traffic.pulls < 10_000, "{:?}", world.traffic);
}

#[test]
fn who_sends_garbage_loses_its_standing() {
    let world = among_honest(Lie::Garbage);
    assert_eq!(world.converged(), Ok(()));
    assert!(world.machines.iter().all(|machine| machine.hung_up.contains(&Goodbye::Faults)));
}

#[test]
fn grave_faults_end_the_link_and_keep_it_ended() {
    let mut world = World::new(2);
    world.mesh();
    world.run(100);
    for _ in 0..4 {
        let link = world.link(0, 1);
        world.tell(0, Event::Refused { link, fault: Fault::Signature, at: None });
    }
    world.run(100);
    assert_eq!(world.machines[0].hung_up, [Goodbye::Faults]);
    world.connect(0, 1);
    world.run(100);
    assert_eq!(world.machines[0].hung_up, [Goodbye::Faults, Goodbye::Faults]);
    world.run(1_000_000);
    world.connect(0, 1);
    world.run(100);
    assert_eq!(world.machines[0].gossip.status(world.now)[0].progress, Progress::InStep, "forgiven at last");
}

#[test]
fn a_process_with_our_key_is_noticed() {
    let mut world = World::new(2);
    let log = LogId { node: node(0), epoch: epoch(5) };
    world.machines[1] = crate::world::Machine::new(Config::new(4_711, log), world.now);
    world.mesh();
    world.run(100);
    assert_eq!((world.machines[0].twins, world.machines[1].twins), (1, 1));
}

#[test]
fn an_interest_in_few_nodes_is_kept() {
    let only: std::collections::BTreeSet<NodeId> = [node(1)].into_iter().collect();
    let interest = vigil_gossip::Interest { classes: LOGS, nodes: Some(only) };
    assert_eq!(interest.follows(&node(2), &node(1)), LOGS.union(ClassSet::ALWAYS));
    assert_eq!(interest.follows(&node(2), &node(0)), ClassSet::ALWAYS);
    assert_eq!(interest.follows(&node(2), &node(2)), ClassSet::ALL);
}
