//! `round(a, 10)`: which functions of numbers there are, and how they are called.

use super::{Built, functions};
use crate::parse::nearest::nearest;
use crate::parse::{Parser, Result};
use crate::{Expression, MathFunction};

/// A function as the parser knows it.
struct Syntax {
    name: &'static str,
    function: MathFunction,
    /// Least and greatest number of arguments.
    arguments: (usize, usize),
}

const FUNCTIONS: [Syntax; 9] = [
    Syntax { name: "abs", function: MathFunction::Abs, arguments: (1, 1) },
    Syntax { name: "ceil", function: MathFunction::Ceil, arguments: (1, 1) },
    Syntax { name: "exp", function: MathFunction::Exp, arguments: (1, 1) },
    Syntax { name: "floor", function: MathFunction::Floor, arguments: (1, 1) },
    Syntax { name: "ln", function: MathFunction::Ln, arguments: (1, 1) },
    Syntax { name: "max", function: MathFunction::Max, arguments: (1, usize::MAX) },
    Syntax { name: "min", function: MathFunction::Min, arguments: (1, usize::MAX) },
    Syntax { name: "now", function: MathFunction::Now, arguments: (0, 0) },
    Syntax { name: "round", function: MathFunction::Round, arguments: (1, 2) },
];

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<MathFunction> {
    FUNCTIONS.iter().find(|syntax| syntax.name.eq_ignore_ascii_case(name)).map(|syntax| syntax.function)
}

/// What was probably meant by the name of a function that is none.
pub(super) fn hint(name: &str) -> String {
    let known = FUNCTIONS.iter().map(|syntax| syntax.name);
    match nearest(name, known.clone().chain(functions::known())) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("functions are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// How a function is named.
pub(crate) fn name(function: MathFunction) -> &'static str {
    syntax(function).name
}

/// What is wrong with so many arguments, if anything is.
pub(crate) fn wrong_arguments(function: MathFunction, count: usize) -> Option<String> {
    let Syntax { name, arguments: (least, most), .. } = syntax(function);
    let wanted = match (least, most) {
        _ if (least..=most).contains(&count) => return None,
        (0, 0) => "nothing".to_owned(),
        (1, 1) => "one number".to_owned(),
        (1, usize::MAX) => "at least one number".to_owned(),
        (least, most) => format!("{least} to {most} numbers"),
    };
    Some(format!("`{name}` takes {wanted} between its parentheses"))
}

fn syntax(function: MathFunction) -> Syntax {
    FUNCTIONS.into_iter().find(|syntax| syntax.function == function).expect("every function is in the table")
}

impl Parser<'_> {
    /// What stands between the parentheses of `function`, whose name began at `start`.
    pub(super) fn call(&mut self, function: MathFunction, start: usize) -> Result<Built> {
        let arguments = self.call_arguments()?;
        if let Some(message) = wrong_arguments(function, arguments.len()) {
            let least = syntax(function).arguments.0.min(1);
            let hint = format!("write {}({})", name(function), ["", "took"][least]);
            return self.fail(self.since(start), message, &hint);
        }
        if function == MathFunction::Now {
            return Ok(Built::leaf(Expression::Number(self.now.0 as f64)));
        }
        let depth = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
        let arguments = arguments.into_iter().map(|argument| argument.expression).collect();
        self.deeper(start, depth, Expression::Call(function, arguments))
    }

    fn call_arguments(&mut self) -> Result<Vec<Built>> {
        let open = self.here();
        self.at = open.end;
        if self.eat_after_space(")") {
            return Ok(Vec::new());
        }
        let mut arguments = vec![self.nested(open.start, |parser| parser.loose(0))?];
        while self.eat_after_space(",") {
            arguments.push(self.nested(open.start, |parser| parser.loose(0))?);
        }
        if self.eat_after_space(")") {
            return Ok(arguments);
        }
        self.fail(open, "this parenthesis is never closed", "add the missing `)`")
    }
}
