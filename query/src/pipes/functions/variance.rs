//! `variance(a, b)`: the variance of the numbers in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["variance"], function: Function::Variance, fields: Fields::Some, limit: false };
