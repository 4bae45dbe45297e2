//! What a header commits to of a body, and how one event of it is proved.
//!
//! `root` is the Merkle root over leaves `H(0x00 ‖ salt ‖ record)`. The salts hide the records
//! from whoever sees only hashes; they expand from one secret seed per body.

use vigil_model::{BodyDigest, Class, Hash, Record, Records, SaltSeed};

use crate::error::BlockError;
use crate::merkle;

const SALT_DOMAIN: &[u8] = b"vigil salts v1";
const SALT_BYTES: usize = 16;

/// One salt: with the record it makes a leaf.
pub type Salt = [u8; SALT_BYTES];

/// The first `count` salts of a body.
pub fn salts(seed: &SaltSeed, count: usize) -> Vec<Salt> {
    let mut salts = vec![[0; SALT_BYTES]; count];
    stream(seed).fill(salts.as_flattened_mut());
    salts
}

/// The salt of record `n`, without the ones before it.
pub fn salt(seed: &SaltSeed, n: u32) -> Salt {
    let mut salt = [0; SALT_BYTES];
    let mut stream = stream(seed);
    stream.set_position(u64::from(n) * SALT_BYTES as u64);
    stream.fill(&mut salt);
    salt
}

fn stream(seed: &SaltSeed) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_keyed(&seed.0);
    hasher.update(SALT_DOMAIN);
    hasher.finalize_xof()
}

/// The leaf of one record.
pub fn leaf(salt: &Salt, record: &[u8]) -> Hash {
    merkle::salted_leaf(&mut Vec::with_capacity(record.len() + 17), salt, record)
}

fn leaves(records: &Records, seed: &SaltSeed) -> Vec<Hash> {
    let mut buffer = Vec::new();
    let salts = salts(seed, records.len());
    salts.iter().zip(records.iter_raw()).map(|(salt, raw)| merkle::salted_leaf(&mut buffer, salt, raw)).collect()
}

/// What a header says of these records: at least one, all of them sound.
pub fn digest(class: Class, records: &Records, seed: &SaltSeed) -> BodyDigest {
    assert!(!records.is_empty(), "a body holds at least one record");
    let (first, last) = records.time_span().expect("records that were made here have a time");
    BodyDigest {
        class,
        count: records.len() as u32,
        raw_len: records.bytes().len() as u32,
        root: merkle::root(&leaves(records, seed)),
        first,
        last,
    }
}

/// Whether these are exactly the records that the header commits to.
pub fn verify(claimed: &BodyDigest, records: &Records, seed: &SaltSeed) -> Result<(), BlockError> {
    let wrong = |why: String| Err(BlockError::Body { class: claimed.class, why });
    if records.len() != claimed.count as usize {
        return wrong(format!("{} records where the header has {}", records.len(), claimed.count));
    }
    if let Some(n) = records.iter().position(|record| record.is_none()) {
        return wrong(format!("offset {n} is no record"));
    }
    let found = digest(claimed.class, records, seed);
    if found.root != claimed.root {
        return wrong("the records do not match the root".to_owned());
    }
    if found != *claimed {
        return wrong("length or times are not those of the records".to_owned());
    }
    Ok(())
}

/// What proves one event to whoever trusts the header, without the rest of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventProof {
    /// The record's place in the body.
    pub offset: u32,
    /// The record's salt; it tells nothing of the other salts.
    pub salt: Salt,
    /// The hashes from the leaf to the root.
    pub path: Vec<Hash>,
}

/// The proof of record `offset`; `None` when there is no such record.
pub fn prove(records: &Records, seed: &SaltSeed, offset: u32) -> Option<EventProof> {
    let path = merkle::inclusion_path(&leaves(records, seed), offset as usize)?;
    Some(EventProof { offset, salt: salt(seed, offset), path })
}

/// Whether `record` stands in the body at the place that the proof names.
pub fn verify_event(body: &BodyDigest, record: &[u8], proof: &EventProof) -> Result<(), BlockError> {
    let leaf = leaf(&proof.salt, record);
    let proved =
        merkle::verify_inclusion(&leaf, u64::from(proof.offset), u64::from(body.count), &proof.path, &body.root);
    if proved && Record::view(record).is_some() {
        return Ok(());
    }
    Err(BlockError::Body { class: body.class, why: format!("the proof of offset {} does not hold", proof.offset) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;
    use vigil_model::Timestamp;

    const SEED: SaltSeed = SaltSeed([7; 32]);

    #[test]
    fn salts_are_read_at_random_as_in_order() {
        let all = salts(&SEED, 1_024);
        for n in [0, 1, 3, 4, 63, 64, 1_023] {
            assert_eq!(salt(&SEED, n), all[n as usize], "{n}");
        }
        assert_ne!(salt(&SEED, 0), salt(&SaltSeed([8; 32]), 0));
    }

    #[test]
    fn a_digest_holds_for_its_records_only() {
        let records = testing::records(0..10);
        let digest = digest(Class::Logs, &records, &SEED);
        assert_eq!(verify(&digest, &records, &SEED), Ok(()));
        assert!(verify(&digest, &records, &SaltSeed([8; 32])).is_err());
        assert!(verify(&digest, &records.slice(0..9), &SEED).is_err());
        assert!(verify(&digest, &testing::records(1..11), &SEED).is_err());
        let late = BodyDigest { last: Timestamp::MAX, ..digest };
        assert!(verify(&late, &records, &SEED).is_err());
    }

    #[test]
    fn bytes_that_are_no_record_are_refused() {
        let digest = BodyDigest { count: 1, ..digest(Class::Logs, &testing::records(0..1), &SEED) };
        let noise = Records::from_parts(vec![9; 5], vec![5]).expect("one boundary");
        let error = verify(&digest, &noise, &SEED).expect_err("noise");
        assert_eq!(error.to_string(), "body logs: offset 0 is no record");
    }

    proptest! {
        #[test]
        fn one_event_is_proved(count in 1usize..70, pick in 0usize..70) {
            let records = testing::records(0..count as u64);
            let digest = digest(Class::Audit, &records, &SEED);
            let at = (pick % count) as u32;
            let proof = prove(&records, &SEED, at).expect("it exists");
            let raw = records.raw(at as usize).expect("it exists");
            prop_assert_eq!(verify_event(&digest, raw, &proof), Ok(()));
            let mut changed = raw.to_vec();
            *changed.last_mut().expect("not empty") ^= 1;
            prop_assert!(verify_event(&digest, &changed, &proof).is_err());
            prop_assert!(prove(&records, &SEED, count as u32).is_none());
        }
    }
}
