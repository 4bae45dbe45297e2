//! Whatever arrives, in whatever state: no panic, no buffer beyond its maximum.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigil_model::{Class, ClassSet, ClusterId, Epoch, Hash, Header, Hlc, LogId, NodeId, SignedHeader};

use crate::config::{Config, Interest};
use crate::entry::{BLOCKS_MAX, Entry, Fold, Frontier, Gaps, Name, SHORT_BITS, State};
use crate::machine::Gossip;
use crate::message::{Hello, Message};
use crate::types::{Bound, Deed, End, Event, Fault, Link, LogView, Part, Pull, PullId, ServeId};

fn any_log() -> impl Strategy<Value = LogId> {
    (0..5u8, 0..4u8).prop_map(|(node, epoch)| LogId { node: NodeId([node; 32]), epoch: Epoch([epoch; 16]) })
}

fn any_seq() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..40u64, 1 => any::<u64>(), 1 => BLOCKS_MAX - 3..BLOCKS_MAX]
}

fn any_hash() -> impl Strategy<Value = Hash> {
    (0..6u8).prop_map(|byte| Hash([byte; 32]))
}

fn any_classes() -> impl Strategy<Value = ClassSet> {
    any::<u8>().prop_map(ClassSet)
}

fn header(log: LogId, seq: u64, salt: u8) -> SignedHeader {
    let header = Header {
        cluster: ClusterId::default(),
        log,
        seq,
        previous: Hash([salt; 32]),
        tree_head: Hash::ZERO,
        sealed: Hlc(0),
        frontier: Hash::ZERO,
        bodies: Vec::new(),
        previous_epoch: None,
    };
    SignedHeader::decode(&[header.encode(), vec![0; 64]].concat()).expect("made from a header")
}

fn any_hello() -> impl Strategy<Value = Message> {
    let interest = (any_classes(), any::<bool>())
        .prop_map(|(classes, few)| Interest { classes, nodes: few.then(|| BTreeSet::from([NodeId([1; 32])])) });
    (any::<bool>(), 0..3u64, any_log(), interest, any_hash(), any_seq()).prop_map(
        |(old, instance, log, interest, digest, blocks)| {
            let protocol = if old { (9, 9) } else { (1, 3) };
            let hello = Hello {
                protocol,
                instance,
                log,
                nonce: [3; 16],
                interest,
                digest,
                blocks,
                version: "x".repeat(blocks as usize % 70),
            };
            Message::Hello(Box::new(hello))
        },
    )
}

fn any_frontier() -> impl Strategy<Value = Message> {
    let state = (0..3u8, 0..60u64, any::<u64>()).prop_map(|(kind, blocks, hash)| match kind {
        0 => State::Grows { blocks, hash },
        1 => State::Ended { blocks },
        _ => State::Frozen { blocks },
    });
    let gaps = (0..40u64, 1..9u64, any::<bool>()).prop_map(|(start, len, some)| {
        Gaps(some.then(|| (Class::Logs, std::iter::once(start..start + len).collect())).into_iter().collect())
    });
    let full = (any_log(), state.clone(), gaps.clone()).prop_map(|(log, state, gaps)| Entry {
        name: Name::Full(log),
        state,
        gaps,
    });
    let short = proptest::collection::btree_map(0u32..1 << SHORT_BITS, (state, gaps), 0..3);
    let folds = proptest::collection::btree_map(0u32..1 << SHORT_BITS, any::<(u64, u64)>(), 0..3);
    let fulls = proptest::collection::vec(full, 0..6);
    (any::<(bool, bool)>(), short, fulls, folds).prop_map(|((start, end), shorts, fulls, folds)| {
        let short = |(name, (state, gaps))| Entry { name: Name::Short(name), state, gaps };
        let entries = shorts.into_iter().map(short).chain(fulls).collect();
        let folds = folds.into_iter().map(|(node, (logs, root))| Fold { node, logs, root }).collect();
        Message::Frontier(Frontier { start, end, entries, folds }.pack())
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let shorts = proptest::collection::vec(any::<u32>(), 0..9);
    prop_oneof![
        4 => any_hello(),
        1 => Just(Message::Same),
        1 => any_hash().prop_map(Message::Digest),
        6 => any_frontier(),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Message::Frontier),
        1 => shorts.clone().prop_map(Message::Who),
        1 => shorts.prop_map(Message::Unfold),
        1 => Just(Message::Resend),
        2 => (any_log(), any_seq()).prop_map(|(log, seq)| Message::Probe { log, seq }),
        2 => (any_log(), any_seq(), proptest::option::of(any_hash()))
            .prop_map(|(log, seq, hash)| Message::Probed { log, seq, hash }),
        1 => (any_log(), any_seq()).prop_map(|(log, seq)| Message::Show { log, seq }),
        2 => (any_log(), any_seq(), 0..3u8).prop_map(|(log, seq, salt)| {
            let header = if salt == 0 { vec![1; 9] } else { header(log, seq, salt).bytes().to_vec() };
            Message::Shown { log, seq, header }
        }),
        1 => any_log().prop_map(|log| Message::Twin { log }),
    ]
}

fn any_pull() -> impl Strategy<Value = Pull> {
    (any_log(), any_seq(), any_seq(), any::<bool>(), any_classes(), any::<u32>()).prop_map(
        |(log, from, until, bodies, classes, bytes)| {
            let part = if bodies { Part::Bodies } else { Part::Blocks };
            Pull { log, from, until, part, classes, bytes }
        },
    )
}

fn any_view() -> impl Strategy<Value = LogView> {
    let bound = prop_oneof![6 => Just(Bound::Open), 1 => (0..30u64).prop_map(Bound::Ended), 1 => (0..30u64).prop_map(Bound::Frozen)];
    (proptest::option::of((0..40u64, any_hash())), bound, any::<bool>(), 0..30u64, 0..30u64, 0..9u64).prop_map(
        |(head, bound, closed, start, len, floor)| {
            let mut view = LogView { head, bound, closed, ..LogView::default() };
            view.missing[3] = if len == 0 { Vec::new() } else { std::iter::once(start..start + len).collect() };
            view.retired[4] = floor;
            view
        },
    )
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Signature), Just(Fault::Chain), Just(Fault::Root), Just(Fault::Member), Just(Fault::Replay)]
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Done), Just(End::Credit), Just(End::NotHeld), Just(End::Busy), Just(End::Broken)]
}

fn any_event() -> impl Strategy<Value = Event> {
    let link = (0..6u64).prop_map(Link);
    let at = proptest::option::of((any_log(), any_seq()));
    prop_oneof![
        3 => (link.clone(), 0..4u8).prop_map(|(link, peer)| Event::Connected { link, peer: NodeId([peer; 32]) }),
        1 => link.clone().prop_map(|link| Event::Disconnected { link }),
        20 => (link.clone(), any_message()).prop_map(|(link, message)| Event::Message { link, message }),
        2 => (link.clone(), any::<u32>()).prop_map(|(link, bytes)| Event::Sent { link, bytes }),
        8 => (any_log(), any_view(), 0..100_000u32, proptest::option::of(0..4u8)).prop_map(|(log, view, newest_bytes, from)| {
            Event::Log { log, view, newest_bytes, from: from.map(|peer| NodeId([peer; 32])) }
        }),
        1 => proptest::collection::btree_set((0..5u8).prop_map(|node| NodeId([node; 32])), 0..5).prop_map(Event::Authors),
        3 => (link.clone(), any_log(), any_seq(), any_hash(), any::<bool>())
            .prop_map(|(link, log, seq, hash, taken)| Event::Announced { link, log, seq, hash, taken }),
        4 => (link.clone(), 0..20u64, any_seq(), any_end())
            .prop_map(|(link, pull, next, end)| Event::PullEnded { link, pull: PullId(pull), next, end }),
        2 => (link.clone(), any_fault(), at).prop_map(|(link, fault, at)| Event::Refused { link, fault, at }),
        1 => any_log().prop_map(|log| Event::Withdrawn { log }),
        3 => (link.clone(), any::<u64>(), any_pull())
            .prop_map(|(link, serve, pull)| Event::Asked { link, serve: ServeId(serve), pull }),
        1 => (link, 0..9u64).prop_map(|(link, serve)| Event::Served { link, serve: ServeId(serve), bytes: 1 }),
        1 => (any::<u32>(), 0..2_000u64).prop_map(|(bytes, blocks)| Event::Room { bytes: u64::from(bytes), blocks }),
        1 => (0..4u64, 0..9u64).prop_map(|(link, pull)| Event::Crowded { link: Link(link), pull: PullId(pull) }),
        1 => Just(Event::SyncNow),
        5 => Just(Event::Wake),
    ]
}

/// Answers what the machine looks up, as its contract says; checks what it does.
fn attend(gossip: &mut Gossip, deeds: &mut Vec<Deed>, salt: u8, now: u64) {
    while let Some(deed) = deeds.pop() {
        match deed {
            Deed::LookUp { log, seq } => {
                let header = (salt > 0).then(|| Box::new(header(log, seq, salt)));
                gossip.handle(Event::Found { log, seq, header }, now, deeds);
            }
            Deed::Send { message, .. } => assert_eq!(Message::decode(&message.encode()), Ok(message)),
            Deed::Serve { request, .. } => assert!(request.from < request.until && request.until <= 40),
            Deed::Pull { request, .. } => {
                assert!(request.from < request.until && request.bytes > 0);
                assert!(gossip.authors.contains(&request.log.node), "only known authors are asked for");
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_breaks_a_bound(steps in proptest::collection::vec((any_event(), 0..3u8, 0..3_000u64), 0..120)) {
        let log = LogId { node: NodeId([0; 32]), epoch: Epoch([0; 16]) };
        let mut gossip = Gossip::new(Config::new(5, log), 0);
        let (mut now, mut deeds) = (0, Vec::new());
        gossip.handle(Event::Authors((0..3).map(|node| NodeId([node; 32])).collect()), now, &mut deeds);
        for peer in 1..4 {
            gossip.handle(Event::Connected { link: Link(peer), peer: NodeId([peer as u8; 32]) }, now, &mut deeds);
        }
        for (event, salt, after) in steps {
            now += after;
            gossip.handle(event, now, &mut deeds);
            attend(&mut gossip, &mut deeds, salt, now);
            gossip.check_limits();
            gossip.status(now);
            prop_assert_eq!(gossip.digest(), gossip.clone().logs.refresh(), "the kept digest is the true one");
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn messages_are_read_as_written(message in any_message()) {
        let kept = !matches!(&message, Message::Hello(hello) if hello.version.len() > 64);
        prop_assert_eq!(Message::decode(&message.encode()).ok(), kept.then_some(message));
    }
}
