//! What a metric query answers, given the series of its leaves.

use super::plan::Node;
use super::series::{LabelSet, Line, Part, within_limits};
use super::{Matrix, MetricError, MetricPlan, Series, Steps};
use super::{aggregate, binary, replace};

/// Computes the answer. `leaves` are the series of each leaf of the plan, in the plan's order, as
/// [`Gather::finish`](super::Gather::finish) gives them.
pub fn evaluate(plan: &MetricPlan, leaves: &[Vec<Series>]) -> Result<Matrix, MetricError> {
    assert_eq!(leaves.len(), plan.leaves.len(), "every leaf has its series");
    let part = part(&plan.root, leaves, &plan.steps)?;
    Ok(part.matrix(&plan.steps))
}

fn part(node: &Node, leaves: &[Vec<Series>], steps: &Steps) -> Result<Part, MetricError> {
    match node {
        Node::Literal(number) => Ok(Part::Scalar(vec![*number; steps.count()])),
        Node::Constant(number) => {
            let values = vec![Some(*number); steps.count()];
            Ok(Part::Vector(vec![Line { labels: LabelSet::new(), values }]))
        }
        Node::Leaf(n) => {
            within_limits(leaves[*n].len(), steps)?;
            Ok(Part::Vector(leaves[*n].iter().map(|series| Line::of(series, steps)).collect()))
        }
        Node::Absent(n, labels) => Ok(Part::Vector(vec![absent(&leaves[*n], labels, steps)])),
        Node::Aggregate { function, count, grouping, inner } => {
            let lines = lines(part(inner, leaves, steps)?, function.name())?;
            Ok(Part::Vector(aggregate::run(*function, *count, grouping.as_ref(), lines, steps)))
        }
        Node::Replace { inner, to, replacement, from, regex } => {
            let lines = lines(part(inner, leaves, steps)?, "label_replace")?;
            replace::run(lines, to, replacement, from, regex).map(Part::Vector)
        }
        Node::Binary { left, operator, bool_modifier, matching, right } => {
            let (left, right) = (part(left, leaves, steps)?, part(right, leaves, steps)?);
            binary::run(left, right, *operator, *bool_modifier, matching.as_ref(), steps)
        }
    }
}

fn lines(part: Part, function: &'static str) -> Result<Vec<Line>, MetricError> {
    match part {
        Part::Vector(lines) => Ok(lines),
        Part::Scalar(_) => Err(MetricError::Number { function }),
    }
}

fn absent(series: &[Series], labels: &[(String, String)], steps: &Steps) -> Line {
    let mut values = vec![Some(1.0); steps.count()];
    for (time, _) in series.iter().flat_map(|series| &series.samples).filter(|(_, value)| *value > 0.0) {
        if let Some(n) = steps.index(*time) {
            values[n] = None;
        }
    }
    Line { labels: labels.iter().cloned().collect(), values }
}
