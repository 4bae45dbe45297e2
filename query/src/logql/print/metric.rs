//! How expressions that answer numbers are written.

use std::fmt;

use super::{Duration, List, Quoted};
use crate::logql::ast::{
    Binary, BinaryOperator, Cardinality, Conversion, Grouping, LabelReplace, LogRange, Matching, Metric,
    RangeAggregation, Unwrap, VectorAggregation,
};

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Metric::Range(range) => write!(f, "{range}"),
            Metric::Vector(vector) => write!(f, "{vector}"),
            Metric::Binary(binary) => write!(f, "{binary}"),
            Metric::LabelReplace(replace) => write!(f, "{replace}"),
            Metric::Constant(number) => write!(f, "vector({number})"),
            Metric::Literal(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for RangeAggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        if let Some(share) = self.share {
            write!(f, "{share}, ")?;
        }
        write!(f, "{})", self.range)?;
        self.grouping.iter().try_for_each(|grouping| write!(f, " {grouping}"))
    }
}

impl fmt::Display for LogRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.query)?;
        self.unwrap.iter().try_for_each(|unwrap| write!(f, " {unwrap}"))?;
        write!(f, " [{}]", Duration(self.length))?;
        if self.offset == 0 { Ok(()) } else { write!(f, " offset {}", Duration(self.offset)) }
    }
}

impl fmt::Display for Unwrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.conversion {
            Conversion::None => write!(f, "| unwrap {}", self.label),
            Conversion::Bytes => write!(f, "| unwrap bytes({})", self.label),
            Conversion::Duration => write!(f, "| unwrap duration({})", self.label),
            Conversion::DurationSeconds => write!(f, "| unwrap duration_seconds({})", self.label),
        }?;
        self.filters.iter().try_for_each(|filter| write!(f, " | {filter}"))
    }
}

impl fmt::Display for VectorAggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function.name())?;
        self.grouping.iter().try_for_each(|grouping| write!(f, " {grouping} "))?;
        match self.count {
            Some(count) => write!(f, "({count}, {})", self.inner),
            None => write!(f, "({})", self.inner),
        }
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", if self.without { "without" } else { "by" }, List(&self.labels))
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        side(&self.left, self.operator, true, f)?;
        write!(f, " {}", self.operator.sign())?;
        if self.bool_modifier {
            f.write_str(" bool")?;
        }
        self.matching.iter().try_for_each(|matching| write!(f, " {matching}"))?;
        f.write_str(" ")?;
        // What is in parentheses behind `group_left` could be read as its labels.
        side(&self.right, self.operator, false, f)
    }
}

/// One side of an operator, in parentheses where it would otherwise fall apart.
fn side(metric: &Metric, outer: BinaryOperator, left: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let loose = match metric {
        Metric::Binary(inner) => {
            let (own, outer_binds) = (inner.operator.precedence(), outer.precedence());
            let same_side = left != (outer == BinaryOperator::Power);
            own < outer_binds || (own == outer_binds && !same_side)
        }
        _ => false,
    };
    if loose { write!(f, "({metric})") } else { write!(f, "{metric}") }
}

impl fmt::Display for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", if self.on { "on" } else { "ignoring" }, List(&self.labels))?;
        match &self.cardinality {
            Cardinality::One => Ok(()),
            Cardinality::Left(labels) => write!(f, " group_left ({})", List(labels)),
            Cardinality::Right(labels) => write!(f, " group_right ({})", List(labels)),
        }
    }
}

impl fmt::Display for LabelReplace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [&self.to, &self.replacement, &self.from].map(|text| Quoted(text).to_string());
        write!(f, "label_replace({}, {}, {})", self.inner, texts.join(", "), Quoted(self.regex.text()))
    }
}
