//! `ipv4_range(10.0.0.0/8)`, `ip_range(fe80::/10)`: which addresses?

use std::net::{IpAddr, Ipv6Addr};

use super::{Argument, Call, Syntax};
use crate::error::shown;
use crate::parse::value::about;
use crate::parse::{Parser, Result};
use crate::{FieldTest, Filter, IpRange};

pub(super) const V4: Syntax = Syntax {
    names: &["ipv4_range"],
    opens: "(",
    example: "ipv4_range(10.0.0.0/8), or ipv4_range(10.0.0.1, 10.0.0.9)",
    read: |parser, call| read(parser, call, true),
};

pub(super) const ALL: Syntax = Syntax {
    names: &["ip_range", "ipv6_range"],
    opens: "(",
    example: "ip_range(fe80::/10), or ip_range(10.0.0.1, 10.0.0.9)",
    read: |parser, call| read(parser, call, false),
};

fn read(parser: &mut Parser<'_>, call: &Call<'_>, v4: bool) -> Result<Filter> {
    let arguments = parser.filter_arguments(call)?;
    let range = match arguments.as_slice() {
        [one] => block(call, one, v4)?,
        [first, last] => between(call, first, last, v4)?,
        _ => return call.fail(parser.since(call.start), format!("`{}` takes a block or two addresses", call.name())),
    };
    if range.first > range.last {
        return call.fail(parser.since(call.start), "this range ends before it begins");
    }
    Ok(about(call.field(), FieldTest::IpRange(range)))
}

/// `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, or a single address.
fn block(call: &Call<'_>, argument: &Argument, v4: bool) -> Result<IpRange> {
    let (text, span) = argument;
    if let Some((first, last)) = text.split_once('-') {
        return between(call, &(first.to_owned(), span.clone()), &(last.to_owned(), span.clone()), v4);
    }
    let Some((base, bits)) = text.split_once('/') else {
        let (address, _) = address(call, argument, v4)?;
        return Ok(IpRange { first: address, last: address });
    };
    let (base, longest) = address(call, &(base.to_owned(), span.clone()), v4)?;
    let bits = bits.parse::<u32>().ok().filter(|given| *given <= longest && !bits.starts_with('+'));
    let Some(bits) = bits else {
        return call.fail(span.clone(), format!("the length of this prefix is no number from 0 to {longest}"));
    };
    let host = u128::MAX.checked_shr(128 - longest + bits).unwrap_or(0);
    let base = base.to_bits();
    Ok(IpRange { first: Ipv6Addr::from_bits(base & !host), last: Ipv6Addr::from_bits(base | host) })
}

fn between(call: &Call<'_>, first: &Argument, last: &Argument, v4: bool) -> Result<IpRange> {
    let (first, first_bits) = address(call, first, v4)?;
    let (last_address, last_bits) = address(call, last, v4)?;
    if first_bits != last_bits {
        return call.fail(last.1.clone(), "both ends are of IPv4, or both of IPv6");
    }
    Ok(IpRange { first, last: last_address })
}

/// The address, and how many bits one of its kind has.
fn address(call: &Call<'_>, (text, span): &Argument, v4: bool) -> Result<(Ipv6Addr, u32)> {
    match text.parse() {
        Ok(IpAddr::V4(address)) => Ok((address.to_ipv6_mapped(), 32)),
        Ok(IpAddr::V6(address)) if !v4 => Ok((address, 128)),
        _ => {
            let kind = if v4 { "IPv4 " } else { "IP " };
            call.fail(span.clone(), format!("`{}` is no {kind}address", shown(text)))
        }
    }
}
