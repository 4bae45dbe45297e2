//! `math`: columns computed from the numbers of a row.
//!
//! A column of which the result is no number is taken away. A result that is whole, and small enough for an `f64` to
//! count up to, is written as a whole number.

use vigil_model::Value;
use vigil_query::{Expression, MathFunction, MathOperator, MathStep};

use super::Step;
use crate::OwnedValue;
use crate::value::{Cell, Number};
use crate::view::View;

/// Up to here an `f64` holds every whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

pub(super) struct Math(pub(super) Vec<MathStep>);

impl Step for Math {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        for step in &self.0 {
            match written(evaluate(&step.expression, view)) {
                Some(value) => view.set(&step.into, Cell::Model(value)),
                None => view.remove(&step.into),
            }
        }
        true
    }
}

fn written(number: f64) -> Option<Value<'static>> {
    if number.is_nan() {
        return None;
    }
    let whole = number.fract() == 0.0 && number.abs() <= WHOLE_MAX;
    Some(if whole { Value::Int(number as i64) } else { Value::Float(number) })
}

fn evaluate(expression: &Expression, view: &View<'_>) -> f64 {
    match expression {
        Expression::Number(number) => *number,
        Expression::Field(name) => view.get(name).map_or(f64::NAN, number_of),
        Expression::Negate(inner) => -evaluate(inner, view),
        Expression::Binary(left, operator, right) => {
            let left = evaluate(left, view);
            match operator {
                MathOperator::Default if !left.is_nan() => left,
                _ => binary(left, *operator, evaluate(right, view)),
            }
        }
        Expression::Call(function, arguments) => {
            call(*function, &mut arguments.iter().map(|argument| evaluate(argument, view)))
        }
    }
}

fn number_of(cell: Cell<'_>) -> f64 {
    match cell {
        Cell::Model(Value::Time(time)) => time.0 as f64,
        Cell::Owned(OwnedValue::Time(time)) => time.0 as f64,
        _ => match cell.number() {
            Some(Number::Int(number)) => number as f64,
            Some(Number::Float(number)) => number,
            None => f64::NAN,
        },
    }
}

fn binary(left: f64, operator: MathOperator, right: f64) -> f64 {
    match operator {
        MathOperator::Default => right,
        MathOperator::Add => left + right,
        MathOperator::Subtract => left - right,
        MathOperator::Multiply => left * right,
        // What is divided by nothing is missing, not endless.
        MathOperator::Divide if right == 0.0 => f64::NAN,
        MathOperator::Divide => left / right,
        MathOperator::Remainder => left % right,
        MathOperator::Power => left.powf(right),
    }
}

fn call(function: MathFunction, arguments: &mut dyn Iterator<Item = f64>) -> f64 {
    let first = arguments.next().unwrap_or(f64::NAN);
    match function {
        MathFunction::Abs => first.abs(),
        MathFunction::Ceil => first.ceil(),
        MathFunction::Exp => first.exp(),
        MathFunction::Floor => first.floor(),
        MathFunction::Ln => first.ln(),
        // What is missing counts for nothing.
        MathFunction::Max => arguments.fold(first, f64::max),
        MathFunction::Min => arguments.fold(first, f64::min),
        // Where the query was read a number took its place.
        MathFunction::Now => f64::NAN,
        MathFunction::Round => match arguments.next() {
            Some(step) => (first / step).round() * step,
            None => first.round(),
        },
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::Pipe;

    use super::*;
    use crate::steps::testing::rows;

    fn field(name: &str) -> Box<Expression> {
        Box::new(Expression::Field(name.into()))
    }

    fn compute(expression: Expression) -> String {
        let row = r#"{"a":7,"b":"2","c":"text","t":"1.5s","r":0}"#;
        let steps = vec![MathStep { expression, into: "r".into() }];
        rows(&[Pipe::Math(steps), Pipe::Fields(vec!["r".into()])], row).join("")
    }

    #[test]
    fn numbers_are_computed() {
        let binary = |a: &str, operator, b: &str| compute(Expression::Binary(field(a), operator, field(b)));
        let call = |function, names: &[&str]| {
            compute(Expression::Call(function, names.iter().map(|name| *field(name)).collect()))
        };
        let all = [
            binary("a", MathOperator::Add, "b"),
            binary("a", MathOperator::Divide, "b"),
            binary("a", MathOperator::Remainder, "b"),
            binary("a", MathOperator::Power, "b"),
            binary("a", MathOperator::Divide, "r"),
            binary("c", MathOperator::Add, "b"),
            binary("c", MathOperator::Default, "b"),
            binary("a", MathOperator::Default, "b"),
            binary("t", MathOperator::Subtract, "a"),
            call(MathFunction::Max, &["c", "a", "b"]),
            call(MathFunction::Min, &["a", "none", "b"]),
            call(MathFunction::Round, &["a", "b"]),
            call(MathFunction::Ln, &["r"]),
            compute(Expression::Negate(field("none"))),
        ];
        expect![[r#"
            {"r":9}
            {"r":3.5}
            {"r":1}
            {"r":49}
            {}
            {}
            {"r":2}
            {"r":7}
            {"r":1499999993}
            {"r":7}
            {"r":2}
            {"r":8}
            {"r":"-inf"}
            {}"#]]
        .assert_eq(&all.join("\n"));
    }
}
