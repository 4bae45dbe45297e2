//! `unpack_syslog from message`: fields out of a syslog message.

use std::fmt;

use super::{Syntax, unpack};
use crate::parse::{Parser, Result};
use crate::{Pipe, Unpack};

pub(super) const SYNTAX: Syntax = Syntax::one(&["unpack_syslog"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    unpack::parse(parser).map(Pipe::UnpackSyslog)
}

pub(super) fn write(unpack: &Unpack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    unpack::write("unpack_syslog", unpack, f)
}
