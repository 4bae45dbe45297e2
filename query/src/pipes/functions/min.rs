//! `min(field)`: the least value of a field.

use super::Syntax;
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax { name: "min", function: Function::Min, needs_field: true };
