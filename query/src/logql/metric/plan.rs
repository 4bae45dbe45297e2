//! Which leaves a metric query has, and what is computed of them.

use std::collections::BTreeSet;

use super::{Leaf, MetricError, Steps};
use crate::TIME_FIELD;
use crate::logql::ast::{
    Binary, BinaryOperator, Cardinality, Grouping, LabelReplace, Matching, Metric, RangeAggregation, RangeFunction,
    TextTest, VectorAggregation, VectorFunction, Whole,
};
use crate::logql::translate::{Labels, extracted_names, shown_names};

/// A metric query, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricPlan {
    /// Queries of which the answers are needed, in this order.
    pub leaves: Vec<Leaf>,
    /// At which times.
    pub steps: Steps,
    pub(super) root: Node,
}

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// The series of a leaf.
    Leaf(usize),
    /// 1 with these labels wherever the leaf has nothing.
    Absent(usize, Vec<(String, String)>),
    Literal(f64),
    Constant(f64),
    Aggregate {
        function: VectorFunction,
        count: u64,
        grouping: Option<Grouping>,
        inner: Box<Node>,
    },
    Binary {
        left: Box<Node>,
        operator: BinaryOperator,
        bool_modifier: bool,
        matching: Option<Matching>,
        right: Box<Node>,
    },
    Replace {
        inner: Box<Node>,
        to: String,
        replacement: String,
        from: String,
        regex: Whole,
    },
}

/// Plans a metric query. Which labels a series has follows from `labels`: all that tell streams apart, and those that
/// stages make or that the query names; less where a grouping says so, which then is part of the leaf.
pub fn plan(metric: &Metric, steps: Steps, labels: &Labels) -> Result<MetricPlan, MetricError> {
    let mut planner = Planner { leaves: Vec::new(), steps, labels };
    let root = planner.node(metric, &BTreeSet::new())?;
    Ok(MetricPlan { leaves: planner.leaves, steps, root })
}

struct Planner<'a> {
    leaves: Vec<Leaf>,
    steps: Steps,
    labels: &'a Labels,
}

impl Planner<'_> {
    /// `named` are labels that what is around the metric reads.
    fn node(&mut self, metric: &Metric, named: &BTreeSet<String>) -> Result<Node, MetricError> {
        match metric {
            Metric::Range(range) => self.range(range, named),
            Metric::Vector(vector) => self.vector(vector, named),
            Metric::Binary(binary) => self.binary(binary, named),
            Metric::LabelReplace(replace) => self.replace(replace, named),
            Metric::Constant(number) => Ok(Node::Constant(*number)),
            Metric::Literal(number) => Ok(Node::Literal(*number)),
        }
    }

    fn range(&mut self, range: &RangeAggregation, named: &BTreeSet<String>) -> Result<Node, MetricError> {
        if range.function == RangeFunction::Absent {
            let leaf = self.leaf(range, &[])?;
            return Ok(Node::Absent(leaf, said_labels(range)));
        }
        let group = self.group(range, range.grouping.as_ref(), named);
        self.leaf(range, &group).map(Node::Leaf)
    }

    fn vector(&mut self, vector: &VectorAggregation, named: &BTreeSet<String>) -> Result<Node, MetricError> {
        if let Metric::Range(range) = &vector.inner
            && joins(vector.function, range)
        {
            let one_group = Grouping { without: false, labels: Vec::new() };
            let group = self.group(range, Some(vector.grouping.as_ref().unwrap_or(&one_group)), named);
            return self.leaf(range, &group).map(Node::Leaf);
        }
        let mut named = named.clone();
        named.extend(vector.grouping.iter().flat_map(|grouping| grouping.labels.iter().cloned()));
        let inner = Box::new(self.node(&vector.inner, &named)?);
        let (function, grouping) = (vector.function, vector.grouping.clone());
        Ok(Node::Aggregate { function, count: vector.count.unwrap_or(0), grouping, inner })
    }

    fn binary(&mut self, binary: &Binary, named: &BTreeSet<String>) -> Result<Node, MetricError> {
        let mut named = named.clone();
        if let Some(matching) = &binary.matching {
            named.extend(matching.labels.iter().cloned());
            if let Cardinality::Left(labels) | Cardinality::Right(labels) = &matching.cardinality {
                named.extend(labels.iter().cloned());
            }
        }
        let left = Box::new(self.node(&binary.left, &named)?);
        let right = Box::new(self.node(&binary.right, &named)?);
        let (operator, bool_modifier) = (binary.operator, binary.bool_modifier);
        Ok(Node::Binary { left, operator, bool_modifier, matching: binary.matching.clone(), right })
    }

    fn replace(&mut self, replace: &LabelReplace, named: &BTreeSet<String>) -> Result<Node, MetricError> {
        let mut named = named.clone();
        named.insert(replace.from.clone());
        let inner = Box::new(self.node(&replace.inner, &named)?);
        let LabelReplace { to, replacement, from, regex, .. } = replace.clone();
        Ok(Node::Replace { inner, to, replacement, from, regex })
    }

    fn leaf(&mut self, range: &RangeAggregation, group: &[String]) -> Result<usize, MetricError> {
        // The time tells windows apart, and never series.
        let group: Vec<String> = group.iter().filter(|label| *label != TIME_FIELD).cloned().collect();
        self.leaves.push(Leaf::new(range, &group, &self.steps, self.labels)?);
        Ok(self.leaves.len() - 1)
    }

    /// Labels that tell the series of a leaf apart.
    fn group(&self, range: &RangeAggregation, grouping: Option<&Grouping>, named: &BTreeSet<String>) -> Vec<String> {
        let named_here = || extracted_names(&range.range.query);
        let all = || {
            let mut all: BTreeSet<String> = self.labels.streams().iter().cloned().collect();
            all.extend(named_here());
            all.extend(named.iter().cloned());
            let mut all = shown_names(&range.range.query, all);
            if let Some(unwrap) = &range.range.unwrap {
                all.remove(&unwrap.label);
            }
            all
        };
        match grouping {
            None => all().into_iter().collect(),
            Some(Grouping { without: true, labels }) => {
                all().into_iter().filter(|name| !labels.contains(name)).collect()
            }
            Some(Grouping { without: false, labels }) => {
                let asked: BTreeSet<String> = labels.iter().cloned().collect();
                shown_names(&range.range.query, asked).into_iter().collect()
            }
        }
    }
}

/// Whether groups of series follow from the lines directly: a sum of sums is a sum.
fn joins(outer: VectorFunction, range: &RangeAggregation) -> bool {
    use RangeFunction::{Bytes, BytesRate, Count, Max, Min, Rate, Sum};
    range.grouping.is_none()
        && match outer {
            VectorFunction::Sum => matches!(range.function, Count | Rate | Bytes | BytesRate | Sum),
            VectorFunction::Min => range.function == Min,
            VectorFunction::Max => range.function == Max,
            _ => false,
        }
}

/// What the selector says of labels: these the series of `absent_over_time` has.
fn said_labels(range: &RangeAggregation) -> Vec<(String, String)> {
    let said = |test: &TextTest| match test {
        TextTest::Equal(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let matchers = &range.range.query.matchers;
    matchers.iter().filter_map(|matcher| Some((matcher.label.clone(), said(&matcher.test)?))).collect()
}
