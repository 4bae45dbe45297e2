//! What stages do that pipes cannot: on one line and its labels, at the end of a log query.

use std::collections::BTreeMap;

use vigil_model::limits::RECORD_BYTES_MAX;

use super::ast::{
    LabelFilter, LabelFormat, LineFilter, LineOperator, Needle, NumberOperator, Pick, Source, Stage, StageKind,
    Template, TemplateCall, TemplatePart,
};
use crate::number::Number;
use crate::{IpRange, ParseError};

/// A line and its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The line.
    pub line: String,
    /// Its labels, by their names as LogQL knows them.
    pub labels: BTreeMap<String, String>,
}

/// Fails for a stage that runs in pipes alone.
pub(super) fn check(stage: &Stage) -> Result<(), ParseError> {
    match &stage.kind {
        StageKind::Json(_) | StageKind::Logfmt { .. } | StageKind::Unpack | StageKind::Decolorize => {
            let message = "this stage cannot stand behind `keep`, or behind a template with functions or the line";
            Err(ParseError::new(stage.span.0.clone(), message).hint("write it before that stage"))
        }
        _ => Ok(()),
    }
}

impl Entry {
    /// Runs stages; false where the entry does not pass.
    pub fn apply(&mut self, stages: &[Stage]) -> bool {
        stages.iter().all(|stage| self.step(&stage.kind))
    }

    fn step(&mut self, stage: &StageKind) -> bool {
        match stage {
            StageKind::Line(filter) => return line_passes(filter, &self.line),
            StageKind::Label(filter) => return self.passes(filter),
            StageKind::LineFormat(template) => self.line = self.written(template),
            StageKind::LabelFormat(formats) => formats.iter().for_each(|format| self.label_format(format)),
            StageKind::Drop(picks) => self.retain(picks, false),
            StageKind::Keep(picks) => self.retain(picks, true),
            StageKind::Regexp(pattern) | StageKind::Pattern(_, pattern) => self.extract(pattern.regex()),
            // Refused by `check`.
            StageKind::Json(_) | StageKind::Logfmt { .. } | StageKind::Unpack | StageKind::Decolorize => {}
        }
        true
    }

    fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    fn passes(&self, filter: &LabelFilter) -> bool {
        match filter {
            LabelFilter::And(parts) => parts.iter().all(|part| self.passes(part)),
            LabelFilter::Or(parts) => parts.iter().any(|part| self.passes(part)),
            LabelFilter::Text(matcher) => matcher.test.holds(self.label(&matcher.label)),
            LabelFilter::Number { label, operator, quantity } => {
                Number::read(self.label(label)).is_some_and(|own| compares(own.to_f64(), *operator, quantity.value))
            }
            LabelFilter::Ip { label, negated, range, .. } => in_range(self.label(label), *range) != *negated,
        }
    }

    fn label_format(&mut self, format: &LabelFormat) {
        match format {
            LabelFormat::Rename { to, from } => {
                if let Some(value) = self.labels.remove(from) {
                    self.labels.insert(to.clone(), value);
                }
            }
            LabelFormat::Template { to, template } => {
                let value = self.written(template);
                self.labels.insert(to.clone(), value);
            }
        }
    }

    fn retain(&mut self, picks: &[Pick], keep: bool) {
        let picked = |name: &str, value: &str| {
            picks.iter().any(|pick| pick.label == name && pick.test.as_ref().is_none_or(|test| test.holds(value)))
        };
        self.labels.retain(|name, value| picked(name, value) == keep);
    }

    fn extract(&mut self, regex: &regex::Regex) {
        let Some(captures) = regex.captures(&self.line) else { return };
        for name in regex.capture_names().flatten() {
            if let Some(found) = captures.name(name) {
                self.labels.entry(name.to_owned()).or_insert_with(|| found.as_str().to_owned());
            }
        }
    }

    fn written(&self, template: &Template) -> String {
        let mut out = String::new();
        for part in &template.parts {
            if out.len() > RECORD_BYTES_MAX {
                break;
            }
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Value(source, calls) => {
                    let start = match source {
                        Source::Label(label) => self.label(label),
                        Source::Line => &self.line,
                        Source::Text(text) => text,
                    };
                    out.push_str(&calls.iter().fold(start.to_owned(), |text, call| called(call, text)));
                }
            }
        }
        out
    }
}

fn line_passes(filter: &LineFilter, line: &str) -> bool {
    let found = filter.needles.iter().any(|needle| match needle {
        Needle::Text(text) => line.contains(text.as_str()),
        Needle::Regex(pattern) | Needle::Like(_, pattern) => pattern.regex().is_match(line),
        Needle::Ip(address) => address.pattern.regex().is_match(line),
    });
    found != matches!(filter.operator, LineOperator::NotContains | LineOperator::NotMatches | LineOperator::NotLike)
}

fn compares(own: f64, operator: NumberOperator, value: f64) -> bool {
    match operator {
        NumberOperator::Equal => own == value,
        NumberOperator::NotEqual => own != value,
        NumberOperator::Less => own < value,
        NumberOperator::LessOrEqual => own <= value,
        NumberOperator::Greater => own > value,
        NumberOperator::GreaterOrEqual => own >= value,
    }
}

fn in_range(text: &str, range: IpRange) -> bool {
    let own = match text.parse() {
        Ok(std::net::IpAddr::V4(v4)) => v4.to_ipv6_mapped(),
        Ok(std::net::IpAddr::V6(v6)) => v6,
        Err(_) => return false,
    };
    range.first <= own && own <= range.last
}

fn called(call: &TemplateCall, text: String) -> String {
    match call {
        TemplateCall::Lower => text.to_lowercase(),
        TemplateCall::Upper => text.to_uppercase(),
        TemplateCall::Title => titled(&text),
        TemplateCall::Trim => text.trim().to_owned(),
        TemplateCall::Trunc(count) if *count < 0 => {
            let len = text.chars().count() as u64;
            text.chars().skip(len.saturating_sub(count.unsigned_abs()) as usize).collect()
        }
        TemplateCall::Trunc(count) => text.chars().take(*count as usize).collect(),
        TemplateCall::Substr(from, to) => {
            let from = (*from).max(0) as usize;
            let count = if *to < 0 { usize::MAX } else { (*to as usize).saturating_sub(from) };
            text.chars().skip(from).take(count).collect()
        }
        // An empty text would be found between any two characters, and the line would grow with every call.
        TemplateCall::Replace(old, _) if old.is_empty() => text,
        TemplateCall::Replace(old, new) => replaced(&text, old, new),
        TemplateCall::TrimPrefix(prefix) => text.strip_prefix(prefix.as_str()).unwrap_or(&text).to_owned(),
        TemplateCall::TrimSuffix(suffix) => text.strip_suffix(suffix.as_str()).unwrap_or(&text).to_owned(),
        TemplateCall::Default(other) if text.is_empty() => other.clone(),
        TemplateCall::Default(_) => text,
    }
}

/// As `str::replace`, until the text is as long as a record may be.
fn replaced(text: &str, old: &str, new: &str) -> String {
    let mut out = String::new();
    for (n, piece) in text.split(old).enumerate() {
        if out.len() > RECORD_BYTES_MAX {
            break;
        }
        out.push_str(if n > 0 { new } else { "" });
        out.push_str(piece);
    }
    out
}

/// The first letter of every word in upper case.
fn titled(text: &str) -> String {
    let mut after_space = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if after_space {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        after_space = c.is_whitespace();
    }
    out
}
