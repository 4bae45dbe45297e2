//! What replication costs at 1,000 logs, in bytes and round trips.

use vigil_model::LogId;

use crate::world::{LOGS, Traffic, World, epoch, node};

/// Two machines with the same 1,000 logs of 200 nodes.
fn pair(blocks: u64, ahead: u64) -> World {
    let mut world = World::new(2);
    let authors: Vec<_> = (0..202).map(node).collect();
    (0..2).for_each(|at| world.tell(at, vigil_gossip::Event::Authors(authors.iter().copied().collect())));
    for number in 0..1_000 {
        let log = LogId { node: authors[2 + number % 200], epoch: epoch(number as u64) };
        let more = blocks + number as u64 % 50;
        world.seed(0, log, more + ahead, LOGS, 0);
        world.seed(1, log, more, LOGS, 0);
    }
    world
}

fn delta(before: Traffic, after: Traffic) -> u64 {
    after.message_bytes - before.message_bytes
}

#[test]
fn an_idle_round_at_1000_logs_costs_next_to_nothing() {
    let mut world = pair(300, 0);
    world.mesh();
    world.run(5_500);
    let before = world.traffic;
    world.run(10_000);
    let bytes = delta(before, world.traffic) / 10;
    assert!(bytes <= 4, "{bytes} bytes per round, both directions");
}

#[test]
fn after_long_absence_one_round_trip_and_15_kb_come_before_the_data() {
    let mut world = pair(300, 40);
    world.mesh();
    let start = world.now;
    world.run(2 * world.latency);
    assert_eq!(world.first_pull, Some(start + 2 * world.latency), "greeting and frontier, one way each");
    let bytes = world.traffic.message_bytes;
    assert!(bytes <= 15_000, "{bytes} bytes before data");
    world.run(60_000);
    assert_eq!(world.converged(), Ok(()));
    println!("{bytes} bytes before data, {:?} in all, {} ms", world.traffic, world.now - start);
}

/// Two machines that hold 1,000 logs of 100 nodes, ten epochs each, nine of them closed.
fn restarted(differing: usize) -> World {
    let mut world = World::new(2);
    let authors: Vec<_> = (0..102).map(node).collect();
    (0..2).for_each(|at| world.tell(at, vigil_gossip::Event::Authors(authors.iter().copied().collect())));
    for number in 0..1_000u64 {
        let log = LogId { node: authors[2 + number as usize / 10], epoch: epoch(number) };
        let closed = number % 10 != 9;
        let missing = u64::from((number as usize) < differing * 10 && number % 10 < 2);
        world.seed_closed(0, log, 20 - missing, closed && missing == 0);
        world.seed_closed(1, log, 20, closed);
    }
    world.write(1, LOGS, 100);
    world
}

#[test]
fn closed_epochs_cost_one_line_for_each_node() {
    let mut world = restarted(0);
    world.mesh();
    world.run(2 * world.latency);
    let bytes = world.traffic.message_bytes;
    assert!(bytes <= 3_200, "{bytes} bytes: 100 open logs, 100 lines, two greetings");
    world.run(5_000);
    assert_eq!(world.converged(), Ok(()));
}

#[test]
fn closed_epochs_that_differ_are_told_one_by_one() {
    let mut world = restarted(7);
    world.mesh();
    world.run(5_000);
    assert_eq!(world.converged(), Ok(()));
    assert!(world.traffic.message_bytes < 20_000, "{:?}", world.traffic);
}

#[test]
fn many_machines_with_few_links_hear_of_everything() {
    let mut world = World::new(60);
    for at in 0..60 {
        for step in [1, 7, 19] {
            world.connect(at, (at + step) % 60);
        }
    }
    world.run(2_000);
    let before = world.traffic;
    (0..60).for_each(|at| world.write(at, LOGS, 500));
    world.run(3_000);
    assert_eq!(world.converged(), Ok(()));
    let messages = delta(before, world.traffic) / 60;
    assert!(messages < 60 * 1_000, "{messages} bytes of messages on each machine for 60 blocks");
    println!("{messages} message bytes on each machine, {:?}", world.traffic);
}
