//! How do bodies come that did not come with their header?

use expect_test::expect;

use super::peers_check as check;

#[test]
fn bodies_come_after_their_header() {
    check(
        "make c 3 logs
         pull 5 c 0 3
         pulled 1 5 c/0 none
         pulled 2 5 c/1 none
         pulled 3 5 c/2 none
         checked 1
         checked 2
         checked 3
         persisted 3
         ended 5 3
         pull 6 c 0 3 bodies
         pulled 4 6 c/0 logs fill
         pulled 5 6 c/2 logs fill
         announce 6 c/2 logs
         checked 5
         checked 4
         missing c 1 2 5 9
         persisted 5
         missing c 1 2
         ended 6 3
         pulled 7 6 c/1 logs fill
         status",
        expect![[r#"
            pull 5 c 0 3
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                pull 5 of c 0..3
            pulled 1 5 c/0 none
                tell room 523264 in 1023 blocks
                check 1 (offer 1)
            pulled 2 5 c/1 none
                tell room 522240 in 1022 blocks
                check 2 (offer 2)
            pulled 3 5 c/2 none
                tell room 521216 in 1021 blocks
                check 3 (offer 3)
            checked 1
                store 1 as c/0, arrival 3
            checked 2
                store 2 as c/1, arrival 4
            checked 3
                store 3 as c/2, arrival 5
            persisted 3
                tell log c: head 0, Open, missing logs [0..1], from a peer
                tell log c: head 1, Open, missing logs [0..2], from a peer
                tell log c: head 2, Open, missing logs [0..3], from a peer
                tell room 524288 in 1024 blocks
                follow 5
            ended 5 3
                tell pull 5 ended at 3: Done
            pull 6 c 0 3 bodies
                pull 6 of c 0..3
            pulled 4 6 c/0 logs fill
                tell room 523164 in 1023 blocks
                check 4 (offer 4)
            pulled 5 6 c/2 logs fill
                tell room 522040 in 1022 blocks
                check 5 (offer 5)
            announce 6 c/2 logs
                tell announced c/2
                discard offer 6
            checked 5
            checked 4
                store 4 as bodies of c/0, arrival 6
                store 5 as bodies of c/2, arrival 7
            missing c 1 2 5 9
                tell log c: head 2, Open, missing logs [1..2]
            persisted 5
                tell log c: head 2, Open, missing logs [1..2], from a peer
                tell log c: head 2, Open, missing logs [1..2], from a peer
                tell room 524288 in 1024 blocks
                follow 7
            missing c 1 2
                tell log c: head 2, Open, missing logs [1..2]
            ended 6 3
                tell pull 6 ended at 3: Done
            pulled 7 6 c/1 logs fill
                discard offer 7
            status
                ok; 3 members, 0 forks; received 3 blocks 2 fills 200 bytes, 1 duplicates, 1 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 7
        "#]],
    );
}

#[test]
fn a_damaged_body_is_asked_for_and_healed() {
    check(
        "make c 2 logs
         announce 1 c/0
         checked 1
         persisted 1
         damaged c 0 logs
         damaged c 0 logs
         damaged c 5 logs
         pull 6 c 0 1 bodies
         pulled 2 6 c/0 logs fill
         checked 2
         persisted 2
         missing c",
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
            damaged c 0 logs
                tell log c: head 0, Open, missing logs [0..1]
            damaged c 0 logs
            damaged c 5 logs
            pull 6 c 0 1 bodies
                pull 6 of c 0..1
            pulled 2 6 c/0 logs fill
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                store 2 as bodies of c/0, arrival 4
            persisted 2
                tell log c: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            missing c
                tell log c: head 0, Open
        "#]],
    );
}
