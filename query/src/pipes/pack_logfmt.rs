//! `pack_logfmt fields (a, b) as all`: fields put into a list of `name=value`.

use std::fmt;

use super::{Syntax, pack};
use crate::parse::{Parser, Result};
use crate::{Pack, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["pack_logfmt"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    pack::parse(parser).map(Pipe::PackLogfmt)
}

pub(super) fn write(pack: &Pack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    pack::write("pack_logfmt", pack, f)
}
