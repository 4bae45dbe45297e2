//! How values of a record are written as text: as Windows writes them in XML.

use std::fmt::Write;

use vigil_model::Timestamp;

use super::cursor::utf16;

/// A list of values of the kind that the other bits say.
const LIST: u8 = 0x80;
/// 100 ns from 1601 to 1970.
const EPOCH: i64 = 116_444_736_000_000_000;

/// A value: what kind, and its bytes.
#[derive(Clone, Copy)]
pub(super) struct Part<'c> {
    pub(super) kind: u8,
    pub(super) bytes: &'c [u8],
}

impl Part<'_> {
    /// Whether it is a fragment of XML.
    pub(super) fn is_fragment(&self) -> bool {
        self.kind == 0x21
    }

    /// Its texts: one, unless it is a list.
    pub(super) fn texts(&self) -> Vec<String> {
        let kind = self.kind & !LIST;
        if self.kind & LIST == 0 {
            return vec![scalar(kind, self.bytes)];
        }
        match (kind, size(kind)) {
            (1, _) => wide_texts(self.bytes),
            (_, Some(size)) => self.bytes.chunks(size).map(|bytes| scalar(kind, bytes)).collect(),
            _ => vec![hex(self.bytes)],
        }
    }
}

/// Texts of UTF-16, each ended by a zero.
fn wide_texts(bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.chunks_exact(2).position(|unit| unit == [0, 0]) {
        texts.push(utf16(&rest[..2 * end]));
        rest = &rest[2 * end + 2..];
    }
    if !rest.is_empty() {
        texts.push(utf16(rest));
    }
    texts
}

/// Bytes of one value of a kind, where all have the same number.
fn size(kind: u8) -> Option<usize> {
    Some(match kind {
        3 | 4 => 1,
        5 | 6 => 2,
        7 | 8 | 11 | 13 | 20 => 4,
        9 | 10 | 12 | 17 | 21 => 8,
        15 | 18 => 16,
        _ => return None,
    })
}

/// One value. Bytes that are too few for their kind are shown as bytes.
fn scalar(kind: u8, bytes: &[u8]) -> String {
    number(kind, bytes).unwrap_or_else(|| match kind {
        0 => String::new(),
        1 => utf16(bytes),
        // Texts of an old code page: mostly Western, in which bytes are the same letters.
        2 => bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect(),
        15 => guid(bytes),
        18 => system_time(bytes),
        19 => sid(bytes),
        _ => hex(bytes),
    })
}

fn number(kind: u8, bytes: &[u8]) -> Option<String> {
    let two = || bytes.first_chunk().copied();
    let four = || bytes.first_chunk().copied();
    let eight = || bytes.first_chunk().copied();
    Some(match kind {
        3 => (*bytes.first()? as i8).to_string(),
        4 => bytes.first()?.to_string(),
        5 => i16::from_le_bytes(two()?).to_string(),
        6 => u16::from_le_bytes(two()?).to_string(),
        7 => i32::from_le_bytes(four()?).to_string(),
        8 => u32::from_le_bytes(four()?).to_string(),
        9 => i64::from_le_bytes(eight()?).to_string(),
        10 => u64::from_le_bytes(eight()?).to_string(),
        11 => f32::from_le_bytes(four()?).to_string(),
        12 => f64::from_le_bytes(eight()?).to_string(),
        13 => match u32::from_le_bytes(four()?) {
            0 => "false".to_owned(),
            1 => "true".to_owned(),
            other => other.to_string(),
        },
        16 | 20 | 21 => match eight() {
            Some(bytes) => format!("{:#x}", u64::from_le_bytes(bytes)),
            None => format!("{:#x}", u32::from_le_bytes(four()?)),
        },
        17 => {
            let time = u64::from_le_bytes(eight()?);
            let known = file_time(time).and_then(|time| jiff::Timestamp::from_nanosecond(time.0.into()).ok());
            known.map_or_else(|| time.to_string(), |time| time.to_string())
        }
        _ => return None,
    })
}

/// A time of Windows, 100 ns since 1601; `None` where it is out of range.
pub(super) fn file_time(time: u64) -> Option<Timestamp> {
    let since = i64::try_from(time).ok()?.checked_sub(EPOCH)?;
    since.checked_mul(100).map(Timestamp)
}

fn guid(bytes: &[u8]) -> String {
    let Some(b) = bytes.first_chunk::<16>() else { return hex(bytes) };
    let first = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let (second, third) = (u16::from_le_bytes([b[4], b[5]]), u16::from_le_bytes([b[6], b[7]]));
    let mut out = format!("{{{first:08x}-{second:04x}-{third:04x}-{:02x}{:02x}-", b[8], b[9]);
    b[10..].iter().for_each(|byte| put(&mut out, format_args!("{byte:02x}")));
    out.push('}');
    out
}

/// Year, month, day of the week, day, hour, minute, second, millisecond.
fn system_time(bytes: &[u8]) -> String {
    let Some(b) = bytes.first_chunk::<16>() else { return hex(bytes) };
    let part = |n: usize| u16::from_le_bytes([b[2 * n], b[2 * n + 1]]);
    let (year, month, day) = (part(0), part(1), part(3));
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z", part(4), part(5), part(6), part(7))
}

/// `S-1-5-21-…`: version, number of parts, authority, parts.
fn sid(bytes: &[u8]) -> String {
    let (Some(head), Some(parts)) = (bytes.first_chunk::<8>(), bytes.get(8..)) else { return hex(bytes) };
    if parts.len() != 4 * usize::from(head[1]) {
        return hex(bytes);
    }
    let authority = head[2..].iter().fold(0_u64, |whole, byte| whole << 8 | u64::from(*byte));
    let mut out = format!("S-{}-{authority}", head[0]);
    for part in parts.chunks_exact(4) {
        put(&mut out, format_args!("-{}", u32::from_le_bytes([part[0], part[1], part[2], part[3]])));
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXUPPER.encode(bytes)
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes everything");
}
