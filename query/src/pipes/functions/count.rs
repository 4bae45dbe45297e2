//! `count()`: how many events; `count(field)`: how many of them have the field.

use super::Syntax;
use crate::StatFunction;

pub(super) const SYNTAX: Syntax = Syntax { name: "count", make: |field| Some(StatFunction::Count(field)) };
