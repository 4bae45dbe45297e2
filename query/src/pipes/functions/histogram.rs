//! `histogram(a)`: counts by ranges of the numbers in a field.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["histogram"], function: Function::Histogram, fields: Fields::One, limit: false };
