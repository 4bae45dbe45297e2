//! What happens when the disk does not take it?

use expect_test::expect;

use super::{check, script, small};
use crate::{Config, Sync};

#[test]
fn a_full_disk_refuses_everything_behind_and_resumes_by_itself() {
    check(
        "@0 submit 1 logs 10
         @0 hashed 1
         @0 submit 2 logs 10
         @1 persisted 1
         @1 submit 3 logs 1
         @2 hashed 2
         @3 full 2
         @3 status
         @4 submit 4 logs 1
         @4 deadline
         @503 wake
         @504 space no
         @1004 wake
         @1005 space ok
         @1006 submit 5 logs 10
         @1007 hashed 3
         @1008 persisted 3
         @1008 status",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @0 submit 2 logs 10
                hash 2 of 2
            @1 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @1 submit 3 logs 1
            @2 hashed 2
                persist 2 as seq 1 after seq 0, arrival 2
            @3 full 2
                withdraw from 2
                refuse 2: no space: 0 bytes free
                refuse 3: no space: 0 bytes free
            @3 status
                no space: 0 bytes free; accepted 3, acknowledged 1, refused [no_space 2], pending 0 of 0 bytes; in flight 0, unsynced 0, durable 1, next seq 1
            @4 submit 4 logs 1
                refuse 4: no space: 0 bytes free
            @4 deadline
                wake at 100 ms to sum up the frontier
            @503 wake
                check space
            @504 space no
            @1004 wake
                check space
            @1005 space ok
            @1006 submit 5 logs 10
                hash 3 of 5
            @1007 hashed 3
                persist 3 as seq 1 after seq 0, arrival 2
            @1008 persisted 3
                acknowledge 5: seq 1 logs 0..10
                follow 2
            @1008 status
                ok; accepted 4, acknowledged 2, refused [no_space 3], pending 0 of 0 bytes; in flight 0, unsynced 0, durable 2, next seq 2
        "#]],
    );
}

#[test]
fn what_was_written_before_the_failure_stays() {
    check(
        "@0 submit 1 logs 10
         @0 submit 2 logs 10
         @1 hashed 1
         @1 hashed 2
         @2 full 2
         @3 persisted 1
         @503 wake
         @504 space ok
         @505 submit 3 logs 10
         @506 hashed 3",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10
                hash 2 of 2
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @1 hashed 2
                persist 2 as seq 1 after seq 0, arrival 2
            @2 full 2
                withdraw from 2
                refuse 2: no space: 0 bytes free
            @3 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @503 wake
                check space
            @504 space ok
            @505 submit 3 logs 10
                hash 3 of 3
            @506 hashed 3
                persist 3 as seq 1 after seq 0, arrival 2
        "#]],
    );
}

#[test]
fn late_news_of_withdrawn_blocks_is_ignored() {
    check(
        "@0 submit 1 logs 10
         @0 submit 2 logs 10
         @1 hashed 1
         @2 io 1
         @3 hashed 2
         @3 persisted 2
         @3 full 2
         @3 status
         @502 wake
         @503 space ok
         @504 submit 3 logs 10
         @505 hashed 3
         @506 persisted 3",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10
                hash 2 of 2
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @2 io 1
                withdraw from 1
                refuse 1: the store cannot write: bad sector
                refuse 2: the store cannot write: bad sector
            @3 hashed 2
            @3 persisted 2
            @3 full 2
            @3 status
                store: bad sector; accepted 2, acknowledged 0, refused [store 2], pending 0 of 0 bytes; in flight 0, unsynced 0, durable 0, next seq 0
            @502 wake
                check space
            @503 space ok
            @504 submit 3 logs 10
                hash 3 of 3
            @505 hashed 3
                persist 3 as seq 0 after nothing, arrival 1
            @506 persisted 3
                acknowledge 3: seq 0 logs 0..10
                follow 1
        "#]],
    );
}

#[test]
fn max_disk_is_noticed_while_data_flows() {
    check(
        "@0 wake
         @1 submit 1 logs 1
         @1 deadline
         @21 wake
         @1000 wake
         @1001 space no
         @1002 submit 2 logs 1
         @1003 hashed 1
         @1004 persisted 1",
        expect![[r#"
            @0 wake
                expire receipts before -86400000 ms
            @1 submit 1 logs 1
            @1 deadline
                wake at 21 ms to seal the open block
            @21 wake
                hash 1 of 1
            @1000 wake
                check space
            @1001 space no
            @1002 submit 2 logs 1
                refuse 2: no space: max_disk is reached
            @1003 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @1004 persisted 1
                acknowledge 1: seq 0 logs 0..1
                follow 1
        "#]],
    );
}

#[test]
fn an_answer_from_before_the_failure_opens_nothing() {
    check(
        "@0 submit 1 logs 10
         @0 hashed 1
         @1000 wake
         @1001 full 1
         @1002 space ok
         @1003 submit 2 logs 1
         @1003 deadline",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @1000 wake
                check space
            @1001 full 1
                withdraw from 1
                refuse 1: no space: 0 bytes free
            @1002 space ok
            @1003 submit 2 logs 1
                refuse 2: no space: 0 bytes free
            @1003 deadline
                wake at 1502 ms to look at the disk
        "#]],
    );
}

#[test]
fn a_relaxed_sync_acknowledges_early_and_follows_late() {
    let config = Config { sync: Sync::Interval, ..small() };
    let script = "@0 submit 1 logs 10
                  @0 submit 2 logs 10
                  @1 hashed 1
                  @1 hashed 2
                  @2 written 1
                  @3 full 2
                  @3 status
                  @4 stop
                  @5 persisted 1";
    expect![[r#"
        @0 submit 1 logs 10
            hash 1 of 1
            expire receipts before -86400000 ms
        @0 submit 2 logs 10
            hash 2 of 2
        @1 hashed 1
            persist 1 as seq 0 after nothing, arrival 1
        @1 hashed 2
            persist 2 as seq 1 after seq 0, arrival 2
        @2 written 1
            acknowledge 1: seq 0 logs 0..10
        @3 full 2
            withdraw from 2
            refuse 2: no space: 0 bytes free
        @3 status
            no space: 0 bytes free; accepted 2, acknowledged 1, refused [no_space 1], pending 0 of 0 bytes; in flight 0, unsynced 1, durable 0, next seq 1
        @4 stop
        @5 persisted 1
            follow 1
            stopped
    "#]].assert_eq(&script::play(config, script));
}

#[test]
fn a_strict_sync_does_not_acknowledge_what_is_only_written() {
    check(
        "@0 submit 1 logs 10
         @1 hashed 1
         @2 written 1
         @3 persisted 1",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @2 written 1
            @3 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
        "#]],
    );
}

#[test]
fn stopping_on_a_full_disk_ends_too() {
    check(
        "@0 submit 1 logs 10
         @0 submit 2 logs 1
         @1 hashed 1
         @2 stop
         @3 full 1",
        expect![[r#"
            @0 submit 1 logs 10
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 1
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1
            @2 stop
                hash 2 of 2
            @3 full 1
                withdraw from 1
                refuse 1: no space: 0 bytes free
                refuse 2: no space: 0 bytes free
                stopped
        "#]],
    );
}
