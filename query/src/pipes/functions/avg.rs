//! `avg(field)`: the mean of the numbers in a field.

use super::Syntax;
use crate::StatFunction;

pub(super) const SYNTAX: Syntax = Syntax { name: "avg", make: |field| field.map(StatFunction::Avg) };
