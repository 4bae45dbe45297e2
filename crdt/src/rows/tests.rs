//! Are keys and rows laid out as `docs/formats/` draws them, and read back as written?

use expect_test::{Expect, expect};
use vigil_model::{RecordBuilder, Records, SaltSeed, Timestamp, Value};

use super::*;
use crate::frames::{RawCodec, pack};
use crate::suite;
use crate::testing::{Author, records};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn check(bytes: &[u8], expected: Expect) {
    expected.assert_eq(&hex(bytes));
}

#[test]
fn bytes_are_as_drawn() {
    check(&block_key(BlockRef { log: LogNumber(1), seq: 2 }), expect!["00 00 00 01 00 00 00 00 00 00 00 02"]);
    let mut example = RecordBuilder::new();
    example.push("n", Value::Int(-1));
    example.push("ok", Value::Bool(true));
    let mut one = Records::new();
    one.push(&mut example, Timestamp(1), false).expect("small");
    check(one.bytes(), expect!["01 00 01 00 00 00 00 00 00 00 02 01 6e 03 01 02 6f 6b 02"]);
    check(
        &pack(Class::Logs, &one, &SaltSeed([0x5a; 32]), &RawCodec).0,
        expect![
            "01 00 03 01 00 00 00 13 00 00 00 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 01 00 01 00 14 00 00 00 14 00 00 00 00 c5 8c c9 27 de 3d 8d 7f 4f 19 4f 43 fc 1d 2a 44 13 01 00 01 00 00 00 00 00 00 00 02 01 6e 03 01 02 6f 6b 02"
        ],
    );
    let block = BlockRef { log: LogNumber(1), seq: 2 };
    let entry = BlockEntry { arrival: 3, block, fill: false, bodies: vec![(Class::Logs, 4, 5)] };
    let fill = BlockEntry { fill: true, ..entry.clone() };
    check(
        &put_entry(Table::Fills, &arrival_key(3), &fill),
        expect!["35 00 7e bf a5 77 29 38 01 00 00 00 02 00 00 00 00 00 00 00 81 03 04 00 00 00 05 00 00 00"],
    );
    check(
        &put_entry(Table::Arrival, &arrival_key(3), &entry),
        expect!["bb f9 8d 7d 76 a4 5f 1f 01 00 00 00 02 00 00 00 00 00 00 00 01 03 04 00 00 00 05 00 00 00"],
    );
    check(&put_committed(3), expect!["60 67 40 51 63 27 a0 ee 03 00 00 00 00 00 00 00"]);
}

/// Three blocks, the second without its body, the first naming an epoch before.
fn a_log() -> (LogNumber, LogRow) {
    let mut author = Author::new(1, 1);
    let mut log = LogRow::genesis(author.log());
    for n in 0..3 {
        let block = author.seal(Class::Logs, &records(0..5));
        log.chain.advance(&block.header);
        log.note(&block.header, if n == 1 { ClassSet::NONE } else { ClassSet::ALL });
    }
    assert_eq!((log.records[3], log.missing.range(Class::Logs, 1)), (10, Some(1..2)));
    log.previous_epoch = Some(PreviousEpoch { epoch: Epoch([7; 16]), seq: 8, hash: Hash([9; 32]) });
    (LogNumber(9), log)
}

/// As the program wrote it before bodies could be missing.
#[test]
fn rows_of_format_1_are_told_from_those_of_this_one() {
    let mut author = Author::new(1, 1);
    let block = author.seal_all(vec![(Class::Audit, records(0..5)), (Class::Logs, records(0..5))]);
    let key = block_key(BlockRef { log: LogNumber(0), seq: 0 });
    let row = seal(Table::Headers, &key, &[&7u64.to_le_bytes()[..], block.header.bytes()].concat());
    let brought = ClassSet::one(Class::Audit).with(Class::Logs);
    assert_eq!(get_header(&key, &row), Ok(HeaderRow { arrival: 7, brought, signed: block.header.clone() }));

    let (number, log) = a_log();
    let (key, row) = (log_key(number), put_log(number, &log));
    let older = &row[8..8 + 152 + 32 * log.chain.next_seq().count_ones() as usize];
    let expected =
        LogRow { missing: Missing::default(), cluster: ClusterId::default(), previous_epoch: None, ..log.clone() };
    assert_eq!(get_log(&key, &seal(Table::Frontier, &key, older)), Some((number, expected, false)));
}

#[test]
fn rows_are_read_as_written_and_only_under_their_key() {
    let mut author = Author::new(1, 1);
    let block = author.seal(Class::Logs, &records(0..5));
    let (key, other) = (block_key(BlockRef { log: LogNumber(0), seq: 0 }), [1; 12]);
    let signed = block.header.clone();
    for brought in [ClassSet::one(Class::Logs), ClassSet::NONE] {
        let row = put_header(&key, 7, brought, &signed);
        assert_eq!(get_header(&key, &row), Ok(HeaderRow { arrival: 7, brought, signed: signed.clone() }));
        assert!(get_header(&other, &row).is_err());
    }

    let (log, expected) = a_log();
    let row = put_log(log, &expected);
    assert_eq!(get_log(&log_key(log), &row), Some((log, expected, true)));
    assert_eq!(get_log(&log_key(LogNumber(8)), &row), None);

    let (key, receipt) = suite::receipt(3, &block);
    let row = put_receipt(&key, &receipt);
    assert_eq!(get_receipt(&key.0, &row), Some(receipt));
    for at in 0..row.len() {
        let mut damaged = row.clone();
        damaged[at] ^= 1;
        assert_eq!(get_receipt(&key.0, &damaged), None, "byte {at}");
        assert_eq!(get_receipt(&key.0, &row[..at]), None, "cut at {at}");
    }
}
