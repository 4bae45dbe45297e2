//! What does an idempotency key promise?

use expect_test::expect;

use super::check;

#[test]
fn rows_grow_with_the_blocks_that_hold_the_request() {
    check(
        "@0 submit 1 logs 6 key 7 from 0
         @0 submit 2 logs 4 key 7 from 6
         @0 submit 3 logs 10 key 7 from 10 last
         @1 hashed 1
         @1 hashed 2
         @2 persisted 2",
        expect![[r#"
            @0 submit 1 logs 6 key 7 from 0
                expire receipts before -86400000 ms
            @0 submit 2 logs 4 key 7 from 6
                hash 1 of 1 2
            @0 submit 3 logs 10 key 7 from 10 last
                hash 2 of 3
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 10 records in 1 runs
            @1 hashed 2
                persist 2 as seq 1 after seq 0, arrival 2, row of key 7: 20 records in 2 runs, complete
            @2 persisted 2
                acknowledge 1: seq 0 logs 0..6
                acknowledge 2: seq 0 logs 6..10
                acknowledge 3: seq 1 logs 0..10
                follow 2
        "#]],
    );
}

#[test]
fn another_body_under_the_same_key_is_refused() {
    check(
        "@0 submit 1 logs 1 key 7 from 0
         @0 submit 2 logs 1 key 7 from 1 body 2
         @0 submit 3 logs 1 key 8 from 1 body 2 resumed 1",
        expect![[r#"
            @0 submit 1 logs 1 key 7 from 0
                expire receipts before -86400000 ms
            @0 submit 2 logs 1 key 7 from 1 body 2
                refuse 2: this idempotency key was used before with another body
            @0 submit 3 logs 1 key 8 from 1 body 2 resumed 1
                refuse 3: this idempotency key was used before with another body
        "#]],
    );
}

#[test]
fn a_second_try_at_the_same_time_is_busy() {
    check(
        "@0 submit 1 logs 10 key 7 from 0
         @0 submit 2 logs 10 key 7 from 0
         @1 hashed 1
         @1 persisted 1
         @2 submit 3 logs 10 key 7 from 0
         @3 submit 4 logs 10 key 7 from 10 last resumed 10",
        expect![[r#"
            @0 submit 1 logs 10 key 7 from 0
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10 key 7 from 0
                refuse 2: busy: another request with this idempotency key is under way; try again in 200 ms
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 10 records in 1 runs
            @1 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @2 submit 3 logs 10 key 7 from 0
                refuse 3: busy: another request with this idempotency key is under way; try again in 200 ms
            @3 submit 4 logs 10 key 7 from 10 last resumed 10
                hash 2 of 4
        "#]],
    );
}

#[test]
fn what_follows_a_refused_part_is_refused() {
    check(
        "@0 submit 1 logs 10 key 7 from 0
         @0 hashed 1
         @0 submit 2 logs 10 key 7 from 10
         @1 full 1
         @500 wake
         @501 wake
         @502 space ok
         @503 submit 3 logs 10 key 7 from 20
         @504 submit 4 logs 10 key 7 from 0",
        expect![[r#"
            @0 submit 1 logs 10 key 7 from 0
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 10 records in 1 runs
            @0 submit 2 logs 10 key 7 from 10
                hash 2 of 2
            @1 full 1
                withdraw from 1
                refuse 1: no space: 0 bytes free
                refuse 2: no space: 0 bytes free
            @500 wake
            @501 wake
                check space
            @502 space ok
            @503 submit 3 logs 10 key 7 from 20
                refuse 3: busy: another request with this idempotency key is under way; try again in 200 ms
            @504 submit 4 logs 10 key 7 from 0
                hash 3 of 4
        "#]],
    );
}

#[test]
fn a_failure_takes_back_what_was_counted() {
    check(
        "@0 submit 1 logs 10 key 7 from 0
         @0 submit 2 logs 10 key 7 from 10
         @1 hashed 1
         @1 hashed 2
         @2 full 2
         @3 persisted 1
         @502 wake
         @503 space ok
         @504 submit 3 logs 10 key 7 from 10 last
         @505 hashed 3",
        expect![[r#"
            @0 submit 1 logs 10 key 7 from 0
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 submit 2 logs 10 key 7 from 10
                hash 2 of 2
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 10 records in 1 runs
            @1 hashed 2
                persist 2 as seq 1 after seq 0, arrival 2, row of key 7: 20 records in 2 runs
            @2 full 2
                withdraw from 2
                refuse 2: no space: 0 bytes free
            @3 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @502 wake
                check space
            @503 space ok
            @504 submit 3 logs 10 key 7 from 10 last
                hash 3 of 3
            @505 hashed 3
                persist 3 as seq 1 after seq 0, arrival 2, row of key 7: 20 records in 2 runs, complete
        "#]],
    );
}

#[test]
fn a_resumed_request_goes_on_where_the_store_says() {
    check(
        "@0 submit 1 logs 10 key 7 from 0 resumed 30
         @0 submit 2 logs 10 key 7 from 30 last resumed 30
         @1 hashed 1",
        expect![[r#"
            @0 submit 1 logs 10 key 7 from 0 resumed 30
                refuse 1: busy: another request with this idempotency key is under way; try again in 200 ms
                expire receipts before -86400000 ms
            @0 submit 2 logs 10 key 7 from 30 last resumed 30
                hash 1 of 2
            @1 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 40 records in 1 runs, complete
        "#]],
    );
}

#[test]
fn a_look_up_that_is_too_old_is_caught_for_ten_seconds() {
    check(
        "@0 submit 1 logs 10 key 7 from 0 last
         @0 hashed 1
         @1 persisted 1
         @9000 submit 2 logs 10 key 7 from 0 last
         @9001 submit 3 logs 10 key 8 from 0 resumed 10 complete",
        expect![[r#"
            @0 submit 1 logs 10 key 7 from 0 last
                hash 1 of 1
                expire receipts before -86400000 ms
            @0 hashed 1
                persist 1 as seq 0 after nothing, arrival 1, row of key 7: 10 records in 1 runs, complete
            @1 persisted 1
                acknowledge 1: seq 0 logs 0..10
                follow 1
            @9000 submit 2 logs 10 key 7 from 0 last
                refuse 2: busy: another request with this idempotency key is under way; try again in 200 ms
                check space
            @9001 submit 3 logs 10 key 8 from 0 resumed 10 complete
                refuse 3: busy: another request with this idempotency key is under way; try again in 200 ms
        "#]],
    );
}
