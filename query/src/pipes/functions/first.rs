//! `first(a)`: the value in the earliest event that has the field.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["first", "earliest"], function: Function::First, fields: Fields::One, limit: false };
