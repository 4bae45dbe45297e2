//! Are records read as written, and is everything else passed over without harm?

use expect_test::expect;
use proptest::prelude::*;
use vigil_model::{RecordBuilder, Records, Value};

use super::*;

fn samples() -> Vec<ControlRecord> {
    let old = Adopted { log: log(1, 1), seq: 4, hash: Hash([7; 32]), cluster: ClusterId([8; 32]) };
    let Op::CreateToken { id, hash, name, .. } = token(1, Role::Reader) else { panic!("a token") };
    let scope = Scope { classes: vigil_model::ClassSet(0b1100_1000), filter: "host:a".to_owned() };
    let ops = [
        Op::Admit { node: key(1), name: "b".to_owned(), profile: Profile::Edge, adopted: vec![old] },
        admit(2),
        Op::Remove { node: key(1), positions: vec![(log(1, 0), 300), (log(1, 1), 0)], reason: "lost".to_owned() },
        rename(1, "berlin"),
        Op::Addresses { addresses: vec!["10.0.0.5:7701".to_owned(), "[::1]:7701".to_owned()] },
        Op::Addresses { addresses: Vec::new() },
        Op::CreateToken { id, hash, name, role: Role::Operator, scope, expires: Some(Timestamp(77)) },
        token(2, Role::Admin),
        Op::RevokeToken { id },
        fork(1, 0, 3),
    ];
    let seen = |n: usize| if n.is_multiple_of(2) { vec![(log(0, 0), n as u64 * 1_000)] } else { Vec::new() };
    ops.into_iter().enumerate().map(|(n, op)| ControlRecord { seen: seen(n), at: Timestamp(n as i64), op }).collect()
}

fn written(records: &[ControlRecord]) -> Records {
    let mut out = Records::new();
    records.iter().for_each(|record| write(record, &mut out).expect("well formed"));
    out
}

/// The order of a fork's headers is not kept: they stand by rising hash.
fn sorted(mut record: ControlRecord) -> ControlRecord {
    if let Op::Fork { lower, upper } = &mut record.op
        && upper.hash < lower.hash
    {
        std::mem::swap(lower, upper);
    }
    record
}

#[test]
fn records_are_read_as_written() {
    let bytes = written(&samples());
    let body = inspect(&bytes);
    assert_eq!((body.unknown, body.malformed), (0, 0));
    let read: Vec<_> = body.entries.iter().map(|entry| entry.record.clone()).collect();
    assert_eq!(read, samples().into_iter().map(sorted).collect::<Vec<_>>());
    assert!(body.entries.iter().enumerate().all(|(n, entry)| entry.offset as usize == n));
    assert_eq!(written(&read), bytes, "the form is canonical");
}

#[test]
fn fields_read_well_in_a_query() {
    let bytes = written(&samples()[6..7]);
    let fields: Vec<String> =
        bytes.get(0).expect("one").fields().map(|(name, value)| format!("{name}: {value}")).collect();
    expect![[r#"
        control.class_set: 200
        control.classes: logs
        control.expires: 1970-01-01T00:00:00.000000077Z
        control.filter: host:a
        control.hash: 288601f08a3ef94d85a5e0839ff86b2c24db60ab526b51677a8e5b7d79ff79bb
        control.kind: token.create
        control.name: token-1
        control.role: operator
        control.seen: 8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c00000000000000000000000000000000f02e
        control.token: 288601f08a3ef94d
        message: token token-1 (288601f08a3ef94d) is made: operator"#]].assert_eq(&fields.join("\n"));
}

#[test]
fn unknown_kinds_and_fields_are_passed_over() {
    let mut out = written(&samples()[3..4]);
    let mut builder = RecordBuilder::new();
    builder.push("control.kind", Value::Str("member.promote"));
    out.push(&mut builder, Timestamp(0), false).expect("small");
    builder.clear();
    builder.push("control.kind", Value::Str("member.rename"));
    builder.push("control.node", Value::Str(&key(1).to_string()));
    builder.push("control.name", Value::Str("berlin"));
    builder.push("control.colour", Value::Str("blue"));
    out.push(&mut builder, Timestamp(3), false).expect("small");
    builder.clear();
    builder.push("message", Value::Str("no control record at all"));
    out.push(&mut builder, Timestamp(0), false).expect("small");
    let body = inspect(&out);
    assert_eq!((body.entries.len(), body.unknown, body.malformed), (2, 1, 1));
    assert_eq!(body.entries[1].offset, 2);
    assert_eq!(body.entries[0].record.op, body.entries[1].record.op);
}

fn malformed(fields: &[(&str, Value<'_>)]) -> bool {
    let mut builder = RecordBuilder::new();
    fields.iter().for_each(|(name, value)| builder.push(name, *value));
    let mut out = Records::new();
    out.push(&mut builder, Timestamp(0), false).expect("small");
    let body = inspect(&out);
    assert_eq!(read(&out), body.entries);
    body.malformed == 1
}

#[test]
fn what_breaks_the_format_is_malformed() {
    let node = key(1).to_string();
    let rename = |name| {
        malformed(&[
            ("control.kind", Value::Str("member.rename")),
            ("control.node", Value::Str(&node)),
            ("control.name", Value::Str(name)),
        ])
    };
    assert!(!rename("a-Z_0.9"));
    for name in ["", " ", "a b", "ä", "a/b", "\u{202e}x", &"x".repeat(64)] {
        assert!(rename(name), "{name:?}");
    }
    let remove = |positions: &[u8]| {
        malformed(&[
            ("control.kind", Value::Str("member.remove")),
            ("control.node", Value::Str(&node)),
            ("control.reason", Value::Str("")),
            ("control.positions", Value::Bytes(positions)),
        ])
    };
    let entry = |epoch: u8, blocks: u8| [&[epoch; 16][..], &[blocks]].concat();
    assert!(!remove(&[]) && !remove(&[entry(1, 3), entry(2, 3)].concat()));
    assert!(remove(&[entry(2, 3), entry(1, 3)].concat()), "not rising");
    assert!(remove(&[entry(1, 3), entry(1, 3)].concat()), "twice");
    assert!(remove(&entry(1, 3)[..16]) && remove(&entry(1, 0x80)), "cut off");
    let many: Vec<u8> = (0..6_145u16).flat_map(|n| [&n.to_be_bytes()[..], &[0; 14], &[1]].concat()).collect();
    assert!(remove(&many), "too many");
}

#[test]
fn a_token_without_a_sound_end_or_id_is_none() {
    let Op::CreateToken { id, hash, .. } = token(1, Role::Reader) else { panic!("a token") };
    let (id, hash) = (id.to_string(), hash.to_hex());
    let token = |id: &str, classes, expires| {
        malformed(&[
            ("control.kind", Value::Str("token.create")),
            ("control.token", Value::Str(id)),
            ("control.hash", Value::Str(&hash)),
            ("control.name", Value::Str("ci")),
            ("control.role", Value::Str("reader")),
            ("control.class_set", Value::Int(classes)),
            ("control.expires", expires),
        ])
    };
    assert!(!token(&id, 8, Value::Time(Timestamp(1))));
    assert!(token(&id, 8, Value::Null), "an end that cannot be read is not: never");
    assert!(token(&id, 256, Value::Time(Timestamp(1))));
    assert!(token("0000000000000000", 8, Value::Time(Timestamp(1))));
    assert!(token("+123456789abcdef", 8, Value::Time(Timestamp(1))));
}

#[test]
fn a_fork_that_is_not_signed_is_malformed() {
    let [a, b] = &FORKS[&(1, 0, 3)];
    let body = |lower: &[u8], upper: &[u8]| {
        malformed(&[
            ("control.kind", Value::Str("log.fork")),
            ("control.lower", Value::Bytes(lower)),
            ("control.upper", Value::Bytes(upper)),
        ])
    };
    assert!(!body(a.bytes(), b.bytes()));
    assert!(body(a.bytes(), a.bytes()));
    assert!(body(a.bytes(), FORKS[&(1, 0, 2)][0].bytes()));
    let mut unsigned = b.bytes().to_vec();
    *unsigned.last_mut().expect("a signature") ^= 1;
    assert!(body(a.bytes(), &unsigned));
}

#[test]
fn what_breaks_the_format_is_not_written_and_not_folded() {
    let bad = [
        ControlRecord { seen: vec![(log(0, 0), 1); 2], ..record(rename(1, "x")) },
        record(rename(1, "a b")),
        record(Op::Remove { node: key(1), positions: vec![(log(2, 0), 1)], reason: String::new() }),
        record(Op::Remove { node: key(1), positions: Vec::new(), reason: "x".repeat(1_025) }),
    ];
    let mut control = history(&[(0, admit(1)), (0, admit(2))]);
    for record in bad {
        let mut out = Records::new();
        assert!(write(&record, &mut out).is_err() && out.is_empty(), "{record:?}");
        assert!(!control.insert(place(0, 0, 9), record));
    }
    assert_eq!(active(&control), [0, 1, 2]);
}

#[test]
fn the_longest_removal_is_one_record() {
    let epoch = |n: u64| Epoch([&n.to_be_bytes()[..], &[0xff; 8]].concat().try_into().expect("16 bytes"));
    let positions = (0..6_144).map(|n| (LogId { node: key(1), epoch: epoch(n) }, u64::MAX)).collect();
    let seen = (0..1_024).map(|n| (LogId { node: key(1), epoch: epoch(n) }, u64::MAX)).collect();
    let op = Op::Remove { node: key(1), positions, reason: "x".repeat(1_024) };
    let record = ControlRecord { seen, ..record(op) };
    assert_eq!(read(&written(std::slice::from_ref(&record)))[0].record, record);
}

proptest! {
    #[test]
    fn damaged_bytes_are_read_without_panic(sample in 0..10usize, at in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let mut bytes = written(&samples()[sample..=sample]).bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let ends = vec![bytes.len() as u32];
        let body = inspect(&Records::from_parts(bytes, ends).expect("one record"));
        prop_assert!(body.entries.len() + body.unknown + body.malformed == 1);
    }
}
