//! The records that clients send: each a function of its number, so that whoever finds one knows
//! what it must be.

use std::ops::Range;

use vigil_model::{Hash, Record, RecordBuilder, Records, Timestamp, Value};

/// The records with these numbers.
pub(crate) fn records(numbers: Range<u64>) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for number in numbers {
        builder.clear();
        builder.push("n", Value::Int(number as i64));
        builder.push("pad", Value::Str(&PAD[..pad(number)]));
        records.push(&mut builder, Timestamp::from_millis(number as i64), false).expect("a small record");
    }
    records
}

/// Bytes of the largest record.
pub(crate) const RECORD_BYTES: usize = 600;

const PAD: &str = match std::str::from_utf8(&[b'x'; 512]) {
    Ok(pad) => pad,
    Err(_) => panic!("ascii"),
};

/// Mostly short, sometimes long.
fn pad(number: u64) -> usize {
    let hash = Hash::of("vigil simulation pad", &number.to_le_bytes()).0;
    if hash[0] < 16 { hash[1] as usize * 2 } else { hash[1] as usize % 24 }
}

/// The number that a record claims.
pub(crate) fn number(record: Record<'_>) -> Option<u64> {
    match record.get("n")? {
        Value::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}
