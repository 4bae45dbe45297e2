//! `sum(a, b)`: the sum of the numbers in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["sum"], function: Function::Sum, fields: Fields::Some, limit: false };
