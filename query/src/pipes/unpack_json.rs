//! `unpack_json from message`: fields out of a JSON object.

use std::fmt;

use super::{Syntax, unpack};
use crate::parse::{Parser, Result};
use crate::{Pipe, Unpack};

pub(super) const SYNTAX: Syntax = Syntax::one(&["unpack_json"], parse);

fn parse(parser: &mut Parser<'_>) -> Result<Pipe> {
    unpack::parse(parser).map(Pipe::UnpackJson)
}

pub(super) fn write(unpack: &Unpack, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    unpack::write("unpack_json", unpack, f)
}
