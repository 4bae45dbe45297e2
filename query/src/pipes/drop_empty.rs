//! `drop_empty_fields`: leaves out the fields of each row in which nothing is.

use std::fmt;

use super::Syntax;
use crate::Pipe;

pub(super) const SYNTAX: Syntax = Syntax::one(&["drop_empty_fields"], |_| Ok(Pipe::DropEmpty));

pub(super) fn write(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("drop_empty_fields")
}
