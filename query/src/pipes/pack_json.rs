//! `pack_json fields (a, b) as all`: fields put into a JSON object.

use std::fmt;

use super::{Syntax, pack};
use crate::parse::{Parser, Result};
use crate::{Pack, Pipe};

pub(super) const SYNTAX: Syntax = Syntax::one(&["pack_json"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    pack::parse(parser).map(Pipe::PackJson)
}

pub(super) fn write(pack: &Pack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    pack::write("pack_json", pack, f)
}
