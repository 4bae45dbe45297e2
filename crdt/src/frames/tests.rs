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

fn refusal(bytes: &[u8], codec: &dyn Codec) -> String {
    accept(Class::Logs, bytes, codec).expect_err("refused").to_string()
}

/// Packs `records` with another cut than every node has.
fn cut_otherwise(records: &Records) -> Vec<u8> {
    let halves = [0..records.len() / 2, records.len() / 2..records.len()];
    let table_end = HEAD_BYTES + ROW_BYTES * halves.len();
    let mut out = Vec::new();
    put_head(&mut out, Class::Logs, records, &SEED, halves.len() as u16);
    out.resize(table_end + 8, 0);
    for (n, range) in halves.into_iter().enumerate() {
        let mut plain = Vec::new();
        let count = range.len() as u16;
        put_plain(&mut plain, records, range);
        let row = put_frame(&mut out, n as u16, count, &plain, &RawCodec);
        out[HEAD_BYTES + ROW_BYTES * n..][..ROW_BYTES].copy_from_slice(&row);
    }
    seal_head(&mut out, table_end);
    out
}

fn seal_head(out: &mut [u8], table_end: usize) {
    let sum = checksum(&[&out[..table_end]]);
    out[table_end..table_end + 8].copy_from_slice(&sum);
}

#[test]
fn what_was_packed_here_is_accepted() {
    for records in [testing::records(0..1), testing::records(0..1_024), long_records(3, 80_000)] {
        for codec in [&RawCodec as &dyn Codec, &Runs] {
            let packed = pack(Class::Logs, &records, &SEED, codec).0;
            assert_eq!(accept(Class::Logs, &packed, codec), Ok((SEED, records.clone())));
            assert_eq!(PackedBody::parse(&packed).and_then(|body| body.checked()), Ok(EncodedBody(packed)));
        }
    }
}

#[test]
fn what_no_store_packs_is_refused_though_it_unpacks() {
    let records = testing::records(0..60);
    let other = cut_otherwise(&records);
    assert_eq!(read_all(&other, &RawCodec), Ok((Class::Logs, SEED, records.clone())));
    assert_eq!(refusal(&other, &RawCodec), "body logs: the frames are not cut as frames are");

    let packed = pack(Class::Logs, &records, &SEED, &RawCodec).0;
    let audit = accept(Class::Audit, &packed, &RawCodec).expect_err("refused").to_string();
    assert_eq!(audit, "body audit: it is of another class");
    assert_eq!(refusal(&vec![1; PACKED_BODY_BYTES_MAX + 1], &RawCodec), "body logs: it is longer than a body may be");
    let long = pack(Class::Logs, &long_records(3, 80_000), &SEED, &Runs).0;
    assert_eq!(refusal(&long, &RawCodec), "body logs: a frame is not packed as frames are");
}

/// Claims are refused before anything is unpacked.
#[test]
fn claims_beyond_the_limits_are_refused() {
    let changed = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = pack(Class::Logs, &testing::records(0..100), &SEED, &RawCodec).0;
        change(&mut bytes);
        seal_head(&mut bytes, HEAD_BYTES + 2 * ROW_BYTES);
        refusal(&bytes, &RawCodec)
    };
    let more = "body logs: it claims more than a body may hold";
    assert_eq!(changed(&|bytes| bytes[7..11].fill(0xff)), more);
    // The first row of the table claims 64 KiB more than its frame has, as if it was compressed.
    let plain_len = HEAD_BYTES + 2..HEAD_BYTES + 6;
    assert_eq!(changed(&|bytes| bytes[plain_len.clone()].copy_from_slice(&[0, 0, 2, 0])), more);
    assert_eq!(changed(&|bytes| bytes[plain_len.start] ^= 1), "body logs: a frame is not packed as frames are");
    // A record more in the first frame, one less in the second.
    let swapped = changed(&|bytes| {
        bytes[HEAD_BYTES] += 1;
        bytes[HEAD_BYTES + ROW_BYTES] -= 1;
    });
    assert_eq!(swapped, "frame 0: the record lengths do not fit");
    let mut many = pack(Class::Logs, &testing::records(0..1_024), &SEED, &RawCodec).0;
    many[3..7].copy_from_slice(&2_000u32.to_le_bytes());
    seal_head(&mut many, HEAD_BYTES + 16 * ROW_BYTES);
    assert_eq!(refusal(&many, &RawCodec), "the frames do not add up to the body");
}

proptest! {
    #[test]
    fn hostile_bytes_never_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), runs: bool, reseal: bool,
    ) {
        let codec = if runs { &Runs as &dyn Codec } else { &RawCodec };
        let mut bytes = pack(Class::Logs, &testing::records(0..130), &SEED, codec).0;
        let head = HEAD_BYTES + 3 * ROW_BYTES;
        for (at, byte) in changes {
            if reseal { bytes[at.index(head)] = byte } else { *at.get_mut(&mut bytes) = byte }
        }
        if reseal && bytes[43..45] == [3, 0] {
            seal_head(&mut bytes, head);
        }
        if let Ok((seed, records)) = accept(Class::Logs, &bytes, codec) {
            prop_assert_eq!(pack(Class::Logs, &records, &seed, codec).0, bytes);
        }
    }
}
