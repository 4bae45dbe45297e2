//! `avg(a, b)`: the mean of the numbers in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["avg"], function: Function::Avg, fields: Fields::Some, limit: false };
