//! Where an answer ended, in a text that a client gives back to go on.
//!
//! ```text
//! version u8 = 1 │ node 32 │ asked at i64 │ arrival u64 │ plan 8 │ rows passed u64 │ position │ check 4
//! position: 0 │ or 1 │ time i64 │ or 2 │ time i64 │ log u32 │ seq u64 │ offset u32
//! ```

use data_encoding::BASE64URL_NOPAD;
use vigil_model::{Hash, LogNumber, NodeId, Reader, Timestamp, limits};

use crate::QueryError;

const VERSION: u8 = 1;
const CHECK_DOMAIN: &str = "vigil cursor v1";
const CHECK_BYTES: usize = 4;

/// Where an answer ended. Good on the node that gave it, for the same query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Who gave it.
    pub node: NodeId,
    /// When the first page was asked for: relative times of the query mean the same on every page.
    pub asked: Timestamp,
    /// The last place in the order of arrival that counts: rows that came later are not of this answer.
    pub arrival: u64,
    /// Which query, class and times it continues.
    pub(crate) plan: [u8; 8],
    /// Rows on the pages so far.
    pub(crate) passed: u64,
    /// What comes next.
    pub(crate) position: Position,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The row that follows those passed, in an order that is computed anew.
    Counted,
    /// Events of this time or earlier.
    Upto(Timestamp),
    /// Events after this one in the order of rows.
    After {
        /// Its event time.
        time: Timestamp,
        /// Its log.
        log: LogNumber,
        /// Its block.
        seq: u64,
        /// Its record within the body.
        offset: u32,
    },
}

impl Position {
    /// No row later than this comes next.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        match self {
            Position::Counted => None,
            Position::Upto(time) | Position::After { time, .. } => Some(*time),
        }
    }
}

impl Cursor {
    /// Reads the text of [`Cursor::to_text`].
    pub fn parse(text: &str) -> Result<Cursor, QueryError> {
        if text.len() > limits::CURSOR_BYTES_MAX {
            return Err(QueryError::CursorMalformed);
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| QueryError::CursorMalformed)?;
        decode(&bytes).ok_or(QueryError::CursorMalformed)
    }

    /// One word for a URL.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.node.0);
        bytes.extend_from_slice(&self.asked.0.to_le_bytes());
        bytes.extend_from_slice(&self.arrival.to_le_bytes());
        bytes.extend_from_slice(&self.plan);
        bytes.extend_from_slice(&self.passed.to_le_bytes());
        encode_position(self.position, &mut bytes);
        bytes.extend_from_slice(&check(&bytes));
        BASE64URL_NOPAD.encode(&bytes)
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    *Hash::of(CHECK_DOMAIN, bytes).0.first_chunk().expect("a hash is longer than a check")
}

fn encode_position(position: Position, out: &mut Vec<u8>) {
    match position {
        Position::Counted => out.push(0),
        Position::Upto(time) => {
            out.push(1);
            out.extend_from_slice(&time.0.to_le_bytes());
        }
        Position::After { time, log, seq, offset } => {
            out.push(2);
            out.extend_from_slice(&time.0.to_le_bytes());
            out.extend_from_slice(&log.0.to_le_bytes());
            out.extend_from_slice(&seq.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
        }
    }
}

fn decode(bytes: &[u8]) -> Option<Cursor> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_BYTES)?)?;
    if check(body) != sum {
        return None;
    }
    let mut reader = Reader(body);
    if reader.u8()? != VERSION {
        return None;
    }
    let cursor = Cursor {
        node: NodeId(reader.array()?),
        asked: Timestamp(reader.i64()?),
        arrival: reader.u64()?,
        plan: reader.array()?,
        passed: reader.u64()?,
        position: decode_position(&mut reader)?,
    };
    reader.is_empty().then_some(cursor)
}

fn decode_position(reader: &mut Reader<'_>) -> Option<Position> {
    Some(match reader.u8()? {
        0 => Position::Counted,
        1 => Position::Upto(Timestamp(reader.i64()?)),
        2 => Position::After {
            time: Timestamp(reader.i64()?),
            log: LogNumber(reader.u32()?),
            seq: reader.u64()?,
            offset: reader.u32()?,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_written_and_no_changed_letter_passes() {
        let after = Position::After { time: Timestamp(-5), log: LogNumber(3), seq: 4, offset: 5 };
        for position in [Position::Counted, Position::Upto(Timestamp(9)), after] {
            let cursor =
                Cursor { node: NodeId([7; 32]), asked: Timestamp(1), arrival: 2, plan: [3; 8], passed: 4, position };
            let text = cursor.to_text();
            assert!(text.len() <= limits::CURSOR_BYTES_MAX);
            assert_eq!(Cursor::parse(&text), Ok(cursor));
            for at in 0..text.len() {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
                let damaged = String::from_utf8(damaged).expect("letters");
                assert_eq!(Cursor::parse(&damaged), Err(QueryError::CursorMalformed), "at {at}");
                assert!(Cursor::parse(&text[..at]).is_err());
            }
        }
    }
}
