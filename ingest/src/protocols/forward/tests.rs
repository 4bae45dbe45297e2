//! Are messages of the forward protocol read as Fluentd and Fluent Bit write them?

use proptest::prelude::*;
use vigil_model::limits::FORWARD_MESSAGE_BYTES_MAX;
use vigil_model::{Record, Timestamp};

use super::{Broken, Message, Messages, Packing, Ping, digest, helo, pong};
use crate::{Batch, Format, Recipe, Writer};

const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

fn text(text: &str) -> Vec<u8> {
    assert!(text.len() < 32);
    [&[0xa0 | text.len() as u8], text.as_bytes()].concat()
}

/// `{"log": line, "n": 7, "k": {"pod": ["a", {"b": 1.5}]}}`
fn record(line: &str) -> Vec<u8> {
    let nested = [&[0x81][..], &text("pod"), &[0x92], &text("a"), &[0x81], &text("b"), &[0xca, 0x3f, 0xc0, 0, 0]];
    [&[0x83][..], &text("log"), &text(line), &text("n"), &[7], &text("k"), &nested.concat()].concat()
}

fn event_time(seconds: u32, nanos: u32) -> Vec<u8> {
    [&[0xd7, 0][..], &seconds.to_be_bytes(), &nanos.to_be_bytes()].concat()
}

fn unpack(packing: Packing, _: &[u8]) -> Result<Vec<u8>, String> {
    match packing {
        Packing::Gzip => Ok([&[0x92][..], &event_time(1, 2), &record("packed")].concat()),
        Packing::Zstd => Err("no zstd here".to_owned()),
    }
}

fn shown(records: &[Record<'_>]) -> String {
    let line = |record: &Record<'_>| {
        let fields: String = record.fields().map(|(name, value)| format!(" {name}={value:?}")).collect();
        format!("{}{}{fields}\n", record.time().0, if record.time_assumed() { "?" } else { "" })
    };
    records.iter().map(line).collect()
}

/// The events, refusals, and the answer of one message.
fn read(bytes: &[u8]) -> Result<(String, Option<Vec<u8>>), Broken> {
    let mut writer = Writer::new(Recipe { format: Format::Lines, ..Recipe::default() });
    let mut out = Batch::new();
    let Some(mut message) = Message::read(bytes, &unpack)? else { return Ok(("heartbeat".to_owned(), None)) };
    while message.events(&mut writer, NOW, &mut out) {}
    let chunks = out.take_rest();
    let records: Vec<Record<'_>> = chunks.iter().flat_map(|chunk| chunk.iter().flatten()).collect();
    let rejects: String = out.rejects().named().iter().map(|reject| format!("! {}\n", reject.reason)).collect();
    Ok((shown(&records) + &rejects, message.ack()))
}

#[test]
fn every_mode_gives_the_same_event() {
    let entry = [event_time(1, 2), record("one")].concat();
    let dated = [&[0x92][..], &event_time(1, 2), &[0x81], &text("m"), &[1]].concat();
    let modes = [
        [&[0x93][..], &text("app"), &entry].concat(),
        [&[0x92][..], &text("app"), &[0x91, 0x92], &entry].concat(),
        [&[0x93][..], &text("app"), &[0xc4, entry.len() as u8 + 1, 0x92], &entry, &[0x80]].concat(),
    ];
    for mode in modes {
        let (events, ack) = read(&mode).expect("a message");
        expect_test::expect![[r#"
            1000000002 k.pod=List([Str("a"), Str("{\"b\":1.5}")]) message=Str("one") n=Int(7) tag=Str("app")
        "#]]
        .assert_eq(&events);
        assert_eq!(ack, None);
    }
    let forms = [
        [&[0x93][..], &text("app"), &dated, &record("dated")].concat(),
        [&[0x92][..], &text("app"), &[0x91, 0x92], &dated, &record("dated")].concat(),
    ];
    for form in forms {
        let (events, _) = read(&form).expect("a message");
        expect_test::expect![[r#"
            1000000002 k.pod=List([Str("a"), Str("{\"b\":1.5}")]) message=Str("dated") metadata.m=Int(1) n=Int(7) tag=Str("app")
        "#]]
        .assert_eq(&events);
    }
    let packed = [&[0x92][..], &text("app"), &[0xc4, 3, 0x1f, 0x8b, 8]].concat();
    assert!(read(&packed).expect("a message").0.contains("message=Str(\"packed\")"));
}

#[test]
fn an_answer_repeats_the_name_of_the_chunk() {
    let options = [&[0x82][..], &text("size"), &[1], &text("chunk"), &text("p8n9")].concat();
    let message = [&[0x93][..], &text("app"), &[0x90], &options].concat();
    let expected = [&[0x81, 0xd9, 3][..], b"ack", &text("p8n9")].concat();
    assert_eq!(read(&message), Ok((String::new(), Some(expected))));
    assert_eq!(read(&[0xc0]), Ok(("heartbeat".to_owned(), None)));
}

#[test]
fn what_is_wrong_costs_itself_only() {
    let good = [&[0x92][..], &[5], &record("good")].concat();
    let list = [&[0x92][..], &text("t"), &[0x93], &good, &[0x91, 1], &good].concat();
    let (events, _) = read(&list).expect("a message");
    assert_eq!(events.matches("message=Str(\"good\")").count(), 2, "{events}");
    assert!(events.ends_with("! an entry is not `[time, record]`\n"), "{events}");
    let cut = [&[0x92][..], &text("t"), &[0xc4, good.len() as u8 + 3], &good, &[0x92, 1, 0x82]].concat();
    let (events, _) = read(&cut).expect("a message");
    assert_eq!(events.lines().count(), 2, "{events}");
    assert!(events.ends_with("! the entries are cut off\n"), "{events}");
    let zstd = [&[0x92][..], &text("app"), &[0xc4, 4, 0x28, 0xb5, 0x2f, 0xfd]].concat();
    assert_eq!(read(&zstd), Err(Broken::Packed("no zstd here".to_owned())));
    let metrics = [&[0x93][..], &text("m"), &[0x90, 0x81], &text("fluent_signal"), &[1]].concat();
    assert!(matches!(read(&metrics), Err(Broken::Form(why)) if why.contains("metrics")));
}

#[test]
fn a_tag_of_the_record_stays_and_numbers_beyond_i64_are_kept() {
    let record = [&[0x82][..], &text("tag"), &text("own"), &text("big"), &[0xcf], &[255; 8]].concat();
    let (events, _) = read(&[&[0x93][..], &text("app"), &[5], &record].concat()).expect("a message");
    assert_eq!(events, "5000000000 big=Str(\"18446744073709551615\") forward.tag=Str(\"app\") tag=Str(\"own\")\n");
}

#[test]
fn a_key_is_proved_by_both_sides() {
    let proof = digest(b"salt", b"client", b"nonce", "secret");
    let ping = |proof: &str| {
        let texts = [text("client"), text("salt"), [&[0xd9, 128][..], proof.as_bytes()].concat(), text(""), text("")];
        Ping::read(&[&[0x96][..], &text("PING"), &texts.concat()].concat()).expect("a ping")
    };
    assert!(ping(&proof).knows(b"nonce", "secret"));
    assert!(!ping(&proof).knows(b"other", "secret") && !ping(&proof).knows(b"nonce", "other"));
    assert!(!ping(&"0".repeat(128)).knows(b"nonce", "secret"));
    assert!(helo(b"nonce").starts_with(b"\x92\xd9\x04HELO\x83"));
    let answer = pong(Some(&ping(&proof)), "vigil", b"nonce", "secret");
    let theirs = digest(b"salt", b"vigil", b"nonce", "secret");
    assert!(answer.ends_with(theirs.as_bytes()));
    assert!(!pong(None, "vigil", b"nonce", "secret").windows(128).any(|window| window == theirs.as_bytes()));
}

#[test]
fn a_message_without_end_is_refused_by_what_it_announces() {
    let announced = [&[0x92][..], &text("t"), &[0xc6], &(FORWARD_MESSAGE_BYTES_MAX as u32).to_be_bytes()].concat();
    assert_eq!(Messages::default().next(&announced), Err(Broken::TooLong));
    assert_eq!(Messages::default().next(b"\xc1"), Err(Broken::NotMsgpack));
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = Ping::read(&bytes);
    }

    #[test]
    fn damage_is_an_event_or_is_told(at in 0..100usize, byte: u8) {
        let entry = [event_time(1, 2), record("one")].concat();
        let mut message = [&[0x92][..], &text("app"), &[0x92, 0x92], &entry, &[0x92], &entry].concat();
        let at = at % message.len();
        message[at] = byte;
        let mut messages = Messages::default();
        if let Ok(Some(end)) = messages.next(&message) {
            let _ = read(&message[..end]);
        }
    }
}
