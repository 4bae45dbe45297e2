//! `sum(field)`: the sum of the numbers in a field.

use super::Syntax;
use crate::StatFunction;

pub(super) const SYNTAX: Syntax = Syntax { name: "sum", make: |field| field.map(StatFunction::Sum) };
