//! What does a node know when it starts again?

use expect_test::expect;

use super::peers_check as check;

#[test]
fn a_removed_node_stays_fenced_when_it_starts_again() {
    check(
        "record b remove a 2
         make c 2 logs
         restart b 1 c 2
         submit 1 logs 1
         submit 2 logs 1
         pull 1 c 2 9",
        expect![[r#"
            restart b 1 c 2
                tell 3 authors
                tell log b: head 0, Open
                tell log c: head 1, Open
                tell log a: head 1, Ended(2)
                tell room 524288 in 1024 blocks
            submit 1 logs 1
                fence: it was removed from the cluster on 1970-01-01T00:00:00Z
                refuse 1: this node does not write any more: it was removed from the cluster on 1970-01-01T00:00:00Z
            submit 2 logs 1
                refuse 2: this node does not write any more: it was removed from the cluster on 1970-01-01T00:00:00Z
            pull 1 c 2 9
                pull 1 of c 2..9
        "#]],
    );
}

#[test]
fn a_restart_knows_admissions_removals_and_forks() {
    check(
        "make d 2 logs
         make c 3 logs
         fork c 1 c1
         record b admit d
         record b remove e 0
         record b fork c/1 c1/1
         restart b 3 c 3 d 1
         announce 1 d/1
         announce 2 c/2
         status",
        expect![[r#"
            restart b 3 c 3 d 1
                tell 4 authors
                tell log d: head 0, Open
                tell log b: head 2, Open
                tell log c: head 2, Frozen(1)
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
            announce 1 d/1
                tell announced d/1, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            announce 2 c/2
                tell announced c/2
                discard offer 2
            status
                ok; 4 members, 1 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 1}; in flight 1 of 1124 bytes; durable 9
        "#]],
    );
}

#[test]
fn the_epoch_before_is_the_one_sealed_last() {
    check(
        "epoch a a2 5
         make a2 4 logs clock 3000
         at 5000
         restart a2 4
         submit 1 logs 10
         hashed 1",
        expect![[r#"
            restart a2 4
                tell 3 authors
                tell log a: head 1, Open, closed
                tell log a2: head 3, Open
                tell room 524288 in 1024 blocks
            submit 1 logs 10
                hash 1
            hashed 1
                persist 1 as own/0, arrival 7, sealed 5000+0, epoch before ends at 3
        "#]],
    );
}
