//! Do the ways in that other programs know answer as those programs expect?

mod grpc;
mod hec;
mod journald;
mod otlp;

/// A length-delimited field of protobuf, shorter than 128 bytes.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("short");
    assert!(length < 128, "its length is one byte");
    [&[number << 3 | 2, length][..], bytes].concat()
}

/// An `ExportLogsServiceRequest` with these messages.
pub(crate) fn request(messages: &[&str]) -> Vec<u8> {
    let record = |message: &&str| field(2, &field(5, &field(1, message.as_bytes())));
    let records: Vec<u8> = messages.iter().flat_map(record).collect();
    field(1, &field(2, &records))
}

/// The same with a record that cannot be read in front.
pub(crate) fn with_a_bad_one(messages: &[&str]) -> Vec<u8> {
    let record = |message: &&str| field(2, &field(5, &field(1, message.as_bytes())));
    let records: Vec<u8> = messages.iter().flat_map(record).collect();
    field(1, &field(2, &[&b"\x12\x02\x18\x01"[..], &records].concat()))
}
