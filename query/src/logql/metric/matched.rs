//! Which series of one side belong to which of the other.

use std::collections::BTreeMap;

use super::series::{LabelSet, Line, shown, within_limits};
use super::{MetricError, Steps};
use crate::logql::ast::{BinaryOperator, Cardinality, Matching};

type Compute<'a> = &'a dyn Fn(f64, f64) -> Option<f64>;

/// What series of both sides must have in common: the labels that count, by default all.
fn signature(labels: &LabelSet, matching: Option<&Matching>) -> LabelSet {
    let Some(matching) = matching else { return labels.clone() };
    let counts = |name: &String| matching.labels.contains(name) == matching.on;
    labels.iter().filter(|(name, _)| counts(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `and`, `or`, `unless`, step by step.
pub(super) fn set(
    mut left: Vec<Line>,
    mut right: Vec<Line>,
    operator: BinaryOperator,
    matching: Option<&Matching>,
    steps: &Steps,
) -> Result<Vec<Line>, MetricError> {
    if operator == BinaryOperator::Or {
        let there = present(&left, matching, steps);
        strike(&mut right, matching, &there, |there| !there);
        return merged(left, right, steps);
    }
    let there = present(&right, matching, steps);
    strike(&mut left, matching, &there, |there| there == (operator == BinaryOperator::And));
    left.retain(|line| !line.is_empty());
    Ok(left)
}

/// Whether some series of each signature has a value, at each step.
fn present(lines: &[Line], matching: Option<&Matching>, steps: &Steps) -> BTreeMap<LabelSet, Vec<bool>> {
    let mut present: BTreeMap<LabelSet, Vec<bool>> = BTreeMap::new();
    for line in lines {
        let there = present.entry(signature(&line.labels, matching)).or_insert_with(|| vec![false; steps.count()]);
        for (there, value) in there.iter_mut().zip(&line.values) {
            *there |= value.is_some();
        }
    }
    present
}

/// Takes away the samples for which `keep` does not hold of whether the other side has one.
fn strike(
    lines: &mut [Line],
    matching: Option<&Matching>,
    there: &BTreeMap<LabelSet, Vec<bool>>,
    keep: impl Fn(bool) -> bool,
) {
    for line in lines {
        let other = there.get(&signature(&line.labels, matching));
        for (step, value) in line.values.iter_mut().enumerate() {
            if !keep(other.is_some_and(|other| other[step])) {
                *value = None;
            }
        }
    }
}

/// Series of both sides; those of equal labels become one, and where both have a sample the left one is kept.
fn merged(left: Vec<Line>, right: Vec<Line>, steps: &Steps) -> Result<Vec<Line>, MetricError> {
    let mut by_labels: BTreeMap<LabelSet, Vec<Option<f64>>> = BTreeMap::new();
    for line in left.into_iter().chain(right).filter(|line| !line.is_empty()) {
        let values = by_labels.entry(line.labels).or_insert_with(|| vec![None; steps.count()]);
        for (own, other) in values.iter_mut().zip(line.values) {
            *own = own.or(other);
        }
    }
    within_limits(by_labels.len(), steps)?;
    Ok(by_labels.into_iter().map(|(labels, values)| Line { labels, values }).collect())
}

/// Series of both sides that belong together, one by one, or several of one side with one of the other.
pub(super) fn paired(
    left: Vec<Line>,
    right: Vec<Line>,
    matching: Option<&Matching>,
    compute: Compute<'_>,
    steps: &Steps,
) -> Result<Vec<Line>, MetricError> {
    match matching.map_or(&Cardinality::One, |matching| &matching.cardinality) {
        Cardinality::One => one_to_one(left, right, matching, compute),
        Cardinality::Left(included) => many_to_one(left, right, matching, included, "right", compute, steps),
        Cardinality::Right(included) => {
            let swapped = |many: f64, one: f64| compute(one, many);
            many_to_one(right, left, matching, included, "left", &swapped, steps)
        }
    }
}

fn one_to_one(
    left: Vec<Line>,
    right: Vec<Line>,
    matching: Option<&Matching>,
    compute: Compute<'_>,
) -> Result<Vec<Line>, MetricError> {
    let left = unique(left, matching, "left")?;
    let mut right = unique(right, matching, "right")?;
    let mut out = Vec::new();
    for (labels, values) in left {
        let Some(other) = right.remove(&labels) else { continue };
        let each = values.iter().zip(&other).map(|(a, b)| compute((*a)?, (*b)?));
        let line = Line { values: each.collect(), labels };
        if !line.is_empty() {
            out.push(line);
        }
    }
    Ok(out)
}

/// One series for each signature; at no step may two of them have a value.
fn unique(
    lines: Vec<Line>,
    matching: Option<&Matching>,
    side: &'static str,
) -> Result<BTreeMap<LabelSet, Vec<Option<f64>>>, MetricError> {
    let mut out: BTreeMap<LabelSet, Vec<Option<f64>>> = BTreeMap::new();
    for line in lines {
        let labels = signature(&line.labels, matching);
        match out.get_mut(&labels) {
            None => {
                out.insert(labels, line.values);
            }
            Some(values) => {
                if !joined(values, &line.values) {
                    return Err(MetricError::Matching { side, labels: shown(&labels) });
                }
            }
        }
    }
    Ok(out)
}

/// Puts values into gaps; false where both have one.
fn joined(values: &mut [Option<f64>], others: &[Option<f64>]) -> bool {
    values.iter_mut().zip(others).all(|(own, other)| {
        let free = own.is_none() || other.is_none();
        *own = own.or(*other);
        free
    })
}

fn many_to_one(
    many: Vec<Line>,
    one: Vec<Line>,
    matching: Option<&Matching>,
    included: &[String],
    one_side: &'static str,
    compute: Compute<'_>,
    steps: &Steps,
) -> Result<Vec<Line>, MetricError> {
    let mut by_signature: BTreeMap<LabelSet, Vec<Line>> = BTreeMap::new();
    for line in one {
        by_signature.entry(signature(&line.labels, matching)).or_default().push(line);
    }
    for (labels, lines) in &by_signature {
        let mut all = vec![None; steps.count()];
        if !lines.iter().all(|line| joined(&mut all, &line.values)) {
            return Err(MetricError::Matching { side: one_side, labels: shown(labels) });
        }
    }
    let mut out: BTreeMap<LabelSet, Vec<Option<f64>>> = BTreeMap::new();
    for line in &many {
        let others = by_signature.get(&signature(&line.labels, matching)).map_or(&[][..], Vec::as_slice);
        for other in others {
            let each = line.values.iter().zip(&other.values).map(|(a, b)| compute((*a)?, (*b)?));
            let values: Vec<Option<f64>> = each.collect();
            let labels = with_included(&line.labels, &other.labels, included);
            let own = out.entry(labels.clone()).or_insert_with(|| vec![None; steps.count()]);
            if !joined(own, &values) {
                return Err(MetricError::Duplicate { labels: shown(&labels) });
            }
            within_limits(out.len(), steps)?;
        }
    }
    let lines = out.into_iter().map(|(labels, values)| Line { labels, values });
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

fn with_included(many: &LabelSet, one: &LabelSet, included: &[String]) -> LabelSet {
    let mut labels = many.clone();
    for name in included {
        match one.get(name) {
            Some(value) => labels.insert(name.clone(), value.clone()),
            None => labels.remove(name),
        };
    }
    labels
}
