//! What becomes of blocks that peers send?

use expect_test::expect;
use proptest::prelude::*;

use super::{peers, peers_check as check};
use crate::Config;

#[test]
fn a_pulled_range_is_stored_in_its_order() {
    check(
        "make c 3 logs
         pull 5 c 0 3
         pulled 1 5 c/0
         pulled 2 5 c/1
         pulled 3 5 c/2
         checked 3
         checked 1
         checked 2
         ended 5 3
         persisted 2
         persisted 3
         status",
        expect![[r#"
            pull 5 c 0 3
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                pull 5 of c 0..3
            pulled 1 5 c/0
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            pulled 2 5 c/1
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            pulled 3 5 c/2
                tell room 520916 in 1021 blocks
                check 3 (offer 3)
            checked 3
            checked 1
                store 1 as c/0, arrival 3
            checked 2
                store 2 as c/1, arrival 4
                store 3 as c/2, arrival 5
            ended 5 3
                tell pull 5 ended at 3: Done
            persisted 2
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                follow 4
            persisted 3
                tell log c: head 2, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 5
            status
                ok; 3 members, 0 forks; received 3 blocks 0 fills 300 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 5
        "#]],
    );
}

#[test]
fn own_and_received_blocks_share_one_order() {
    check(
        "make c 2 logs
         submit 1 logs 10
         pull 5 c 0 2
         pulled 1 5 c/0
         submit 2 logs 10
         pulled 2 5 c/1
         checked 4
         hashed 3
         checked 2
         hashed 1
         persisted 4",
        expect![[r#"
            submit 1 logs 10
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                hash 1
            pull 5 c 0 2
                pull 5 of c 0..2
            pulled 1 5 c/0
                tell room 523164 in 1023 blocks
                check 2 (offer 1)
            submit 2 logs 10
                hash 3
            pulled 2 5 c/1
                tell room 522040 in 1022 blocks
                check 4 (offer 2)
            checked 4
            hashed 3
            checked 2
            hashed 1
                persist 1 as own/0, arrival 3, sealed 1+2, epoch before ends at 1
                store 2 as c/0, arrival 4
                persist 3 as own/1, arrival 5, sealed 1000+1
                store 4 as c/1, arrival 6
            persisted 4
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                tell log c: head 0, Open, from a peer
                tell log own: head 1, Open
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                acknowledge 1: seq 0
                acknowledge 2: seq 1
                follow 6
        "#]],
    );
}

#[test]
fn a_bad_block_in_the_middle_changes_nothing() {
    check(
        "make c 4 logs
         pull 5 c 0 4
         pulled 1 5 c/0
         pulled 2 5 c/1
         pulled 3 5 c/2
         checked 1
         checked 2 signature
         checked 3
         pulled 4 5 c/3
         ended 5 4
         persisted 1
         pull 6 c 1 4
         pulled 5 6 c/1
         checked 4
         persisted 4
         status",
        expect![[r#"
            pull 5 c 0 4
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                pull 5 of c 0..4
            pulled 1 5 c/0
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            pulled 2 5 c/1
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            pulled 3 5 c/2
                tell room 520916 in 1021 blocks
                check 3 (offer 3)
            checked 1
                store 1 as c/0, arrival 3
            checked 2 signature
                tell refused c/1: Signature
                discard offer 2
            checked 3
                tell withdrawn c
                discard offer 3
            pulled 4 5 c/3
                discard offer 4
            ended 5 4
                tell pull 5 ended at 1: Done
            persisted 1
                tell log c: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
            pull 6 c 1 4
                pull 6 of c 1..4
            pulled 5 6 c/1
                tell room 523164 in 1023 blocks
                check 4 (offer 5)
            checked 4
                store 4 as c/1, arrival 4
            persisted 4
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 2 dropped, 0 ahead, faults {Signature: 1}; in flight 0 of 0 bytes; durable 4
        "#]],
    );
}

#[test]
fn an_announced_block_is_taken_when_it_is_whole_and_next() {
    check(
        "make c 3 logs audit
         announce 1 c/0
         announce 2 c/0
         announce 3 c/2
         announce 4 c/1 none
         announce 5 c/1 audit
         checked 1
         persisted 1
         announce 6 c/0
         status",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523064 in 1023 blocks
                check 1 (offer 1)
            announce 2 c/0
                tell announced c/0, taken
                discard offer 2
            announce 3 c/2
                tell announced c/2
                discard offer 3
            announce 4 c/1 none
                tell announced c/1
                discard offer 4
            announce 5 c/1 audit
                tell announced c/1
                discard offer 5
            checked 1
                store 1 as c/0, arrival 3
            persisted 1
                tell log c: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
            announce 6 c/0
                tell announced c/0
                discard offer 6
            status
                ok; 3 members, 0 forks; received 1 blocks 0 fills 200 bytes, 2 duplicates, 3 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn what_a_pull_did_not_ask_for_is_a_fault() {
    check(
        "make c 5 logs
         make b 1 logs
         pull 5 c 0 3
         pulled 1 5 b/0
         pull 6 c 0 3
         pulled 2 6 c/1
         pull 7 c 0 3
         pulled 3 7 c/3
         pull 8 c 0 3
         pulled 4 8 c/0 logs fill
         pulled 5 99 c/0
         announce 6 c/0 bytes 999999
         status",
        expect![[r#"
            pull 5 c 0 3
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                pull 5 of c 0..3
            pulled 1 5 b/0
                tell refused b/0: Replay
                discard offer 1
            pull 6 c 0 3
                pull 6 of c 0..3
            pulled 2 6 c/1
                tell refused c/1: Chain
                discard offer 2
            pull 7 c 0 3
                pull 7 of c 0..3
            pulled 3 7 c/3
                tell refused c/3: Replay
                discard offer 3
            pull 8 c 0 3
                pull 8 of c 0..3
            pulled 4 8 c/0 logs fill
                tell refused c/0: Malformed
                discard offer 4
            pulled 5 99 c/0
                discard offer 5
            announce 6 c/0 bytes 999999
                tell announced c/0
                tell refused c/0: Oversized
                discard offer 6
            status
                ok; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 1 dropped, 0 ahead, faults {Chain: 1, Replay: 2, Oversized: 1, Malformed: 1}; in flight 0 of 0 bytes; durable 2
        "#]],
    );
}

#[test]
fn a_closed_epoch_is_told() {
    check(
        "make c 2 logs
         epoch c c2 2
         make c2 1 logs
         announce 1 c/0
         announce 2 c2/0
         announce 3 c/1
         checked 1
         checked 2
         checked 3
         persisted 3",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 c2/0
                tell announced c2/0, taken
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            announce 3 c/1
                tell announced c/1, taken
                tell room 520916 in 1021 blocks
                check 3 (offer 3)
            checked 1
                store 1 as c/0, arrival 3
            checked 2
                store 2 as c2/0, arrival 4
            checked 3
                store 3 as c/1, arrival 5
            persisted 3
                tell log c: head 0, Open, from a peer
                tell log c2: head 0, Open, from a peer
                tell log c: head 0, Open
                tell log c: head 1, Open, closed, from a peer
                tell room 524288 in 1024 blocks
                follow 5
        "#]],
    );
}

proptest! {
    /// Whatever the order in which workers are done, blocks are stored by ticket; a bad one takes
    /// what follows it in its log along, and nothing else.
    #[test]
    fn the_order_of_checks_changes_nothing(
        order in Just((1..=8_usize).collect::<Vec<_>>()).prop_shuffle(),
        bad in prop::option::of(0..4_usize),
    ) {
        let mut script = "make b 4 logs\nmake c 4 logs\n".to_owned();
        // Tickets 1, 3, 5, 7 are of b, the others of c.
        for n in 0..4 {
            script += &format!("announce {} b/{n}\nannounce {} c/{n}\n", 2 * n + 1, 2 * n + 2);
        }
        for ticket in &order {
            let fault = if bad.is_some_and(|bad| *ticket == 2 * bad + 2) { " root" } else { "" };
            script += &format!("checked {ticket}{fault}\n");
        }
        let out = peers::play(Config::default(), &script);
        let stored: Vec<&str> = out.lines().filter_map(|line| line.trim().strip_prefix("store ")).collect();
        let whole = bad.unwrap_or(4);
        let log = |name, count: usize| (0..count).map(move |n| (2 * n + usize::from(name == 'c') + 1, name, n));
        let mut expected: Vec<_> = log('b', 4).chain(log('c', whole)).collect();
        expected.sort_unstable();
        let arrivals = expected.iter().zip(3..);
        let expected: Vec<_> =
            arrivals.map(|((ticket, name, n), arrival)| format!("{ticket} as {name}/{n}, arrival {arrival}")).collect();
        prop_assert_eq!(stored, expected);
    }
}
