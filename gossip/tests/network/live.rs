//! What few machines do: greet, tell, pull, announce, and converge after every trouble.

use vigil_gossip::{Event, Interest, Progress};
use vigil_model::{Class, ClassSet, LogId};

use crate::world::{LOGS, World, epoch, node};

#[test]
fn what_one_has_the_other_gets_after_greeting() {
    let mut world = World::new(2);
    (0..5).for_each(|_| world.write(0, LOGS, 1_000));
    (0..3).for_each(|_| world.write(1, ClassSet::ALL, 100));
    world.mesh();
    world.run(200);
    assert_eq!(world.converged(), Ok(()));
    world.run(3_000);
    let view = &world.machines[0].gossip.status(world.now)[0];
    assert_eq!(view.progress, Progress::InStep);
    assert_eq!(world.machines[0].copies[&(node(1), world.machines[0].log)], 5);
}

#[test]
fn a_new_block_is_everywhere_after_one_way() {
    let mut world = World::new(4);
    world.mesh();
    world.run(5_000);
    let before = world.traffic;
    for _ in 0..20 {
        world.write(2, LOGS, 2_000);
        world.run(14);
        assert_eq!(world.converged(), Ok(()), "10 ms of way and 3 ms of disk");
    }
    assert_eq!(world.traffic.pulls, before.pulls, "small blocks ride along");
    world.run(100);
    assert_eq!(world.machines[2].copies.values().copied().collect::<Vec<_>>(), [20, 20, 20]);
}

#[test]
fn large_blocks_are_pulled() {
    let mut world = World::new(3);
    world.mesh();
    world.run(1_500);
    (0..4).for_each(|_| world.write(0, LOGS, 200_000));
    world.run(200);
    assert_eq!(world.converged(), Ok(()));
    assert!(world.traffic.pulls > 0);
}

#[test]
fn who_is_far_behind_gets_headers_first_and_bodies_from_all() {
    let mut world = World::new(4);
    let log = LogId { node: node(0), epoch: epoch(1) };
    (0..3).for_each(|at| world.seed(at, log, 2_000, ClassSet::ALL, 0));
    world.mesh();
    world.run(10_000);
    assert_eq!(world.converged(), Ok(()));
    assert_eq!(world.machines[3].duplicates, 0, "ranges are disjoint");
}

#[test]
fn a_chain_of_links_carries_everything_along() {
    let mut world = World::new(5);
    (1..5).for_each(|at| world.connect(at - 1, at));
    (0..5).for_each(|at| world.write(at, LOGS, 500));
    world.run(3_000);
    assert_eq!(world.converged(), Ok(()));
    world.write(0, LOGS, 500);
    world.run(1_500);
    assert_eq!(world.converged(), Ok(()), "four hops of 250 ms");
}

#[test]
fn an_edge_follows_its_own_data_and_everyones_control() {
    let edge = Interest::from(ClassSet::NONE);
    let mut world = World::with(3, |at| if at == 2 { edge.clone() } else { Interest::ALL });
    world.mesh();
    world.run(100);
    (0..3).for_each(|at| world.write(at, ClassSet::ALL, 300));
    (0..3).for_each(|at| (0..100).for_each(|_| world.write(at, LOGS, 300)));
    world.run(5_000);
    assert_eq!(world.converged(), Ok(()));
    let log = &world.machines[2].store.0[&world.machines[0].log];
    assert!(!log.bodies.contains(&(Class::Logs, 0)) && log.bodies.contains(&(Class::Control, 0)));
}

#[test]
fn logs_of_unknown_authors_wait_until_they_are_known() {
    let mut world = World::new(3);
    let known = [node(0), node(1)].into_iter().collect();
    world.tell(0, Event::Authors(known));
    (0..10).for_each(|_| world.write(2, LOGS, 100));
    world.connect(0, 2);
    world.run(5_000);
    assert!(!world.machines[0].store.0.contains_key(&world.machines[2].log));
    let status = world.machines[0].gossip.status(world.now);
    assert_eq!(status[0].progress, Progress::AuthorUnknown);
    world.tell(0, Event::Authors((0..3).map(node).collect()));
    world.run(100);
    assert_eq!(world.machines[0].store.0[&world.machines[2].log].blocks.len(), 10);
}

#[test]
fn without_room_nothing_is_asked_and_the_status_says_so() {
    let mut world = World::new(2);
    (0..10).for_each(|_| world.write(0, LOGS, 1_000));
    world.tell(1, Event::Room { bytes: 0, blocks: 1_024 });
    world.mesh();
    world.run(3_000);
    assert_eq!(world.traffic.pulls, 0);
    assert_eq!(world.machines[1].gossip.status(world.now)[0].progress, Progress::WaitingForRoom);
    world.tell(1, Event::Room { bytes: 1 << 20, blocks: 1_024 });
    world.run(100);
    assert_eq!(world.converged(), Ok(()));
}

#[test]
fn no_more_blocks_are_asked_for_than_there_is_room() {
    let mut world = World::new(2);
    (0..40).for_each(|_| world.write(0, LOGS, 100));
    world.tell(1, Event::Room { bytes: 1 << 20, blocks: 0 });
    world.mesh();
    world.run(3_000);
    assert_eq!(world.traffic.pulls, 0);
    assert_eq!(world.machines[1].gossip.status(world.now)[0].progress, Progress::WaitingForRoom);
    world.tell(1, Event::Room { bytes: 1 << 20, blocks: 4 });
    world.run(1_000);
    assert_eq!(world.converged(), Ok(()));
    assert!(world.traffic.pulls >= 10, "{} pulls of 4 blocks", world.traffic.pulls);
}

#[test]
fn a_stuck_link_holds_no_more_than_its_queue() {
    let mut world = World::new(3);
    world.mesh();
    world.run(100);
    let link = world.link(0, 1);
    world.stuck.push(link);
    for _ in 0..2_000 {
        world.write(0, LOGS, 5_000);
        world.run(2);
    }
    let status = world.machines[0].gossip.status(world.now);
    let stuck = status.iter().find(|view| view.peer == node(1)).expect("linked");
    assert!(stuck.queued <= vigil_model::limits::LINK_ANNOUNCE_BYTES_MAX + 64 * 1024);
    world.run(5_000);
    assert_eq!(world.converged(), Ok(()), "the others carry it round the stuck link");
}
