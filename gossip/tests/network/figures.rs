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
