//! Do files of the Windows event log become the events that they hold? The files are made here, token by token.

use std::collections::BTreeMap;

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;

use crate::{Outcome, decode, recipe, show};

const CHUNK_BYTES: usize = 64 * 1024;
/// 2026-08-01T12:00:00.5Z, in 100 ns since 1601.
const WRITTEN: u64 = 116_444_736_000_000_000 + 17_855_856_005_000_000;

/// A chunk in the making.
struct Chunk {
    bytes: Vec<u8>,
    names: BTreeMap<&'static str, u32>,
    template: Option<u32>,
}

impl Chunk {
    fn new() -> Chunk {
        let mut bytes = b"ElfChnk\0".to_vec();
        bytes.resize(512, 0);
        Chunk { bytes, names: BTreeMap::new(), template: None }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn u16(&mut self, number: u16) {
        self.put(&number.to_le_bytes());
    }

    fn u32(&mut self, number: usize) {
        self.put(&u32::try_from(number).expect("small").to_le_bytes());
    }

    fn patch(&mut self, at: usize, number: usize) {
        self.bytes[at..at + 4].copy_from_slice(&u32::try_from(number).expect("small").to_le_bytes());
    }

    fn wide(&mut self, text: &str) {
        self.u16(text.encode_utf16().count() as u16);
        self.put(&wide(text));
    }

    fn name(&mut self, name: &'static str) {
        if let Some(at) = self.names.get(name) {
            return self.u32(*at as usize);
        }
        let at = self.bytes.len() + 4;
        self.names.insert(name, at as u32);
        self.u32(at);
        self.put(&[0; 6]);
        self.wide(name);
        self.put(&[0; 2]);
    }

    /// `<name`, in a template or not.
    fn begin(&mut self, name: &'static str, attributes: bool, template: bool) {
        self.put(&[if attributes { 0x41 } else { 0x01 }]);
        if template {
            self.u16(0xffff);
        }
        self.u32(0);
        self.name(name);
        if attributes {
            self.u32(0);
        }
    }

    fn attribute(&mut self, name: &'static str) {
        self.put(&[0x06]);
        self.name(name);
    }

    fn gap(&mut self, number: u16) {
        self.put(&[0x0e]);
        self.u16(number);
        self.put(&[1]);
    }

    fn element_with_gap(&mut self, name: &'static str, number: u16) {
        self.begin(name, false, true);
        self.put(&[0x02]);
        self.gap(number);
        self.put(&[0x04]);
    }

    fn empty_with_gap(&mut self, name: &'static str, attribute: &'static str, number: u16) {
        self.begin(name, true, true);
        self.attribute(attribute);
        self.gap(number);
        self.put(&[0x03]);
    }

    fn template_body(&mut self) {
        self.put(&[0x0f, 1, 1, 0]);
        for name in ["Event", "System"] {
            self.begin(name, false, true);
            self.put(&[0x02]);
        }
        self.empty_with_gap("Provider", "Name", 0);
        for (name, gap) in [("EventID", 1), ("Level", 2), ("EventRecordID", 8), ("Computer", 4)] {
            self.element_with_gap(name, gap);
        }
        self.empty_with_gap("TimeCreated", "SystemTime", 3);
        self.put(&[0x04]);
        self.begin("EventData", false, true);
        self.put(&[0x02]);
        self.begin("Data", true, true);
        self.attribute("Name");
        self.put(&[0x05, 1]);
        self.wide("User Name");
        self.put(&[0x02]);
        self.gap(5);
        self.put(&[0x09]);
        self.name("amp");
        self.put(&[0x04]);
        self.element_with_gap("Data", 6);
        self.put(&[0x04]);
        self.gap(7);
        self.put(&[0x04, 0]);
    }

    /// A record by the template that all records of a chunk share.
    fn record(&mut self, id: u64, values: &[(u8, Vec<u8>)]) {
        let start = self.bytes.len();
        self.put(b"**\0\0");
        self.u32(0);
        self.put(&id.to_le_bytes());
        self.put(&WRITTEN.to_le_bytes());
        self.put(&[0x0f, 1, 1, 0, 0x0c, 1]);
        self.u32(7);
        match self.template {
            Some(at) => self.u32(at as usize),
            None => self.define(),
        }
        self.u32(values.len());
        for (kind, bytes) in values {
            self.u16(bytes.len() as u16);
            self.put(&[*kind, 0]);
        }
        values.iter().for_each(|(_, bytes)| self.put(bytes));
        self.put(&[0]);
        let length = self.bytes.len() + 4 - start;
        self.u32(length);
        self.patch(start + 4, length);
    }

    fn define(&mut self) {
        let at = self.bytes.len() + 4;
        self.template = Some(at as u32);
        self.u32(at);
        self.put(&[0; 24]);
        self.template_body();
        self.patch(at + 20, self.bytes.len() - at - 24);
    }

    fn into_bytes(mut self) -> Vec<u8> {
        self.patch(48, self.bytes.len());
        self.bytes.resize(CHUNK_BYTES, 0);
        self.bytes
    }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn file(chunks: Vec<Vec<u8>>) -> Vec<u8> {
    let mut file = b"ElfFile\0".to_vec();
    file.resize(4_096, 0);
    file[42] = chunks.len() as u8;
    file.extend(chunks.concat());
    file
}

fn values(id: u64) -> Vec<(u8, Vec<u8>)> {
    vec![
        (0x01, wide("Eventlog")),
        (0x06, 4_624_u16.to_le_bytes().to_vec()),
        (0x04, vec![2]),
        (0x11, WRITTEN.to_le_bytes().to_vec()),
        (0x01, wide("dc1")),
        (0x13, vec![1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]),
        (0x81, wide("one\0two\0")),
        (0x00, Vec::new()),
        (0x0a, id.to_le_bytes().to_vec()),
    ]
}

fn chunk(ids: std::ops::Range<u64>) -> Vec<u8> {
    let mut chunk = Chunk::new();
    ids.for_each(|id| chunk.record(id, &values(id)));
    chunk.into_bytes()
}

fn read(file: &[u8]) -> Outcome {
    decode(&recipe(Format::Evtx), &[file])
}

#[test]
fn records_of_chunks_and_of_every_kind_of_value() {
    let mut kinds = Chunk::new();
    kinds.record(3, &values(3));
    for (kind, bytes) in [
        (0x02, b"caf\xe9\0".to_vec()),
        (0x03, vec![0xff]),
        (0x07, vec![0xfe, 0xff, 0xff, 0xff]),
        (0x0c, 1.5_f64.to_le_bytes().to_vec()),
        (0x0d, vec![1, 0, 0, 0]),
        (0x0e, vec![0xca, 0xfe]),
        (0x0f, (0..16).collect()),
        (0x12, [2026_u16, 8, 6, 1, 12, 0, 0, 5].iter().flat_map(|part| part.to_le_bytes()).collect()),
        (0x15, 255_u64.to_le_bytes().to_vec()),
        (0x87, [1_i32, -2].iter().flat_map(|part| part.to_le_bytes()).collect()),
        (0x0a, vec![1, 2]),
    ] {
        let mut values = values(4);
        values[5] = (kind, bytes);
        values[6] = (0, Vec::new());
        kinds.record(4, &values);
    }
    let body = file(vec![chunk(1..3), vec![0; CHUNK_BYTES], kinds.into_bytes()]);
    expect![[r#"
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str("one"), "Data_2": Str("two"), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(1), "SourceName": Str("Eventlog"), "UserName": Str("S-1-5-32-544&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str("one"), "Data_2": Str("two"), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(2), "SourceName": Str("Eventlog"), "UserName": Str("S-1-5-32-544&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str("one"), "Data_2": Str("two"), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(3), "SourceName": Str("Eventlog"), "UserName": Str("S-1-5-32-544&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("café&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("-1&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("-2&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("1.5&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("true&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("CAFE&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("{03020100-0504-0706-0809-0a0b0c0d0e0f}&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("2026-08-01T12:00:00.005Z&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("0xff&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("1"), "UserName_2": Str("-2&"), "host.name": Str("dc1"), "level": Str("error")}
        2026-08-01T12:00:00.5Z {"Computer": Str("dc1"), "Data": Str(""), "EventID": Int(4624), "Level": Int(2), "Provider_Name": Str("Eventlog"), "RecordNumber": Int(4), "SourceName": Str("Eventlog"), "UserName": Str("0102&"), "host.name": Str("dc1"), "level": Str("error")}
    "#]].assert_eq(&show(&recipe(Format::Evtx), &body));
    assert_eq!(show(&recipe(Format::Detect), &body), show(&recipe(Format::Evtx), &body), "by content");
}

#[test]
fn damage_costs_a_record_or_a_chunk() {
    let whole = file(vec![chunk(1..5), chunk(5..7)]);
    let second = 4_096 + 512 + u32::from_le_bytes(whole[4_096 + 516..4_096 + 520].try_into().expect("four")) as usize;
    let mut torn = whole.clone();
    torn[second] = b'x';
    let mut foreign = whole.clone();
    foreign[4_096] = b'x';
    let mut token = whole.clone();
    token[second + 28] = 0x3f;
    let cut = &whole[..4_096 + CHUNK_BYTES + 1_000];
    let shown: Vec<String> = [torn.as_slice(), foreign.as_slice(), token.as_slice(), cut, b"text", b""]
        .iter()
        .map(|body| {
            let outcome = read(body);
            let reasons = outcome.rejects.named().iter().map(|reject| format!("; {}: {}", reject.line, reject.reason));
            format!("{} events{}", outcome.accepted, reasons.collect::<String>())
        })
        .collect();
    expect![[r#"
        5 events; 2: expected a record at byte 5340 of the body; the entry is lost, reading goes on behind it
        2 events; 1: expected a chunk at byte 4096 of the body; the entry is lost, reading goes on behind it
        5 events; 2: the record cannot be read: a token is unknown
        4 events; 5: expected a record at byte 70144 of the body; the entry is lost, reading goes on behind it; 6: the body ends at byte 70632 before the end of a block; it may have been cut off
        0 events; 1: expected a file of the Windows event log at byte 0 of the body; nothing after it was read
        0 events"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn a_template_inside_of_itself_ends() {
    let mut chunk = Chunk::new();
    chunk.record(1, &values(1));
    let template = chunk.template.expect("defined");
    // A fragment that is the same template again, with no values: its gaps are empty.
    let mut inner = vec![0x0c, 1, 7, 0, 0, 0];
    inner.extend(template.to_le_bytes());
    inner.extend([0; 4]);
    let mut values = values(2);
    values[7] = (0x21, inner);
    chunk.record(2, &values);
    assert_eq!(read(&file(vec![chunk.into_bytes()])).accepted, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cuts_do_not_matter(size in 1..9_000usize, cut in 0..150_000usize) {
        let body = file(vec![chunk(1..5), chunk(5..60)]);
        let body = &body[..cut.min(body.len())];
        let chunks: Vec<_> = body.chunks(size).collect();
        prop_assert_eq!(decode(&recipe(Format::Evtx), &chunks), read(body));
    }

    #[test]
    fn no_damage_is_a_panic(damage in prop::collection::vec((0..4_000usize, any::<u8>()), 1..20)) {
        let mut body = file(vec![chunk(1..5)]);
        damage.iter().for_each(|(at, byte)| body[4_096 + at] = *byte);
        let outcome = read(&body);
        prop_assert!(outcome.accepted + outcome.rejects.count() >= 1);
    }
}
