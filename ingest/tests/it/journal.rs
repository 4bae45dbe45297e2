//! Are entries of the journal read, whatever their fields hold, and is a torn one left behind?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;
use vigil_model::Value;
use vigil_model::limits::{JOURNAL_FIELD_BYTES_MAX, LINE_BYTES_MAX, RECORD_FIELDS_MAX};

use crate::{decode, recipe, show};

fn binary(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
}

#[test]
fn entries() {
    let body = [
        &b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1785585600123456\n__MONOTONIC_TIMESTAMP=17\n_BOOT_ID=b\n_HOSTNAME=web1\nPRIORITY=3\n"[..],
        b"SYSLOG_IDENTIFIER=sshd\n_COMM=sshd-session\n_PID=4711\n_SYSTEMD_UNIT=ssh.service\nMESSAGE=a = b\n_G=1\n_G=2\n_EMPTY=\n\n\n",
        b"__REALTIME_TIMESTAMP=1785585600000000\n_COMM=cron\n",
        &binary("MESSAGE", b"two\n\nlines=\n"),
        &binary("NONE", b""),
        &binary("WRONG", b"\xff"),
        b"\nMESSAGE=at the end",
    ]
    .concat();
    expect![[r#"
        2026-08-01T12:00:00.123456Z {"PRIORITY": Str("3"), "_BOOT_ID": Str("b"), "_COMM": Str("sshd-session"), "_EMPTY": Str(""), "_G": List([Str("1"), Str("2")]), "__CURSOR": Str("s=1;i=2"), "__MONOTONIC_TIMESTAMP": Str("17"), "host.name": Str("web1"), "level": Str("error"), "message": Str("a = b"), "process.name": Str("sshd"), "process.pid": Int(4711), "systemd.unit": Str("ssh.service")}
        2026-08-01T12:00:00Z {"NONE": Str(""), "WRONG": Str("�"), "_COMM": Str("cron"), "message": Str("two\n\nlines=\n"), "parse_error": Str("invalid utf-8"), "process.name": Str("cron")}
        arrived 1970-01-01T00:00:01Z {"message": Str("at the end")}
    "#]].assert_eq(&show(&recipe(Format::Journal), body));
}

#[test]
fn torn_entries_cost_themselves() {
    let mut body = b"MESSAGE=one\nlower=case\nlost=1\n\nMESSAGE=two\n\n".to_vec();
    body.extend(b"A=1\nB\n\xff\xff\xff\xff\xff\xff\xff\xff\nlost\n\nMESSAGE=three\n\n");
    body.extend([&b"A\n"[..], &3u64.to_le_bytes(), b"xyz!\nlost\n\nMESSAGE=four\n\nMESSAGE\n\x01"].concat());
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("two")}
        arrived 1970-01-01T00:00:01Z {"message": Str("three")}
        arrived 1970-01-01T00:00:01Z {"message": Str("four")}
        line 1: expected a field, `NAME=text` or `NAME` at byte 12 of the body; the entry is lost, reading goes on behind it
        line 3: expected the length of a field at byte 50 of the body; the entry is lost, reading goes on behind it
        line 5: expected the end of a field at byte 93 of the body; the entry is lost, reading goes on behind it
        line 7: the body ends at byte 124 before the end of a field; it may have been cut off
    "#]].assert_eq(&show(&recipe(Format::Journal), body));
}

#[test]
fn what_is_too_long_is_left_out_or_refused() {
    let long = vec![b'x'; JOURNAL_FIELD_BYTES_MAX + 1];
    let part = [&b"MESSAGE=core\nDUMP="[..], &long, b"\n", &binary("COREDUMP", &long), b"\n"].concat();
    let outcome = decode(&recipe(Format::Journal), &[&part]);
    let problem = "journal: the field DUMP of 196609 bytes was left out";
    assert_eq!(outcome.records()[0].get("parse_error"), Some(Value::Str(problem)));

    let fields: String = (0..=RECORD_FIELDS_MAX).map(|n| format!("F{n}=\n")).collect();
    let half = "x".repeat(JOURNAL_FIELD_BYTES_MAX);
    let large: String = (0..=LINE_BYTES_MAX / half.len()).map(|n| format!("F{n}={half}\n")).collect();
    let body = format!("{fields}\n{large}\nMESSAGE=after\n\n");
    let outcome = decode(&recipe(Format::Journal), &[body.as_bytes()]);
    assert_eq!((outcome.accepted, outcome.rejects.count()), (1, 2));
    assert_eq!(outcome.rejects.named()[1].line, 2);
}

/// What streams are made of, right and wrong.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec![
        b"MESSAGE=text\n".to_vec(),
        b"PRIORITY=9\n".to_vec(),
        b"_PID=x\n".to_vec(),
        b"__REALTIME_TIMESTAMP=1\n".to_vec(),
        binary("MESSAGE", b"a\n\nb"),
        binary("X", b""),
        b"X\n".to_vec(),
        vec![0; 8],
        b"\n".to_vec(),
        b"\n\n".to_vec(),
        b"=".to_vec(),
        b"\xff".to_vec(),
        b"lower\n".to_vec(),
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn cuts_do_not_matter(body in stream(), size in 1..12usize) {
        let chunks: Vec<_> = body.chunks(size).collect();
        prop_assert_eq!(decode(&recipe(Format::Journal), &chunks), decode(&recipe(Format::Journal), &[&body]));
    }

    #[test]
    fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        decode(&recipe(Format::Journal), &[&body]);
    }

    #[test]
    fn what_was_written_comes_out(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..8)) {
        let body: Vec<u8> = entries.iter().flat_map(|value| [binary("MESSAGE", value), b"\n".to_vec()].concat()).collect();
        let outcome = decode(&recipe(Format::Journal), &[&body]);
        let read: Vec<_> = outcome.records().iter().map(|record| format!("{:?}", record.get("message"))).collect();
        let written: Vec<_> =
            entries.iter().map(|value| format!("{:?}", Some(Value::Str(&String::from_utf8_lossy(value))))).collect();
        prop_assert_eq!(read, written);
    }
}
