//! `count()`: how many events; `count(a, b)`: in how many of them one of the fields exists.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["count"], function: Function::Count, fields: Fields::Any, limit: false };
