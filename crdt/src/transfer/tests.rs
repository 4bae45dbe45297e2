//! Is a block read as it was sent, and anything else refused without harm?

use proptest::prelude::*;

use super::*;
use crate::testing::{Author, TestBlock, records};

fn block() -> TestBlock {
    Author::new(1, 1).seal_all(vec![(Class::Audit, records(0..3)), (Class::Logs, records(0..90))])
}

/// The first body plain, the second packed.
fn frames() -> [BlockFrame; 3] {
    let block = block();
    let plain = |(class, records, seed): &(Class, Records, SaltSeed)| {
        (*class, WireBody::Plain { seed: *seed, records: records.clone() })
    };
    let packed = |(class, records, seed): &(Class, Records, SaltSeed)| {
        (*class, WireBody::Packed(crate::frames::pack(*class, records, seed, &crate::frames::RawCodec).0))
    };
    let (log, seq) = (block.header.header.log, block.header.header.seq);
    [
        BlockFrame::block(block.header.clone(), vec![plain(&block.bodies[0]), packed(&block.bodies[1])]),
        BlockFrame::block(block.header.clone(), Vec::new()),
        BlockFrame::fill(log, seq, vec![packed(&block.bodies[1])]),
    ]
}

#[test]
fn blocks_are_read_as_sent() {
    for frame in frames() {
        assert_eq!(BlockFrame::decode(&frame.encode()), Ok(frame));
    }
}

#[test]
fn every_cut_and_every_byte_more_is_refused() {
    for frame in frames() {
        let bytes = frame.encode();
        for end in 0..bytes.len() {
            assert!(BlockFrame::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert!(BlockFrame::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

fn why(bytes: &[u8]) -> String {
    BlockFrame::decode(bytes).expect_err("refused").to_string()
}

#[test]
fn what_is_refused_is_named() {
    let [whole, _, fill] = frames();
    let bytes = fill.encode();
    let changed = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        why(&bytes)
    };
    assert_eq!(changed(0, 2), "block frame version 2 is not known here; a newer node sent it");
    assert_eq!(changed(1, 7), "malformed block frame: unknown parts");
    // Version, parts, log, seq; then: number of bodies, class, form, length.
    let bodies = 2 + 48 + 8;
    assert_eq!(changed(bodies + 1, 77), "malformed block frame: unknown class");
    assert_eq!(changed(bodies + 2, 77), "malformed block frame: unknown form of a body");
    assert_eq!(changed(bodies + 6, 1), "oversized block frame: a body");
    assert_eq!(why(&[&bytes[..bodies], &[0]].concat()), "malformed block frame: neither header nor body");
    assert_eq!(why(&vec![1; WIRE_FRAME_BYTES_MAX + 1]), "oversized block frame: the frame");
    let twice = [&bytes[..bodies], &[2], &bytes[bodies + 1..], &bytes[bodies + 1..]].concat();
    assert_eq!(why(&twice), "malformed block frame: classes do not rise");
    let mut foreign = whole.clone();
    foreign.bodies.push((Class::Traces, foreign.bodies[1].1.clone()));
    assert_eq!(why(&foreign.encode()), "malformed block frame: the header lists no such body");
}

#[test]
fn a_plain_body_of_too_many_records_is_refused_before_it_is_read() {
    let [whole, ..] = frames();
    let bytes = whole.encode();
    let WireBody::Plain { seed, .. } = &whole.bodies[0].1 else { panic!("the first is plain") };
    let at = bytes.windows(32).position(|window| window == seed.0).expect("the seed is in it") + 32;
    for count in [[0, 0], [1, 4], [255, 255]] {
        let mut bytes = bytes.clone();
        bytes[at..at + 2].copy_from_slice(&count);
        assert_eq!(why(&bytes), "oversized block frame: the number of records");
    }
}

proptest! {
    #[test]
    fn noise_never_harms(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        // Whatever is read must be what would be sent.
        if let Ok(frame) = BlockFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_frame_is_refused_or_is_another_frame(
        which in 0usize..3, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = frames()[which].encode();
        changes.iter().for_each(|(at, byte)| *at.get_mut(&mut bytes) = *byte);
        if let Ok(frame) = BlockFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }
}
