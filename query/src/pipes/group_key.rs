//! `_time:5m offset 1h`, `size:10KB`, `ip:/24`: a field, and how its values are cut into buckets.

use std::fmt;
use std::ops::Range;

use super::Name;
use super::numbers::Duration;
use crate::error::shown;
use crate::filter::TIME_FIELD;
use crate::parse::{Parser, Result, ends_name};
use crate::{Bucket, GroupKey};

/// Bits of an IPv4 address.
const IP_BITS_MAX: u8 = 32;

pub(super) fn parse(parser: &mut Parser<'_>) -> Result<GroupKey> {
    let field = parser.name("the name of a field to group by")?;
    let bucket = if parser.eat(":") { Some(bucket(&field, parser)?) } else { None };
    Ok(GroupKey { field, bucket })
}

fn bucket(field: &str, parser: &mut Parser<'_>) -> Result<Bucket> {
    parser.skip_space();
    let start = parser.at;
    if field == TIME_FIELD {
        let width = parser.duration("the width of a bucket")?;
        let offset = if parser.eat_word("offset") { parser.duration("where buckets begin")? } else { 0 };
        return match width {
            1.. => Ok(Bucket::Time { width, offset }),
            _ => too_narrow(parser.since(start), parser),
        };
    }
    if parser.peek() == Some('/') {
        return ip(start, parser);
    }
    let width = parser.number("the width of a bucket")?;
    let offset = if parser.eat_word("offset") { parser.number("where buckets begin")? } else { 0.0 };
    if width > 0.0 { Ok(Bucket::Number { width, offset }) } else { too_narrow(parser.since(start), parser) }
}

fn too_narrow<T>(span: Range<usize>, parser: &Parser<'_>) -> Result<T> {
    parser.fail(span, "a bucket is wider than 0", "write by (_time:5m) or by (size:10KB)")
}

fn ip(start: usize, parser: &mut Parser<'_>) -> Result<Bucket> {
    let text = parser.run(ends_name);
    match text[1..].parse().ok().filter(|bits| *bits <= IP_BITS_MAX && !text.contains('+')) {
        Some(bits) => Ok(Bucket::Ip(bits)),
        None => {
            let message = format!("`{}` is no prefix of an address", shown(text));
            parser.fail(parser.since(start), message, "write how many bits count, 0 to 32: by (ip:/24)")
        }
    }
}

pub(super) fn write(key: &GroupKey, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", Name(&key.field))?;
    match key.bucket {
        None => Ok(()),
        Some(Bucket::Time { width, offset: 0 }) => write!(f, ":{}", Duration(width)),
        Some(Bucket::Time { width, offset }) => write!(f, ":{} offset {}", Duration(width), Duration(offset)),
        Some(Bucket::Number { width, offset: 0.0 }) => write!(f, ":{width}"),
        Some(Bucket::Number { width, offset }) => write!(f, ":{width} offset {offset}"),
        Some(Bucket::Ip(bits)) => write!(f, ":/{bits}"),
    }
}
