//! `count_empty(a, b)`: in how many events every one of the fields is missing or empty.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["count_empty"], function: Function::CountEmpty, fields: Fields::Some, limit: false };
