//! `values(a, b) limit 10`: all values in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["values"], function: Function::Values, fields: Fields::Some, limit: true };
