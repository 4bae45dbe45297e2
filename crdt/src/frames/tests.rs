//! Are bodies read as packed, and is everything else refused?

use super::*;
use crate::testing;
use proptest::prelude::*;

const SEED: SaltSeed = SaltSeed([5; 32]);

/// Runs of one byte, for tests of the second codec.
struct Runs;

impl Codec for Runs {
    fn number(&self) -> u8 {
        200
    }

    fn compress(&self, plain: &[u8], out: &mut Vec<u8>) -> bool {
        for run in plain.chunk_by(|a, b| a == b) {
            run.chunks(255).for_each(|run| out.extend_from_slice(&[run.len() as u8, run[0]]));
        }
        true
    }

    fn decompress(&self, stored: &[u8], _: usize, plain: &mut Vec<u8>) -> Result<(), String> {
        plain.clear();
        stored.chunks_exact(2).for_each(|run| plain.extend(vec![run[1]; usize::from(run[0])]));
        Ok(())
    }
}

fn read_all(bytes: &[u8], codec: &dyn Codec) -> Result<(Class, SaltSeed, Records), BlockError> {
    let body = PackedBody::parse(bytes)?;
    Ok((body.class, body.seed, body.records(codec)?))
}

fn long_records(count: usize, width: usize) -> Records {
    let mut records = Records::new();
    let mut builder = vigil_model::RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("m", vigil_model::Value::Str(&"x".repeat(width)));
        records.push(&mut builder, vigil_model::Timestamp(n as i64), false).expect("within limits");
    }
    records
}

#[test]
fn bodies_are_read_as_packed() {
    let shapes = [testing::records(0..1), testing::records(0..1_024), long_records(3, 80_000), long_records(1, 0)];
    for records in shapes {
        for codec in [&RawCodec as &dyn Codec, &Runs] {
            let packed = pack(Class::Logs, &records, &SEED, codec);
            let read = read_all(&packed.0, codec).expect("own bytes");
            assert_eq!(read, (Class::Logs, SEED, records.clone()));
            let body = PackedBody::parse(&packed.0).expect("own bytes");
            for (n, range) in records.frame_bounds().into_iter().enumerate() {
                let frame = body.frame(n as u16, codec).expect("sound").expect("exists");
                assert_eq!(frame.first as usize, range.start);
                assert_eq!(frame.records, records.slice(range));
            }
            assert_eq!(body.frame(body.frames(), codec), Ok(None));
        }
    }
}

#[test]
fn what_does_not_shrink_is_stored_as_it_is() {
    let records = testing::records(0..64);
    assert_eq!(pack(Class::Logs, &records, &SEED, &Runs).0, pack(Class::Logs, &records, &SEED, &RawCodec).0);
    let long = long_records(3, 80_000);
    let (packed, raw) = (pack(Class::Logs, &long, &SEED, &Runs), pack(Class::Logs, &long, &SEED, &RawCodec));
    assert!(packed.0.len() < raw.0.len() / 50);
    assert!(read_all(&packed.0, &RawCodec).is_err());
}

#[test]
fn one_damaged_frame_leaves_the_others_readable() {
    let records = testing::records(0..200);
    let mut bytes = pack(Class::Logs, &records, &SEED, &RawCodec).0;
    *bytes.last_mut().expect("not empty") ^= 1;
    let body = PackedBody::parse(&bytes).expect("the head is sound");
    assert!(body.frame(0, &RawCodec).is_ok());
    let error = body.frame(body.frames() - 1, &RawCodec).expect_err("damaged");
    assert_eq!(error.to_string(), "frame 3: the checksum does not match");
}

#[test]
fn every_cut_is_noticed() {
    let bytes = pack(Class::Logs, &testing::records(0..100), &SEED, &RawCodec).0;
    for end in 0..bytes.len() {
        assert!(read_all(&bytes[..end], &RawCodec).is_err(), "cut at {end}");
    }
    assert!(read_all(&[bytes.clone(), vec![0]].concat(), &RawCodec).is_err());
}

proptest! {
    #[test]
    fn every_changed_byte_is_noticed(at in any::<prop::sample::Index>(), flip in 1u8.., runs: bool) {
        let codec = if runs { &Runs as &dyn Codec } else { &RawCodec };
        let records = if runs { long_records(3, 700) } else { testing::records(0..130) };
        let mut bytes = pack(Class::Traces, &records, &SEED, codec).0;
        *at.get_mut(&mut bytes) ^= flip;
        prop_assert!(read_all(&bytes, codec).is_err());
    }

    #[test]
    fn noise_is_no_body(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read_all(&bytes, &RawCodec).is_err());
    }
}
