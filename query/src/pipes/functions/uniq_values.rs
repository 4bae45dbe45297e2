//! `uniq_values(a, b) limit 10`: the different values in the fields.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["uniq_values"], function: Function::UniqValues, fields: Fields::Some, limit: true };
