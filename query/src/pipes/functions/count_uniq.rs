//! `count_uniq(a, b) limit 100`: how many different combinations of values there are.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax = Syntax {
    names: &["count_uniq", "count_distinct"],
    function: Function::CountUniq,
    fields: Fields::Some,
    limit: true,
};
