//! `last(a)`: the value in the latest event that has the field.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["last", "latest"], function: Function::Last, fields: Fields::One, limit: false };
