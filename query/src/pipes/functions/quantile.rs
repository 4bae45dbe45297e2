//! `quantile(0.95, a, b)`: the value below which a share of the numbers in the fields lie; `p95(a, b)` is the same.

use super::{Fields, Syntax};
use crate::Function;

pub(super) const SYNTAX: Syntax =
    Syntax { names: &["quantile"], function: Function::Quantile, fields: Fields::Some, limit: false };

/// Shares that have a name.
const SHARES: [(&str, f64); 9] = [
    ("p1", 0.01),
    ("p5", 0.05),
    ("p10", 0.1),
    ("p25", 0.25),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
];

/// The share that a name such as `p95` tells.
pub(super) fn share_named(name: &str) -> Option<f64> {
    SHARES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, share)| *share)
}
