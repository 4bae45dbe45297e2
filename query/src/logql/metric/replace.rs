//! `label_replace`

use std::collections::BTreeSet;

use super::MetricError;
use super::series::{Line, shown};
use crate::logql::ast::Whole;

/// Writes the label `to` wherever all of the label `from` matches.
pub(super) fn run(
    mut lines: Vec<Line>,
    to: &str,
    replacement: &str,
    from: &str,
    regex: &Whole,
) -> Result<Vec<Line>, MetricError> {
    let mut seen = BTreeSet::new();
    for line in &mut lines {
        let source = line.labels.get(from).map_or("", String::as_str);
        if let Some(captures) = regex.pattern().regex().captures(source) {
            let mut value = String::new();
            captures.expand(replacement, &mut value);
            if value.is_empty() {
                line.labels.remove(to);
            } else {
                line.labels.insert(to.to_owned(), value);
            }
        }
        if !seen.insert(line.labels.clone()) {
            return Err(MetricError::Duplicate { labels: shown(&line.labels) });
        }
    }
    Ok(lines)
}
