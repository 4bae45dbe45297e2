//! `median(a, b)`: the value in the middle of the numbers in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["median"], function: Function::Median, fields: Fields::Some, limit: false };
