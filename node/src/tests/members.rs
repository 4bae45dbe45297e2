//! What do control records do to the node that holds them?

use expect_test::expect;

use super::{peers, peers_check as check};
use crate::Config;

#[test]
fn an_admission_opens_the_logs_of_a_new_member() {
    check(
        "make d 1 logs
         announce 1 d/0
         status
         submit 1 control 1
         deadline
         hashed 1 admit d
         persisted 1
         announce 2 d/0
         checked 2
         persisted 2
         status",
        expect![[r#"
            announce 1 d/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced d/0
                discard offer 1
            status
                ok; 3 members, 0 forks; received 0 blocks 0 fills 0 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 1}; in flight 0 of 0 bytes; durable 2
            submit 1 control 1
                hash 1
            deadline
                wake at 200 ms to say denials again
            hashed 1 admit d
                persist 1 as own/0, arrival 3, sealed 1+2, epoch before ends at 1
            persisted 1
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                tell 4 authors
                acknowledge 1: seq 0
                follow 3
                control changed
            announce 2 d/0
                tell announced d/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                store 2 as d/0, arrival 4
            persisted 2
                tell log d: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
            status
                ok; 4 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 1}; in flight 0 of 0 bytes; durable 4
        "#]],
    );
}

#[test]
fn a_removal_ends_a_log_where_it_says() {
    check(
        "make c 4 logs
         record b remove c 2
         announce 1 c/0
         checked 1
         persisted 1
         announce 2 b/0
         announce 3 c/1
         announce 4 c/2
         checked 2
         persisted 2
         checked 3
         checked 4
         persisted 3
         pull 5 c 2 4
         announce 5 c/3 by c
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
            announce 2 b/0
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            announce 3 c/1
                tell announced c/1, taken
                tell room 522040 in 1022 blocks
                check 3 (offer 3)
            announce 4 c/2
                tell announced c/2, taken
                tell room 520916 in 1021 blocks
                check 4 (offer 4)
            checked 2
                store 2 as b/0, arrival 4
            persisted 2
                tell log b: head 0, Open, from a peer
                tell log c: head 0, Ended(2)
                follow 4
                control changed
            checked 3
                store 3 as c/1, arrival 5
            checked 4
                discard offer 4
            persisted 3
                tell log c: head 1, Ended(2), from a peer
                tell room 524288 in 1024 blocks
                follow 5
            pull 5 c 2 4
                tell log c: head 1, Ended(2)
                tell pull 5 ended at 2: Done
            announce 5 c/3 by c
                tell announced c/3
                tell refused c/3: Member
                discard offer 5
            status
                ok; 2 members, 0 forks; received 3 blocks 0 fills 300 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 2}; in flight 0 of 0 bytes; durable 5
        "#]],
    );
}

#[test]
fn a_removed_author_of_an_unknown_log_is_not_pulled() {
    check(
        "make c 4 logs
         epoch c c2 2
         make c2 3 logs
         record b remove c 2
         announce 1 b/0
         checked 1
         persisted 1
         pull 5 c2 0 3
         pull 6 c 0 4
         status",
        expect![[r#"
            announce 1 b/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as b/0, arrival 3
            persisted 1
                tell log b: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
                control changed
            pull 5 c2 0 3
                tell log c2: no head, Ended(0)
                tell pull 5 ended at 0: Done
            pull 6 c 0 4
                tell log c: no head, Ended(2)
                pull 6 of c 0..2
            status
                ok; 2 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn a_removed_node_stops_writing() {
    check(
        "record b remove a 2
         submit 1 logs 1
         submit 2 logs 1
         announce 1 b/0
         hashed 1
         checked 2
         persisted 2
         submit 3 logs 1
         status",
        expect![[r#"
            submit 1 logs 1
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                hash 1
            submit 2 logs 1
            announce 1 b/0
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 1)
            hashed 1
                persist 1 as own/0, arrival 3, sealed 1+2, epoch before ends at 1
            checked 2
                store 2 as b/0, arrival 4
            persisted 2
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                tell log b: head 0, Open, from a peer
                tell log a: head 1, Ended(2), closed
                tell log own: head 0, Ended(0)
                tell room 524288 in 1024 blocks
                acknowledge 1: seq 0
                follow 4
                control changed
                fence: it was removed from the cluster on 1970-01-01T00:00:00Z
                refuse 2: this node does not write any more: it was removed from the cluster on 1970-01-01T00:00:00Z
            submit 3 logs 1
                refuse 3: this node does not write any more: it was removed from the cluster on 1970-01-01T00:00:00Z
            status
                fenced: it was removed from the cluster on 1970-01-01T00:00:00Z; 2 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {}; in flight 0 of 0 bytes; durable 4
        "#]],
    );
}

#[test]
fn logs_of_the_time_before_are_taken_over_as_listed() {
    check(
        "stranger d d0
         make d0 3 logs
         record b admit d d0
         announce 1 b/0
         checked 1
         persisted 1
         announce 2 d0/0
         announce 3 d0/1
         announce 4 d0/2
         checked 2
         checked 3
         checked 4
         persisted 4
         make d0 1 logs
         announce 5 d0/3
         status",
        expect![[r#"
            announce 1 b/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as b/0, arrival 3
            persisted 1
                tell log b: head 0, Open, from a peer
                tell 4 authors
                tell room 524288 in 1024 blocks
                follow 3
                control changed
            announce 2 d0/0
                tell announced d0/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            announce 3 d0/1
                tell announced d0/1, taken
                tell room 522040 in 1022 blocks
                check 3 (offer 3)
            announce 4 d0/2
                tell announced d0/2, taken
                tell room 520916 in 1021 blocks
                check 4 (offer 4)
            checked 2
                store 2 as d0/0, arrival 4
            checked 3
                store 3 as d0/1, arrival 5
            checked 4
                store 4 as d0/2, arrival 6
            persisted 4
                tell log d0: head 0, Ended(3), from a peer
                tell log d0: head 1, Ended(3), from a peer
                tell log d0: head 2, Ended(3), from a peer
                tell room 524288 in 1024 blocks
                follow 6
            announce 5 d0/3
                tell announced d0/3
                discard offer 5
            status
                ok; 4 members, 0 forks; received 4 blocks 0 fills 400 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Member: 1}; in flight 0 of 0 bytes; durable 6
        "#]],
    );
}

#[test]
fn a_log_of_another_cluster_is_refused() {
    check(
        "stranger d d0
         make d0 1 logs
         record b admit d
         announce 1 b/0
         checked 1
         persisted 1
         announce 2 d0/0
         checked 2
         status",
        expect![[r#"
            announce 1 b/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as b/0, arrival 3
            persisted 1
                tell log b: head 0, Open, from a peer
                tell 4 authors
                tell room 524288 in 1024 blocks
                follow 3
                control changed
            announce 2 d0/0
                tell announced d0/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                tell refused d0/0: Cluster
                tell room 524288 in 1024 blocks
                discard offer 2
            status
                ok; 4 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Cluster: 1}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn an_adopted_log_must_end_as_its_adoption_says() {
    check(
        "stranger d d0
         make d0 1 logs
         record b admit d d0
         fork d0 0 d1
         announce 1 b/0
         checked 1
         persisted 1
         announce 2 d1/0
         checked 2
         status",
        expect![[r#"
            announce 1 b/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as b/0, arrival 3
            persisted 1
                tell log b: head 0, Open, from a peer
                tell 4 authors
                tell room 524288 in 1024 blocks
                follow 3
                control changed
            announce 2 d1/0
                tell announced d0/0, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                tell refused d0/0: Chain
                tell room 524288 in 1024 blocks
                discard offer 2
            status
                ok; 4 members, 0 forks; received 1 blocks 0 fills 100 bytes, 0 duplicates, 0 dropped, 0 ahead, faults {Chain: 1}; in flight 0 of 0 bytes; durable 3
        "#]],
    );
}

#[test]
fn members_share_the_rate_of_part_filled_blocks() {
    // Three members, three blocks a second: each has one a second, and ten saved up.
    let config = Config { part_filled_per_second: 3, ..Config::default() };
    let trickle = |n: u64| format!("at {}\nsubmit {n} logs 1 patient\ndeadline\nat {}\nwake\n", n * 100, n * 100 + 21);
    let out = peers::play(config, &(1..=13).map(trickle).collect::<String>());
    let sealed: Vec<_> =
        out.lines().map(str::trim).filter(|line| line.contains("seal") || line.contains("hash")).collect();
    expect![[r#"
            wake at 120 ms to seal the open block
            hash 1
            wake at 220 ms to seal the open block
            hash 2
            wake at 320 ms to seal the open block
            hash 3
            wake at 420 ms to seal the open block
            hash 4
            wake at 520 ms to seal the open block
            hash 5
            wake at 620 ms to seal the open block
            hash 6
            wake at 720 ms to seal the open block
            hash 7
            wake at 820 ms to seal the open block
            hash 8
            wake at 920 ms to seal the open block
            hash 9
            wake at 1020 ms to seal the open block
            hash 10
            wake at 1121 ms to seal the open block
            hash 11
            wake at 2121 ms to seal the open block
            wake at 2121 ms to seal the open block"#]]
    .assert_eq(&sealed.join("\n"));
}

#[test]
fn a_removal_is_said_again_until_it_stands_in_this_nodes_log() {
    check(
        "record b remove c 2
         announce 1 b/0
         checked 1
         persisted 1
         deadline
         at 200
         wake
         at 300
         record b admit d
         announce 2 b/1
         checked 2
         persisted 2
         at 500
         wake
         at 10200
         wake
         submit 1 control 1
         hashed 3 remove c 2
         persisted 3
         at 20400
         wake",
        expect![[r#"
            announce 1 b/0
                tell 3 authors
                tell log a: head 1, Open
                tell room 524288 in 1024 blocks
                tell announced b/0, taken
                tell room 523164 in 1023 blocks
                check 1 (offer 1)
            checked 1
                store 1 as b/0, arrival 3
            persisted 1
                tell log b: head 0, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 3
                control changed
            deadline
                wake at 100 ms to sum up the frontier
            wake
                author a removal
            announce 2 b/1
                tell announced b/1, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                store 2 as b/1, arrival 4
            persisted 2
                tell log b: head 1, Open, from a peer
                tell 4 authors
                tell room 524288 in 1024 blocks
                follow 4
                control changed
            wake
            wake
                author a removal
                check space
            submit 1 control 1
                hash 3
            hashed 3 remove c 2
                persist 3 as own/0, arrival 5, sealed 10200+0, epoch before ends at 1
            persisted 3
                tell log own: head 0, Open
                tell log a: head 1, Open, closed
                acknowledge 1: seq 0
                follow 5
                control changed
            wake
        "#]],
    );
}
