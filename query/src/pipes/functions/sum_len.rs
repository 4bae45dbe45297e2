//! `sum_len(a)`: the sum of the lengths of the text, in bytes; `sum_len()`: of the message.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["sum_len"], function: Function::SumLen, fields: Fields::Any, limit: false };
