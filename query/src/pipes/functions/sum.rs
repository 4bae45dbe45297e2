//! `sum(field)`: the sum of the numbers in a field.

use super::Syntax;
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax { name: "sum", function: Function::Sum, needs_field: true };
