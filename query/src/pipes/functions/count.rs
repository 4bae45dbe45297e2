//! `count()`: how many events; `count(field)`: how many of them have the field.

use super::Syntax;
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax { name: "count", function: Function::Count, needs_field: false };
