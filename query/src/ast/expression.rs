//! What `math` computes: a tree over the numbers of one row.

/// A number, computed. Where a field is missing or no number, and where the result is none, it is NaN, and a NaN is
/// written as a missing value.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number, units already applied.
    Number(f64),
    /// The number in a field; of `_time`, nanoseconds since 1970.
    Field(String),
    /// `-a`
    Negate(Box<Expression>),
    /// `a + b`
    Binary(Box<Expression>, MathOperator, Box<Expression>),
    /// `round(a, b)`
    Call(MathFunction, Vec<Expression>),
}

/// An operator between two numbers, loosest first; all but `Power` group to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathOperator {
    /// `default`: the left side, or the right side where the left is NaN.
    Default,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `^`
    Power,
}

/// A function of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathFunction {
    /// `abs(a)`
    Abs,
    /// `ceil(a)`
    Ceil,
    /// `exp(a)`
    Exp,
    /// `floor(a)`
    Floor,
    /// `ln(a)`
    Ln,
    /// `max(a, b, …)`
    Max,
    /// `min(a, b, …)`
    Min,
    /// `now()`: the time at which the query was asked, nanoseconds since 1970. Replaced by a number when it is read.
    Now,
    /// `round(a)`, or `round(a, b)`: the nearest multiple of `b`.
    Round,
}
