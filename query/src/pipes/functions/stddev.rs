//! `stddev(a, b)`: the standard deviation of the numbers in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["stddev", "stdev"], function: Function::Stddev, fields: Fields::Some, limit: false };
