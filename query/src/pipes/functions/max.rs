//! `max(field)`: the greatest value of a field.

use super::Syntax;
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax { name: "max", function: Function::Max, needs_field: true };
