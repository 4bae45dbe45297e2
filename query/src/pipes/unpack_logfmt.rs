//! `unpack_logfmt from message`: fields out of a list of `name=value`.

use std::fmt;

use super::{Syntax, unpack};
use crate::parse::{Parser, Result};
use crate::{Pipe, Unpack};

pub(super) const SYNTAX: Syntax = Syntax::one(&["unpack_logfmt"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    unpack::parse(parser).map(Pipe::UnpackLogfmt)
}

pub(super) fn write(unpack: &Unpack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    unpack::write("unpack_logfmt", unpack, f)
}
