//! `max(a, b)`: the greatest value in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["max"], function: Function::Max, fields: Fields::Some, limit: false };
