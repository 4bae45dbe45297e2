//! Which expressions the property tests are about, and what expressions mean that are written without parentheses.

use expect_test::expect;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use vigil_model::limits::QUERY_DEPTH_MAX;
use vigil_query::{Expression, MathFunction, MathOperator, Pipe, parse};

use crate::pipes::column;
use crate::support::NOW;

const OPERATORS: [MathOperator; 7] = [
    MathOperator::Default,
    MathOperator::Add,
    MathOperator::Subtract,
    MathOperator::Multiply,
    MathOperator::Divide,
    MathOperator::Remainder,
    MathOperator::Power,
];

const OF_ONE: [MathFunction; 5] =
    [MathFunction::Abs, MathFunction::Ceil, MathFunction::Exp, MathFunction::Floor, MathFunction::Ln];

pub(crate) fn expression() -> impl Strategy<Value = Expression> {
    let number = prop_oneof![(-20_i32..20).prop_map(f64::from), any::<f64>().prop_filter("finite", |f| f.is_finite())];
    let leaf = prop_oneof![number.prop_map(Expression::Number), column().prop_map(Expression::Field)];
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expression::Negate(Box::new(inner))),
            (inner.clone(), select(&OPERATORS[..]), inner.clone())
                .prop_map(|(left, operator, right)| { Expression::Binary(Box::new(left), operator, Box::new(right)) }),
            (select(&OF_ONE[..]), inner.clone()).prop_map(|(function, inner)| Expression::Call(function, vec![inner])),
            vec(inner.clone(), 1..3).prop_map(|inner| Expression::Call(MathFunction::Round, inner)),
            vec(inner.clone(), 1..4).prop_map(|inner| Expression::Call(MathFunction::Max, inner)),
            vec(inner, 1..4).prop_map(|inner| Expression::Call(MathFunction::Min, inner)),
        ]
    })
}

/// The expression with parentheses around everything.
fn spelt(expression: &Expression) -> String {
    match expression {
        Expression::Number(number) => number.to_string(),
        Expression::Field(name) => name.clone(),
        Expression::Negate(inner) => format!("(-{})", spelt(inner)),
        Expression::Binary(left, operator, right) => format!("({} {operator:?} {})", spelt(left), spelt(right)),
        Expression::Call(function, inner) => {
            format!("{function:?}({})", inner.iter().map(spelt).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn operators_bind_as_in_arithmetic() {
    let read = |text: &str| match &parse(&format!("* | math {text} as x"), NOW).expect(text).pipes[..] {
        [Pipe::Math(steps)] => format!("{text}  =>  {}\n", spelt(&steps[0].expression)),
        pipes => panic!("{pipes:?}"),
    };
    let texts = [
        "a+b*c-d/e%f",
        "a - b - c",
        "a ^ b ^ c",
        "-a ^ 2",
        "-5 ^ 2",
        "(-5) ^ 2",
        "2 ^ -a ^ 2",
        "- 5",
        "--5",
        "-(5)",
        "a * -b",
        "a default b + 1 default -c",
        "(a default 0) + 1",
        "round(a / 10KiB, 0.5) + max(a, b, 1e-3)",
        "1h30m / .5",
        "\"a/b\" / http.status",
        "sum(bytes) / count()",
        "now() - _time",
        "Round(a)",
    ];
    expect![[r#"
        a+b*c-d/e%f  =>  ((a Add (b Multiply c)) Subtract ((d Divide e) Remainder f))
        a - b - c  =>  ((a Subtract b) Subtract c)
        a ^ b ^ c  =>  (a Power (b Power c))
        -a ^ 2  =>  (-(a Power 2))
        -5 ^ 2  =>  (-(5 Power 2))
        (-5) ^ 2  =>  (-5 Power 2)
        2 ^ -a ^ 2  =>  (2 Power (-(a Power 2)))
        - 5  =>  -5
        --5  =>  (--5)
        -(5)  =>  (-5)
        a * -b  =>  (a Multiply (-b))
        a default b + 1 default -c  =>  ((a Default (b Add 1)) Default (-c))
        (a default 0) + 1  =>  ((a Default 0) Add 1)
        round(a / 10KiB, 0.5) + max(a, b, 1e-3)  =>  (Round((a Divide 10240), 0.5) Add Max(a, b, 0.001))
        1h30m / .5  =>  (5400000000000 Divide 0.5)
        "a/b" / http.status  =>  (a/b Divide http.status)
        sum(bytes) / count()  =>  (sum(bytes) Divide count())
        now() - _time  =>  (1785585600000000000 Subtract _time)
        Round(a)  =>  Round(a)
    "#]]
    .assert_eq(&texts.map(read).concat());
}

#[test]
fn depth_is_limited_and_said() {
    let chain = |terms: usize| format!("* | math {} as x", vec!["a"; terms].join(" + "));
    assert!(parse(&chain(QUERY_DEPTH_MAX), NOW).is_ok());
    let error = parse(&chain(10_000), NOW).expect_err("too deep");
    assert!(error.message.contains("levels deep"), "{error}");
    for (open, close) in [("(", ")"), ("-", ""), ("abs(", ")"), ("2^", ""), ("1 default -(", ")")] {
        let text = format!("* | math {}a{} as x", open.repeat(3_000), close.repeat(3_000));
        let error = parse(&text, NOW).expect_err("too deep");
        assert!(error.message.contains("levels deep"), "{error}");
    }
}
