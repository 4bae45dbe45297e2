//! `field_names`: which fields there are, and how often.

use std::fmt;

use super::Syntax;
use crate::Pipe;

pub(super) const SYNTAX: Syntax = Syntax::one(&["field_names"], |_| Ok(Pipe::FieldNames));

pub(super) fn write(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("field_names")
}
