//! What of a value counts beside its text: its type, its length, the address or the time that it means.

use std::net::{IpAddr, Ipv6Addr};

use vigil_model::{Timestamp, Value};

use super::compare::time_of;
use super::text::with_text;
use crate::IpRange;

/// The types that a value can have, as a query names them.
pub(crate) const TYPES: [&str; 8] = ["null", "bool", "int", "float", "string", "bytes", "time", "list"];

/// The type of a value, one of [`TYPES`].
pub(super) fn type_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Time(_) => "time",
        Value::List(_) => "list",
    }
}

/// Whether the text of the value has from `low` to `high` characters.
pub(super) fn has_length(value: &Value<'_>, low: u64, high: u64) -> bool {
    with_text(value, |text| {
        // A character has one to four bytes, so most texts are decided without counting.
        let bytes = text.len() as u64;
        if text.is_empty() || bytes < low || bytes.div_ceil(4) > high {
            return false;
        }
        let chars = text.chars().count() as u64;
        low <= chars && chars <= high
    })
}

/// Whether the text of the value is an address of the range.
pub(super) fn is_address_in(value: &Value<'_>, range: &IpRange) -> bool {
    let address = match value {
        Value::Str(text) => address(text),
        // No number, time or the like is written as an address; bytes are in hexadecimal.
        _ => None,
    };
    address.is_some_and(|address| range.first <= address && address <= range.last)
}

fn address(text: &str) -> Option<Ipv6Addr> {
    match text.parse().ok()? {
        IpAddr::V4(address) => Some(address.to_ipv6_mapped()),
        IpAddr::V6(address) => Some(address),
    }
}

/// Whether the value is a time whose time of day, on a clock that is `offset` ahead, lies within `from..to`.
pub(super) fn is_in_day(value: &Value<'_>, from: i64, to: i64, offset: i64) -> bool {
    time_of(value).is_some_and(|time| {
        let since_midnight = moved(time, offset).rem_euclid(i128::from(Timestamp::DAY));
        i128::from(from) <= since_midnight && since_midnight < i128::from(to)
    })
}

/// Whether the value is a time whose day of the week, on a clock that is `offset` ahead, lies within `from..=to`.
pub(super) fn is_in_week(value: &Value<'_>, from: u8, to: u8, offset: i64) -> bool {
    /// The first of January 1970 was a Thursday.
    const FIRST_DAY: i128 = 4;
    time_of(value).is_some_and(|time| {
        let days = moved(time, offset).div_euclid(i128::from(Timestamp::DAY));
        let day = (days + FIRST_DAY).rem_euclid(7);
        i128::from(from) <= day && day <= i128::from(to)
    })
}

fn moved(time: Timestamp, offset: i64) -> i128 {
    i128::from(time.0) + i128::from(offset)
}
