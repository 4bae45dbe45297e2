//! What a template means as a format pipe.

use super::Labels;
use super::rename::gathered;
use crate::logql::ast::{Source, Template, TemplateCall, TemplatePart};
use crate::{Format, Pipe};

/// Pipes that write the template into a column, or the message for `None`; `None` where pipes cannot.
pub(super) fn pipes(template: &Template, into: Option<&str>, labels: &Labels, parsed: bool) -> Option<Vec<Pipe>> {
    let mut pipes = Vec::new();
    let mut text = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Text(literal) => text.push_str(&escaped(literal)),
            TemplatePart::Value(Source::Label(label), calls) => {
                let option = match calls.as_slice() {
                    [] => "",
                    [TemplateCall::Lower] => "lc:",
                    [TemplateCall::Upper] => "uc:",
                    _ => return None,
                };
                let (field, before) = column(label, labels, parsed);
                pipes.extend(before);
                text.push_str(&format!("<{option}{field}>"));
            }
            TemplatePart::Value(Source::Line | Source::Text(_), _) => return None,
        }
    }
    let into = into.map(str::to_owned);
    pipes.push(Pipe::Format(Format { template: text, into, keep_original: false, only_if: None }));
    Some(pipes)
}

/// A literal text as the templates of pipes write it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A column that holds a label, and the pipes that make it so.
fn column(label: &str, labels: &Labels, parsed: bool) -> (String, Vec<Pipe>) {
    let mut fields = labels.fields(label, parsed);
    if fields.len() == 1 && !fields[0].contains(['<', '>', ':', '&']) && label != "detected_level" {
        return (fields.remove(0), Vec::new());
    }
    (label.to_owned(), gathered(label, label, labels, parsed))
}
