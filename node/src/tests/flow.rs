//! What holds peers' blocks up, and what does not get through?

use expect_test::expect;

use super::{peers, peers_check as check, small};
use crate::{Config, Sync};

#[test]
fn blocks_that_cannot_be_written_are_given_back_and_come_again() {
    check(
        "make c 3 logs
         submit 1 logs 10
         hashed 1
         pull 5 c 0 3
         pulled 1 5 c/0
         pulled 2 5 c/1
         checked 2
         persisted 1
         full 2
         checked 3
         pulled 3 5 c/2
         ended 5 3
         status
         at 501
         wake
         space
         pull 6 c 0 2
         pulled 4 6 c/0
         pulled 5 6 c/1
         checked 4
         checked 5
         persisted 5
         status",
        expect![[r#"
            submit 1 logs 10
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                hash 1
            hashed 1
                persist 1 as own/0, arrival 3, sealed 1+2, epoch before ends at 1
            pull 5 c 0 3
                pull 5 of c 0..3
            pulled 1 5 c/0
                tell room 523164 in 1023 blocks
                check 2 (offer 1)
            pulled 2 5 c/1
                tell room 522040 in 1022 blocks
                check 3 (offer 2)
            checked 2
                store 2 as c/0, arrival 4
            persisted 1
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                acknowledge 1: seq 0
                follow 3
            full 2
                tell withdrawn c
                tell room 0 in 1024 blocks
                withdraw from 2
            checked 3
            pulled 3 5 c/2
                discard offer 3
            ended 5 3
                tell pull 5 crowded
                tell pull 5 ended at 0: Done
            status
                no space: 0 bytes free; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 3 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 3
            wake
                check space
            space
                tell room 524288 in 1024 blocks
            pull 6 c 0 2
                pull 6 of c 0..2
            pulled 4 6 c/0
                tell room 523164 in 1023 blocks
                check 4 (offer 4)
            pulled 5 6 c/1
                tell room 522040 in 1022 blocks
                check 5 (offer 5)
            checked 4
                store 4 as c/0, arrival 4
            checked 5
                store 5 as c/1, arrival 5
            persisted 5
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 5
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 3 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 5
        "#]],
    );
}

#[test]
fn room_follows_the_queues_and_the_index() {
    check(
        "make c 4 logs
         announce 1 c/0 bytes 250000
         announce 2 c/1 bytes 250000
         announce 9 c/2 bytes 22000
         status
         indexed 268435456
         announce 3 c/2
         indexed 0
         checked 1
         checked 2
         persisted 2
         status",
        expect![[r#"
            announce 1 c/0 bytes 250000
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 273264 in 1023 blocks
                check 1 (offer 1)
            announce 2 c/1 bytes 250000
                tell announced c/1, taken
                tell room 22240 in 1022 blocks
                check 2 (offer 2)
            announce 9 c/2 bytes 22000
                tell announced c/2
                discard offer 9
            status
                ok; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 1 dropped, 0 ahead, faults {}; in flight 2 of 502048 bytes; durable 2
            indexed 268435456
                tell room 0 in 1022 blocks
            announce 3 c/2
                tell announced c/2
                discard offer 3
            indexed 0
            checked 1
                store 1 as c/0, arrival 3
            checked 2
                store 2 as c/1, arrival 4
            persisted 2
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 2 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 4
        "#]],
    );
}

#[test]
fn a_clock_that_runs_ahead_is_followed_for_ten_minutes() {
    check(
        "make c 1 logs clock 600000
         make c 1 logs clock 600001
         announce 1 c/0
         announce 2 c/1
         checked 1
         checked 2
         submit 1 logs 10
         hashed 3
         persisted 3
         status",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 c/1
                tell announced c/1, taken
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            checked 1
                store 1 as c/0, arrival 3
            checked 2
                store 2 as c/1, arrival 4
            submit 1 logs 10
                hash 3
            hashed 3
                persist 3 as own/0, arrival 5, sealed 600000+1, epoch before ends at 1
            persisted 3
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                tell room 524288 in 1024 blocks
                acknowledge 1: seq 0
                follow 5
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 0 dropped, 1 ahead, faults {}; in flight 0 of 0 bytes; durable 5
        "#]],
    );
}

#[test]
fn stopping_finishes_what_came_in_and_takes_no_more() {
    check(
        "make c 2 logs
         announce 1 c/0
         stop
         announce 2 c/1
         checked 1
         persisted 1",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            stop
                tell room 0 in 1023 blocks
            announce 2 c/1
                tell announced c/1
                discard offer 2
            checked 1
                store 1 as c/0, arrival 3
            persisted 1
                tell log c: head 0, Open, from a peer
                tell room 0 in 1024 blocks
                tell Stop
                follow 3
                stopped
        "#]],
    );
}

#[test]
fn what_is_only_written_is_shown_to_nobody() {
    let config = Config { sync: Sync::Interval, ..small() };
    let out = peers::play(
        config,
        "make c 1 logs
         announce 1 c/0
         checked 1
         written 1
         status
         persisted 1",
    );
    expect![[r#"
        announce 1 c/0
            tell 3 authors
            tell log a: head 1, Open
            tell room 33554432 in 1024 blocks
            tell announced c/0, taken
            tell room 33553308 in 1023 blocks
            check 1 (offer 1)
        checked 1
            store 1 as c/0, arrival 3
        written 1
            tell room 33554432 in 1024 blocks
        status
            ok; 3 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 2
        persisted 1
            tell log c: head 0, Open, from a peer
            follow 3
    "#]].assert_eq(&out);
}
