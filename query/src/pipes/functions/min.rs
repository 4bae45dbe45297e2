//! `min(field)`: the least value of a field.

use super::Syntax;
use crate::StatFunction;

pub(super) const SYNTAX: Syntax = Syntax { name: "min", make: |field| field.map(StatFunction::Min) };
