//! Functions of series: one value of many, or some of them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Steps;
use super::series::{LabelSet, Line};
use crate::logql::ast::{Grouping, VectorFunction};

/// Runs a function; `count` is how many series `topk` and its like keep.
pub(super) fn run(
    function: VectorFunction,
    count: u64,
    grouping: Option<&Grouping>,
    lines: Vec<Line>,
    steps: &Steps,
) -> Vec<Line> {
    match function {
        VectorFunction::Sort => sorted(lines, false),
        VectorFunction::SortDesc => sorted(lines, true),
        VectorFunction::Topk | VectorFunction::ApproxTopk => kept(count, grouping, lines, steps, true),
        VectorFunction::Bottomk => kept(count, grouping, lines, steps, false),
        _ => reduced(function, grouping, &lines, steps),
    }
}

/// The labels of the group of a series.
pub(super) fn group_labels(labels: &LabelSet, grouping: Option<&Grouping>) -> LabelSet {
    let Some(grouping) = grouping else { return LabelSet::new() };
    let inside = |name: &String| grouping.labels.contains(name) != grouping.without;
    labels.iter().filter(|(name, _)| inside(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn groups(grouping: Option<&Grouping>, lines: &[Line]) -> BTreeMap<LabelSet, Vec<usize>> {
    let mut groups: BTreeMap<LabelSet, Vec<usize>> = BTreeMap::new();
    for (n, line) in lines.iter().enumerate() {
        groups.entry(group_labels(&line.labels, grouping)).or_default().push(n);
    }
    groups
}

fn reduced(function: VectorFunction, grouping: Option<&Grouping>, lines: &[Line], steps: &Steps) -> Vec<Line> {
    let values = |members: &[usize], step: usize| -> Vec<f64> {
        members.iter().filter_map(|member| lines[*member].values[step]).collect()
    };
    let line = |(labels, members): (LabelSet, Vec<usize>)| {
        let each = (0..steps.count()).map(|step| one(function, &values(&members, step)));
        Line { labels, values: each.collect() }
    };
    groups(grouping, lines).into_iter().map(line).collect()
}

fn one(function: VectorFunction, values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = || values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    Some(match function {
        VectorFunction::Sum => values.iter().sum(),
        VectorFunction::Avg => mean,
        VectorFunction::Min => values.iter().copied().fold(f64::NAN, f64::min),
        VectorFunction::Max => values.iter().copied().fold(f64::NAN, f64::max),
        VectorFunction::Stdvar => variance(),
        VectorFunction::Stddev => variance().sqrt(),
        _ => count,
    })
}

/// At each step the first series of every group; others have nothing there.
fn kept(count: u64, grouping: Option<&Grouping>, mut lines: Vec<Line>, steps: &Steps, greatest: bool) -> Vec<Line> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    for members in groups(grouping, &lines).into_values() {
        for step in 0..steps.count() {
            let mut present: Vec<(f64, usize)> =
                members.iter().filter_map(|member| Some((lines[*member].values[step]?, *member))).collect();
            present.sort_by(|a, b| order(a.0, b.0, greatest).then(a.1.cmp(&b.1)));
            for (_, member) in present.into_iter().skip(count) {
                lines[member].values[step] = None;
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    if steps.count() == 1 { sorted(lines, greatest) } else { lines }
}

/// By the value of the last step, which is the only one of an instant query.
fn sorted(mut lines: Vec<Line>, descending: bool) -> Vec<Line> {
    let last = |line: &Line| line.values.last().copied().flatten().unwrap_or(f64::NAN);
    lines.sort_by(|a, b| order(last(a), last(b), descending).then_with(|| a.labels.cmp(&b.labels)));
    lines
}

/// NaN comes last in either direction.
fn order(a: f64, b: f64, descending: bool) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) if descending => b.total_cmp(&a),
        (false, false) => a.total_cmp(&b),
        (a_nan, b_nan) => a_nan.cmp(&b_nan),
    }
}
