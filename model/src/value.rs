//! What a field can hold, and how a value is laid out in bytes.

use std::fmt;

use crate::codec::{Reader, put_varint};
use crate::limits::NESTING_MAX;
use crate::time::Timestamp;

/// A field's value, borrowed from its record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Known to be nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number; never NaN in JSON, but kept whatever its bits are.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A point in time.
    Time(Timestamp),
    /// Values in order.
    List(List<'a>),
}

/// Values in order, still encoded.
#[derive(Clone, Copy, PartialEq)]
pub struct List<'a> {
    /// The items one after another, each a tag and its value.
    pub(crate) items: &'a [u8],
}

pub(crate) mod tag {
    //! The byte before each value. Numbers are for ever.
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const INT: u8 = 3;
    pub(crate) const FLOAT: u8 = 4;
    pub(crate) const STR: u8 = 5;
    pub(crate) const BYTES: u8 = 6;
    pub(crate) const TIME: u8 = 7;
    pub(crate) const LIST: u8 = 8;
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

impl<'a> Value<'a> {
    /// Appends tag and value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Value::Null => out.push(tag::NULL),
            Value::Bool(false) => out.push(tag::FALSE),
            Value::Bool(true) => out.push(tag::TRUE),
            Value::Int(value) => {
                out.push(tag::INT);
                put_varint(out, zigzag(value));
            }
            Value::Float(value) => {
                out.push(tag::FLOAT);
                out.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Value::Str(text) => put_sized(out, tag::STR, text.as_bytes()),
            Value::Bytes(bytes) => put_sized(out, tag::BYTES, bytes),
            Value::Time(time) => {
                out.push(tag::TIME);
                out.extend_from_slice(&time.0.to_le_bytes());
            }
            Value::List(list) => put_sized(out, tag::LIST, list.items),
        }
    }

    /// Reads tag and value. `None` when the bytes are no value.
    #[inline]
    pub fn decode(reader: &mut Reader<'a>) -> Option<Value<'a>> {
        Some(match reader.u8()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(unzigzag(reader.varint()?)),
            tag::FLOAT => Value::Float(f64::from_bits(reader.u64()?)),
            tag::STR => Value::Str(std::str::from_utf8(reader.sized()?).ok()?),
            tag::BYTES => Value::Bytes(reader.sized()?),
            tag::TIME => Value::Time(Timestamp(reader.i64()?)),
            tag::LIST => Value::List(List { items: reader.sized()? }),
            _ => return None,
        })
    }

    /// Steps over tag and value without looking inside: what a search for another field does.
    #[inline]
    pub(crate) fn skip(reader: &mut Reader<'a>) -> Option<()> {
        match reader.u8()? {
            tag::NULL | tag::FALSE | tag::TRUE => {}
            tag::INT => {
                reader.varint()?;
            }
            tag::FLOAT | tag::TIME => {
                reader.take(8)?;
            }
            tag::STR | tag::BYTES | tag::LIST => {
                reader.sized()?;
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether every nested item is well formed and not nested too deeply.
    pub(crate) fn is_sound(&self, depth: usize) -> bool {
        let Value::List(list) = self else { return true };
        if depth >= NESTING_MAX {
            return false;
        }
        let mut reader = Reader(list.items);
        while !reader.is_empty() {
            match Value::decode(&mut reader) {
                Some(item) if item.is_sound(depth + 1) => {}
                _ => return false,
            }
        }
        true
    }

    /// The text, when the value is text.
    pub fn as_str(&self) -> Option<&'a str> {
        match *self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

fn put_sized(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The text that words are matched against and tables show; strings stand for themselves,
/// lists are joined by `, `, bytes are hexadecimal, null is empty.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(value) => write!(f, "{value}"),
            Value::Str(text) => f.write_str(text),
            Value::Bytes(bytes) => f.write_str(&data_encoding::HEXLOWER.encode(bytes)),
            Value::Time(time) => write!(f, "{time}"),
            Value::List(list) => {
                for (n, item) in list.iter().enumerate() {
                    if n > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}

impl<'a> List<'a> {
    /// A list from items that were encoded one after another with [`Value::encode`].
    pub fn from_encoded(items: &'a [u8]) -> List<'a> {
        List { items }
    }

    /// The items as they were encoded, one after another.
    pub fn encoded(&self) -> &'a [u8] {
        self.items
    }

    /// The items; ends early at bytes that are no value.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut reader = Reader(self.items);
        std::iter::from_fn(move || if reader.is_empty() { None } else { Value::decode(&mut reader) })
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
