//! How much are peers asked for, and when is the machine woken again?

use expect_test::expect;
use vigil_crdt::Recovered;
use vigil_gossip::{Event, Link};
use vigil_model::limits::{MISSING_RANGES_MAX, PULL_BYTES_MIN};
use vigil_model::{ClusterId, Epoch, LogId, NodeId, Timestamp};

use super::{peers, peers_check, small};
use crate::inbox::{Inbox, Room};
use crate::{Config, Effects, Identity, Input, Limits, Node};

#[test]
fn what_is_dropped_for_want_of_room_is_not_the_peers_fault() {
    let limits = Limits { received_bytes: 524_288, received_blocks: 1, ..small().limits };
    expect![[r#"
        pull 5 c 0 3
            tell 3 authors
            tell log a: head 1, Open
            tell room 524288 in 1 blocks
            pull 5 of c 0..3
        pulled 1 5 c/0
            tell room 523164 in 0 blocks
            check 1 (offer 1)
        pulled 2 5 c/1
            tell withdrawn c
            discard offer 2
        pulled 3 5 c/2
            discard offer 3
        ended 5 3
            tell pull 5 crowded
            tell pull 5 ended at 1: Done
        checked 1
            store 1 as c/0, arrival 3
        persisted 1
            tell log c: head 0, Open, from a peer
            tell room 524288 in 1 blocks
            follow 3
    "#]]
    .assert_eq(&peers::play(
        Config { limits, ..small() },
        "make c 3 logs
         pull 5 c 0 3
         pulled 1 5 c/0
         pulled 2 5 c/1
         pulled 3 5 c/2
         ended 5 3
         checked 1
         persisted 1",
    ));
}

#[test]
fn room_that_comes_back_in_small_steps_is_told() {
    let most = Room { bytes: 100_000, blocks: 10 };
    let mut inbox = Inbox::default();
    assert_eq!(inbox.room_news(most, most), Some(most));
    let mut told = Room { bytes: 10_000, blocks: 10 };
    assert_eq!(inbox.room_news(told, most), Some(told));
    for bytes in (10_000..=most.bytes).step_by(1_000) {
        let now = Room { bytes, ..told };
        told = inbox.room_news(now, most).unwrap_or(told);
        assert!(told.bytes <= bytes, "never more than there is");
        assert_eq!(told.bytes >= PULL_BYTES_MIN as u64, bytes >= PULL_BYTES_MIN as u64, "enough for a pull, or not");
    }
    assert_eq!(told, most, "all of it is told in the end");
}

#[test]
fn every_block_less_is_told_and_every_few_more() {
    let room = |blocks| Room { bytes: 1 << 20, blocks };
    let mut inbox = Inbox::default();
    let mut news = |blocks| inbox.room_news(room(blocks), room(16)).is_some();
    assert!(news(16) && news(15) && news(0));
    assert!(news(1) && !news(2) && news(3) && !news(4) && news(16) && !news(16));
}

#[test]
fn no_deadline_has_passed_when_an_input_is_done() {
    for frontier_ms in 1..20 {
        let gossip = vigil_gossip::Config { frontier_ms, relay_ms: 0, ..small().gossip };
        let log = LogId { node: NodeId([1; 32]), epoch: Epoch([9; 16]) };
        let identity = Identity { cluster: ClusterId([2; 32]), log, founder: None, instance: frontier_ms };
        let config = Config { gossip, ..small() };
        let mut node = Node::recover(config, &Recovered::default(), Vec::new(), identity, Timestamp::from_millis(0));
        let mut millis = 0;
        for link in 1..40 {
            millis += link % 7 * 300;
            let now = Timestamp::from_millis(millis as i64);
            let connected = Event::Connected { link: Link(link), peer: NodeId([link as u8 + 1; 32]) };
            node.handle(Input::Gossip(connected), now, &mut Effects::new());
            let changed = Input::Missing { log, missing: Default::default() };
            node.handle(changed, now, &mut Effects::new());
            let (at, why) = node.wake_at().expect("a link has rounds");
            assert!(at > now, "at {millis} ms: to {why}");
        }
    }
}

#[test]
fn nothing_is_said_again_in_a_log_that_is_frozen() {
    peers_check(
        "clone mine 1
         fork mine 0 twin
         record b fork mine/0 twin/0
         record b remove c 2
         announce 1 b/0
         checked 1
         persisted 1
         announce 2 b/1
         checked 2
         persisted 2
         at 200
         wake
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
            announce 2 b/1
                tell announced b/1, taken
                tell room 523164 in 1023 blocks
                check 2 (offer 2)
            checked 2
                store 2 as b/1, arrival 4
            persisted 2
                tell log b: head 1, Open, from a peer
                tell room 524288 in 1024 blocks
                follow 4
                control changed
            wake
            wake
                check space
        "#]],
    );
}

#[test]
fn a_range_too_many_is_not_made_by_a_fill() {
    let ranges: String = (0..MISSING_RANGES_MAX).map(|n| format!(" {} {}", 3 * n, 3 * n + 2)).collect();
    let blocks = 3 * MISSING_RANGES_MAX;
    let script = format!(
        "make c {blocks} logs
         restart c {blocks}
         missing c{ranges}
         pull 5 c 1 2 bodies
         pulled 1 5 c/1 fill
         pull 6 c 0 2 bodies
         pulled 2 6 c/0 fill
         pulled 3 6 c/1 fill"
    );
    let minutes = peers::play(small(), &script);
    let (_, minutes) = minutes.split_once("pull 5 c").expect("it is asked for");
    expect![[r#"
         1 2 bodies
            pull 5 of c 1..2
        pulled 1 5 c/1 fill
            tell withdrawn c
            discard offer 1
        pull 6 c 0 2 bodies
            pull 6 of c 0..2
        pulled 2 6 c/0 fill
            tell room 33553308 in 1023 blocks
            check 1 (offer 2)
        pulled 3 6 c/1 fill
            tell room 33552184 in 1022 blocks
            check 2 (offer 3)
    "#]]
    .assert_eq(minutes);
}
