//! How a label gets a column of its own name.

use super::test::exists;
use super::{Labels, level};
use crate::{Filter, Format, Pipe, ReplaceRegex};

/// Pipes that write what `label` means into the column `into`; none where it stands there already.
pub(in crate::logql) fn gathered(label: &str, into: &str, labels: &Labels, parsed: bool) -> Vec<Pipe> {
    let fields = labels.fields(label, parsed);
    let own = fields.first().is_some_and(|first| first == into);
    let mut pipes: Vec<Pipe> = fields
        .iter()
        .enumerate()
        // What a template would read as something else is the name of no field that anyone has.
        .filter(|(_, field)| *field != into && !field.contains(['<', '>', ':', '&']))
        .map(|(n, field)| copied(field, into, n > 0 || own))
        .collect();
    if label == "detected_level" {
        pipes.extend(level::rewrites().map(|(pattern, level)| rewritten(pattern, level, into)));
    }
    pipes
}

fn copied(field: &str, into: &str, keep_original: bool) -> Pipe {
    let only_if: Option<Filter> = Some(exists(field));
    Pipe::Format(Format { template: format!("<{field}>"), into: Some(into.to_owned()), keep_original, only_if })
}

fn rewritten(pattern: crate::Pattern, level: &str, at: &str) -> Pipe {
    Pipe::ReplaceRegex(ReplaceRegex {
        pattern,
        new: level.to_owned(),
        at: Some(at.to_owned()),
        limit: None,
        only_if: None,
    })
}
