//! Operators between numbers and series.

use super::matched;
use super::series::{Line, Part};
use super::{MetricError, Steps};
use crate::logql::ast::{BinaryOperator, Matching};

/// Computes `left operator right`.
pub(super) fn run(
    left: Part,
    right: Part,
    operator: BinaryOperator,
    bool_modifier: bool,
    matching: Option<&Matching>,
    steps: &Steps,
) -> Result<Part, MetricError> {
    // Two numbers have no sample to leave out.
    let keep_all = bool_modifier || matches!((&left, &right), (Part::Scalar(_), Part::Scalar(_)));
    let compute = |a: f64, b: f64| sample(operator, keep_all, a, b);
    match (left, right) {
        (left, right) if operator.is_set() => match (left, right) {
            (Part::Vector(left), Part::Vector(right)) => {
                matched::set(left, right, operator, matching, steps).map(Part::Vector)
            }
            _ => Err(MetricError::Set { operator: operator.sign() }),
        },
        (Part::Scalar(left), Part::Scalar(right)) => {
            let each = left.iter().zip(&right).map(|(a, b)| compute(*a, *b).unwrap_or(f64::NAN));
            Ok(Part::Scalar(each.collect()))
        }
        (Part::Vector(lines), Part::Scalar(numbers)) => Ok(Part::Vector(mapped(lines, &numbers, &compute))),
        (Part::Scalar(numbers), Part::Vector(lines)) => {
            // A comparison keeps the sample, which stands on the right.
            let flipped = |sample_value: f64, number: f64| {
                let result = compute(number, sample_value)?;
                Some(if operator.is_comparison() && !keep_all { sample_value } else { result })
            };
            Ok(Part::Vector(mapped(lines, &numbers, &flipped)))
        }
        (Part::Vector(left), Part::Vector(right)) => {
            matched::paired(left, right, matching, &compute, steps).map(Part::Vector)
        }
    }
}

fn mapped(mut lines: Vec<Line>, numbers: &[f64], compute: &dyn Fn(f64, f64) -> Option<f64>) -> Vec<Line> {
    for line in &mut lines {
        for (value, number) in line.values.iter_mut().zip(numbers) {
            *value = value.and_then(|value| compute(value, *number));
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// A sample; `None` where a comparison leaves it out.
fn sample(operator: BinaryOperator, keep_all: bool, a: f64, b: f64) -> Option<f64> {
    let compared = |holds: bool| match (keep_all, holds) {
        (true, holds) => Some(f64::from(u8::from(holds))),
        (false, true) => Some(a),
        (false, false) => None,
    };
    match operator {
        BinaryOperator::Add => Some(a + b),
        BinaryOperator::Subtract => Some(a - b),
        BinaryOperator::Multiply => Some(a * b),
        BinaryOperator::Divide => Some(a / b),
        BinaryOperator::Remainder => Some(a % b),
        BinaryOperator::Power => Some(a.powf(b)),
        BinaryOperator::Equal => compared(a == b),
        BinaryOperator::NotEqual => compared(a != b),
        BinaryOperator::Greater => compared(a > b),
        BinaryOperator::GreaterOrEqual => compared(a >= b),
        BinaryOperator::Less => compared(a < b),
        BinaryOperator::LessOrEqual => compared(a <= b),
        BinaryOperator::Or | BinaryOperator::And | BinaryOperator::Unless => None,
    }
}
