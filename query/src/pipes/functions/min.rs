//! `min(a, b)`: the least value in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["min"], function: Function::Min, fields: Fields::Some, limit: false };
