//! What does the machine do, input by input?

mod author;
mod bodies;
mod flow;
mod forked;
mod keyed;
mod members;
mod minutes;
mod peers;
mod received;
mod room;
mod script;
mod start;
mod trouble;

use expect_test::{Expect, expect};
use vigil_crdt::chain::ChainState;
use vigil_crdt::{LogHead, Recovered};
use vigil_model::{ClusterId, Epoch, Hash, Hlc, LogId, LogNumber, NodeId};

use crate::{Config, Limits};

/// Plays a script on a node with small queues.
fn check(script: &str, expected: Expect) {
    expected.assert_eq(&script::play(small(), script));
}

/// Plays a script on a node among peers, with small queues.
fn peers_check(script: &str, expected: Expect) {
    let limits = Limits { received_bytes: 524_288, ..small().limits };
    expected.assert_eq(&peers::play(Config { limits, ..small() }, script));
}

fn small() -> Config {
    let limits = Limits { block_records: 10, pending_blocks: 2, pending_bytes: 300_000, ..Limits::default() };
    Config { limits, seal_now_per_second: 1, ..Config::default() }
}

#[test]
fn a_record_waits_for_the_interval_and_for_the_disk() {
    check(
        "@0 wake
         @100 submit 1 logs 2
         @100 deadline
         @119 wake
         @120 wake
         @121 hashed 1
         @121 status
         @125 persisted 1
         @125 status
         @125 deadline",
        expect![[r#"
            @0 wake
                expire receipts before -86400000 ms
            @100 submit 1 logs 2
            @100 deadline
                wake at 120 ms to seal the open block
            @119 wake
            @120 wake
                hash 1 of 1
            @121 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @121 status
                ok; accepted 1, acknowledged 0, refused [], pending 1 of 200 bytes; in flight 1, unsynced 0, durable 0, next seq 0
            @125 persisted 1
                acknowledge 1: seq 0 logs 0..2
                follow 1
            @125 status
                ok; accepted 1, acknowledged 1, refused [], pending 0 of 0 bytes; in flight 0, unsynced 0, durable 1, next seq 1
            @125 deadline
                wake at 1000 ms to look at the disk
        "#]],
    );
}

#[test]
fn a_full_block_does_not_wait() {
    check(
        "@0 wake
         @1 submit 1 logs 6
         @1 submit 2 audit 4
         @2 submit 3 logs 6
         @2 submit 4 logs 5",
        expect![[r#"
            @0 wake
                expire receipts before -86400000 ms
            @1 submit 1 logs 6
            @1 submit 2 audit 4
                hash 1 of 1 2
            @2 submit 3 logs 6
            @2 submit 4 logs 5
                hash 2 of 3
        "#]],
    );
}

#[test]
fn blocks_are_released_by_ticket_however_they_are_hashed() {
    check(
        "@0 submit 1 logs 10
         @0 submit 2 logs 10
         @1 hashed 2
         @2 hashed 1
         @3 persisted 2",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10
                hash 2 of 2
            @1 hashed 2
            @2 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
                persist 2 as seq 1 after seq 0, arrival 2
            @3 persisted 2
                acknowledge 1: seq 0 logs 0..10
                acknowledge 2: seq 1 logs 0..10
                follow 2
        "#]],
    );
}

#[test]
fn sealing_at_once_has_a_budget() {
    check(
        "@0 submit 1 logs 1 now
         @1 submit 2 logs 1 now
         @1 deadline
         @1 hashed 1
         @1 persisted 1
         @1100 submit 3 logs 1 now",
        expect![[r#"
            @0 submit 1 logs 1 now
                hash 1 of 1
                expire receipts before -86400000 ms
            @1 submit 2 logs 1 now
            @1 deadline
                wake at 21 ms to seal the open block
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @1 persisted 1
                acknowledge 1: seq 0 logs 0..1
                follow 1
            @1100 submit 3 logs 1 now
                hash 2 of 2 3
                check space
        "#]],
    );
}

#[test]
fn full_queues_refuse_and_recover() {
    check(
        "@0 submit 1 logs 10
         @0 submit 2 logs 10
         @0 submit 3 logs 9
         @0 submit 4 logs 2
         @0 deadline
         @1 hashed 1
         @2 persisted 1
         @3 submit 5 logs 1
         @20 wake",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10
                hash 2 of 2
            @0 submit 3 logs 9
            @0 submit 4 logs 2
                refuse 4: busy: too many blocks wait for the disk; try again in 100 ms
            @0 deadline
                wake at 1000 ms to look at the disk
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @2 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @3 submit 5 logs 1
                hash 3 of 3 5
            @20 wake
        "#]],
    );
}

#[test]
fn too_many_bytes_are_refused() {
    check(
        "@0 submit 1 logs 1 200000
         @0 submit 2 audit 1 100000
         @0 submit 3 traces 1 1
         @0 status",
        expect![[r#"
            @0 submit 1 logs 1 200000
                expire receipts before -86400000 ms
            @0 submit 2 audit 1 100000
            @0 submit 3 traces 1 1
                refuse 3: busy: too many bytes wait for the disk; try again in 100 ms
            @0 status
                ok; accepted 2, acknowledged 0, refused [busy 1], pending 2 of 300000 bytes; in flight 0, unsynced 0, durable 0, next seq 0
        "#]],
    );
}

#[test]
fn an_index_that_lags_stops_ingest() {
    check(
        "@0 indexed 0 268435457
         @0 submit 1 logs 1
         @1 indexed 0 1000
         @1 submit 2 logs 1
         @1 status",
        expect![[r#"
            @0 indexed 0 268435457
                expire receipts before -86400000 ms
            @0 submit 1 logs 1
                refuse 1: busy: the index is too far behind; try again in 1000 ms
            @1 indexed 0 1000
            @1 submit 2 logs 1
            @1 status
                ok; accepted 1, acknowledged 0, refused [busy 1], pending 1 of 100 bytes; in flight 0, unsynced 0, durable 0, next seq 0
        "#]],
    );
}

#[test]
fn a_new_epoch_names_the_one_before() {
    let before = LogId { node: NodeId([1; 32]), epoch: Epoch([3; 16]) };
    let stranger = LogId { node: NodeId([8; 32]), epoch: Epoch([3; 16]) };
    let heads = vec![head(before, 0, 7), head(stranger, 1, 2)];
    let durable = Recovered { heads, arrival: 11, ..Recovered::default() };
    let script = "@0 submit 1 logs 10
                  @0 submit 2 logs 10
                  @0 hashed 1
                  @0 hashed 2";
    expect![[r#"
        @0 submit 1 logs 10
            hash 1 of 1
            expire receipts before -86400000 ms
        @0 submit 2 logs 10
            hash 2 of 2
        @0 hashed 1
            persist 1 as seq 0 after nothing, arrival 12, epoch before ends at 7
        @0 hashed 2
            persist 2 as seq 1 after seq 0, arrival 13
    "#]]
    .assert_eq(&script::play_on(small(), &durable, script));
}

fn head(log: LogId, number: u32, seq: u64) -> LogHead {
    let mut chain = ChainState::genesis(log);
    (0..=seq).for_each(|n| chain.push(Hash([n as u8; 32]), Hlc(n + 1)));
    LogHead {
        log,
        number: LogNumber(number),
        seq,
        hash: chain.last(),
        sealed: chain.sealed(),
        peaks: chain.peaks().clone(),
        missing: Default::default(),
        cluster: ClusterId([2; 32]),
        previous_epoch: None,
    }
}

#[test]
fn stopping_seals_answers_and_ends() {
    check(
        "@0 submit 1 logs 1
         @1 stop
         @2 submit 2 logs 1
         @3 hashed 1
         @4 status
         @5 persisted 1
         @6 submit 3 logs 1
         @6 status
         @6 deadline",
        expect![[r#"
            @0 submit 1 logs 1
                expire receipts before -86400000 ms
            @1 stop
                hash 1 of 1
            @2 submit 2 logs 1
                refuse 2: the node is stopping
            @3 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @4 status
                stopping; accepted 1, acknowledged 0, refused [stopping 1], pending 1 of 100 bytes; in flight 1, unsynced 0, durable 0, next seq 0
            @5 persisted 1
                acknowledge 1: seq 0 logs 0..1
                follow 1
                stopped
            @6 submit 3 logs 1
                refuse 3: the node is stopping
            @6 status
                stopped; accepted 1, acknowledged 1, refused [stopping 2], pending 0 of 0 bytes; in flight 0, unsynced 0, durable 1, next seq 1
            @6 deadline
                never wake
        "#]],
    );
}

#[test]
fn a_clock_that_is_set_back_delays_nothing() {
    check(
        "@100000 submit 1 logs 1
         @5 wake
         @5 deadline
         @25 wake",
        expect![[r#"
            @100000 submit 1 logs 1
                check space
                expire receipts before -86300000 ms
            @5 wake
            @5 deadline
                wake at 25 ms to seal the open block
            @25 wake
                hash 1 of 1
        "#]],
    );
}
