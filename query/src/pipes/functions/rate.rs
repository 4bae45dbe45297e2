//! `rate()`: events per second.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["rate"], function: Function::Rate, fields: Fields::Zero, limit: false };
