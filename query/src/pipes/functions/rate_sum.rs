//! `rate_sum(a, b)`: the sum of the numbers in the fields, per second.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["rate_sum"], function: Function::RateSum, fields: Fields::Some, limit: false };
