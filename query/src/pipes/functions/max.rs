//! `max(field)`: the greatest value of a field.

use super::Syntax;
use crate::StatFunction;

pub(super) const SYNTAX: Syntax = Syntax { name: "max", make: |field| field.map(StatFunction::Max) };
