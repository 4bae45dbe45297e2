//! How does a node find forks and twins, and what does it do?

use expect_test::expect;

use super::peers_check as check;

#[test]
fn two_headers_for_one_place_are_compared_and_written_down() {
    check(
        "make c 3 logs
         fork c 1 c1
         announce 1 c/0
         announce 2 c/1
         checked 1
         checked 2
         persisted 2
         announce 3 c1/1
         checked 3
         found c/1
         submit 1 control 1
         status
         at 9000
         deadline
         at 10000
         wake",
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
            persisted 2
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            announce 3 c1/1
                tell announced c/1
                tell room 523164 in 1023 blocks
                check 3 (offer 3)
            checked 3
                tell room 524288 in 1024 blocks
                discard offer 3
                look up c/1
            found c/1
                author fork of c/1
            submit 1 control 1
                hash 4
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 4
            deadline
                wake at 100 ms to sum up the frontier
            wake
                author fork of c/1
                check space
        "#]],
    );
}

#[test]
fn a_fork_that_all_know_freezes_the_log() {
    check(
        "make c 3 logs
         fork c 1 c1
         announce 1 c/0
         announce 2 c/1
         checked 1
         checked 2
         persisted 2
         forked c/1 c1/1
         announce 3 c/2
         submit 1 control 1
         hashed 4 fork c/1 c1/1
         checked 3
         persisted 4
         announce 4 c/2
         at 10001
         wake
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
            persisted 2
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            forked c/1 c1/1
                author fork of c/1
            announce 3 c/2
                tell announced c/2, taken
                tell room 523164 in 1023 blocks
                check 3 (offer 3)
            submit 1 control 1
                hash 4
            hashed 4 fork c/1 c1/1
            checked 3
                store 3 as c/2, arrival 5
                persist 4 as own/0, arrival 6, sealed 1000+3, epoch before ends at 1
            persisted 4
                tell log c: head 2, Open, from a peer
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                tell log c: head 2, Frozen(1)
                tell room 524288 in 1024 blocks
                acknowledge 1: seq 0
                follow 6
                control changed
            announce 4 c/2
                tell announced c/2
                discard offer 4
            wake
                check space
            status
                ok; 3 members, 1 forks; received 3 blocks 0 fills 300 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 1}; in flight 0 of 0 bytes; durable 6
        "#]],
    );
}

#[test]
fn a_rival_is_compared_once_the_first_is_durable() {
    check(
        "make c 2 logs
         fork c 0 c1
         announce 1 c/0
         announce 2 c1/0
         checked 2
         checked 1
         persisted 1
         found c/0",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 c1/0
                tell announced c/0
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            checked 2
            checked 1
                store 1 as c/0, arrival 3
                discard offer 2
            persisted 1
                tell log c: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
                look up c/0
            found c/0
                author fork of c/0
        "#]],
    );
}

#[test]
fn a_forged_first_block_does_not_keep_the_true_one_out() {
    check(
        "make c 2 logs
         fork c 0 c1
         announce 1 c1/0
         announce 2 c/0
         announce 3 c/1
         checked 1 signature
         checked 2
         persisted 2
         announce 4 c/1
         checked 3
         persisted 3
         status",
        expect![[r#"
            announce 1 c1/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 c/0
                tell announced c/0
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            announce 3 c/1
                tell announced c/1, taken
                tell room 520916 in 1021 blocks
                check 3 (offer 3)
            checked 1 signature
                tell refused c/0: Signature
                discard offer 1
            checked 2
                store 2 as c/0, arrival 3
            persisted 2
                tell log c: head 0, Open, from a peer
                follow 3
            announce 4 c/1
                tell announced c/1, taken
                check 4 (offer 4)
            checked 3
                store 3 as c/1, arrival 4
            persisted 3
                tell log c: head 1, Open, from a peer
                follow 4
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Signature: 1}; in flight 1 of 1124 bytes; durable 4
        "#]],
    );
}

#[test]
fn a_block_of_another_branch_starts_the_search() {
    check(
        "make c 2 logs
         fork c 1 c1
         make c1 1 logs
         announce 1 c/0
         announce 2 c/1
         checked 1
         checked 2
         persisted 2
         announce 3 c1/2
         checked 3
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
            persisted 2
                tell log c: head 0, Open, from a peer
                tell log c: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            announce 3 c1/2
                tell announced c/2, taken
                tell room 523164 in 1023 blocks
                check 3 (offer 3)
            checked 3
                tell refused c/2: Chain
                tell room 524288 in 1024 blocks
                discard offer 3
            status
                ok; 3 members, 0 forks; received 2 blocks 0 fills 200 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Chain: 1}; in flight 0 of 0 bytes; durable 4
        "#]],
    );
}

#[test]
fn the_same_header_again_is_no_fork() {
    check(
        "make c 1 logs
         announce 1 c/0
         checked 1
         persisted 1
         forked c/0 c/0
         status",
        expect![[r#"
            announce 1 c/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced c/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as c/0, arrival 3
            persisted 1
                tell log c: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
            forked c/0 c/0
            status
                ok; 3 members, 0 forks; received 1 blocks 0 fills 100 bytes, 1 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn a_twin_stops_the_writing() {
    check(
        "submit 1 logs 1
         submit 2 logs 1
         twin
         submit 3 logs 1
         hashed 1
         persisted 1
         status",
        expect![[r#"
            submit 1 logs 1
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                hash 1
            submit 2 logs 1
            twin
                fence: another process uses this node's identity
                refuse 2: this node does not write any more: another process uses this node's identity
            submit 3 logs 1
                refuse 3: this node does not write any more: another process uses this node's identity
            hashed 1
                persist 1 as own/0, arrival 3, sealed 1+2, epoch before ends at 1
            persisted 1
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                acknowledge 1: seq 0
                follow 3
            status
                fenced: another process uses this node's identity; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn a_second_writer_of_our_own_log_is_a_twin() {
    check(
        "clone own 2
         announce 1 own/0
         announce 2 own/1
         checked 1 signature
         submit 1 logs 1
         checked 2
         submit 2 logs 1
         status",
        expect![[r#"
            announce 1 own/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced own/0
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 own/1
                tell announced own/1
                tell room 522040 in 1022 blocks
                check 2 (offer 2)
            checked 1 signature
                tell refused own/0: Signature
                discard offer 1
            submit 1 logs 1
                hash 3
            checked 2
                tell room 524288 in 1024 blocks
                discard offer 2
                fence: another process writes this node's log
            submit 2 logs 1
                refuse 2: this node does not write any more: another process writes this node's log
            status
                fenced: another process writes this node's log; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Signature: 1}; in flight 0 of 0 bytes; durable 2
        "#]],
    );
}
