//! `avg(field)`: the mean of the numbers in a field.

use super::Syntax;
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax { name: "avg", function: Function::Avg, needs_field: true };
