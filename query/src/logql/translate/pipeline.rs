//! What each stage means, one after another.

use std::collections::BTreeSet;

use super::rename::gathered;
use super::test::{is_error_label, label_filter, matcher, text_test};
use super::{Labels, line, template};
use crate::logql::ast::{Assignment, LabelFilter, LabelFormat, LogQuery, Pick, Stage, StageKind};
use crate::{ExtractRegex, FieldTest, Filter, Format, ParseError, Pattern, Pipe, Query, TimeRange, Unpack};

/// Put before the names of what an assignment takes, until it has its own name.
const TAKEN: &str = "__taken.";
/// The line of a packed entry.
const PACKED_LINE: &str = "_entry";

/// A pipeline while it is translated.
pub(in crate::logql) struct Pipeline<'a> {
    labels: &'a Labels,
    filter: Filter,
    pipes: Vec<Pipe>,
    /// A stage before this one made fields out of lines.
    parsed: bool,
}

impl<'a> Pipeline<'a> {
    /// The selector alone.
    pub(in crate::logql) fn new(query: &LogQuery, labels: &'a Labels) -> Pipeline<'a> {
        let filter = query.matchers.iter().fold(Filter::All, |all, test| all.and(matcher(test, labels, false)));
        Pipeline { labels, filter, pipes: Vec::new(), parsed: false }
    }

    pub(in crate::logql) fn parsed(&self) -> bool {
        self.parsed
    }

    /// The query so far.
    pub(in crate::logql) fn query(self, time: TimeRange) -> Query {
        Query { time, filter: self.filter, pipes: self.pipes }
    }

    /// More pipes behind what is there.
    pub(in crate::logql) fn extend(&mut self, pipes: impl IntoIterator<Item = Pipe>) {
        self.pipes.extend(pipes);
    }

    /// Keeps what passes.
    pub(in crate::logql) fn keep(&mut self, filter: &LabelFilter) {
        self.admit(label_filter(filter, self.labels, self.parsed));
    }

    /// Keeps what passes: by the filter as long as nothing was changed, so that the index prunes by it.
    pub(in crate::logql) fn admit(&mut self, filter: Filter) {
        if self.pipes.is_empty() {
            self.filter = std::mem::replace(&mut self.filter, Filter::All).and(filter);
        } else if filter != Filter::All {
            self.pipes.push(Pipe::Where(filter));
        }
    }

    /// Adds a stage. False where pipes cannot do what it does.
    pub(in crate::logql) fn push(&mut self, stage: &Stage) -> Result<bool, ParseError> {
        match &stage.kind {
            StageKind::Line(filter) => self.admit(line::filter(filter, self.labels)),
            StageKind::Label(filter) => self.keep(filter),
            StageKind::Json(fields) => self.unpack(fields, Pipe::UnpackJson),
            StageKind::Logfmt { fields, .. } => self.unpack(fields, Pipe::UnpackLogfmt),
            StageKind::Regexp(pattern) | StageKind::Pattern(_, pattern) => self.extract(pattern),
            StageKind::Unpack => self.unpack_entry(),
            StageKind::LineFormat(template) => {
                let Some(pipes) = template::pipes(template, None, self.labels, self.parsed) else { return Ok(false) };
                self.pipes.extend(pipes);
            }
            StageKind::LabelFormat(formats) => return Ok(self.label_format(formats)),
            StageKind::Decolorize => self.pipes.extend(self.labels.messages().into_iter().map(Pipe::Decolorize)),
            StageKind::Drop(picks) => self.drop_labels(picks),
            StageKind::Keep(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Fields of a line; what the event had before stays.
    fn unpack(&mut self, fields: &[Assignment], pipe: fn(Unpack) -> Pipe) {
        self.parsed = true;
        let all = Unpack { keep_original: true, ..Unpack::default() };
        if fields.is_empty() {
            self.pipes.push(pipe(all));
            return;
        }
        let (same, renamed): (Vec<_>, Vec<_>) = fields.iter().partition(|field| field.path == [field.label.as_str()]);
        if !same.is_empty() {
            let fields = same.iter().map(|field| field.label.clone()).collect();
            self.pipes.push(pipe(Unpack { fields, ..all.clone() }));
        }
        if !renamed.is_empty() {
            let taken: Vec<String> = renamed.iter().map(|field| field.path.join(".")).collect();
            let unpack = Unpack { fields: taken.clone(), prefix: TAKEN.to_owned(), ..Unpack::default() };
            self.pipes.push(pipe(unpack));
            let names = taken.iter().zip(&renamed).map(|(path, field)| (format!("{TAKEN}{path}"), field.label.clone()));
            self.pipes.push(Pipe::Copy(names.collect()));
            self.pipes.push(Pipe::Delete(vec![format!("{TAKEN}*")]));
        }
    }

    fn extract(&mut self, pattern: &Pattern) {
        self.parsed = true;
        let extract = ExtractRegex { pattern: pattern.clone(), from: None, keep_original: true, only_if: None };
        self.pipes.push(Pipe::ExtractRegex(extract));
    }

    fn unpack_entry(&mut self) {
        self.unpack(&[], Pipe::UnpackJson);
        let only_if = Some(Filter::field(PACKED_LINE, FieldTest::Exists));
        let template = format!("<{PACKED_LINE}>");
        self.pipes.push(Pipe::Format(Format { template, into: None, keep_original: false, only_if }));
        self.pipes.push(Pipe::Delete(vec![PACKED_LINE.to_owned()]));
    }

    fn label_format(&mut self, formats: &[LabelFormat]) -> bool {
        let mut pipes = Vec::new();
        for format in formats {
            match format {
                LabelFormat::Rename { to, from } => {
                    pipes.extend(gathered(from, to, self.labels, self.parsed));
                    let old = self.labels.fields(from, self.parsed).into_iter().filter(|field| field != to);
                    pipes.push(Pipe::Delete(old.collect()));
                }
                LabelFormat::Template { to, template } => {
                    match template::pipes(template, Some(to), self.labels, self.parsed) {
                        Some(made) => pipes.extend(made),
                        None => return false,
                    }
                }
            }
        }
        self.parsed = true;
        self.pipes.extend(pipes);
        true
    }

    fn drop_labels(&mut self, picks: &[Pick]) {
        let mut names = Vec::new();
        for pick in picks.iter().filter(|pick| !is_error_label(&pick.label)) {
            let fields = self.labels.fields(&pick.label, self.parsed);
            match &pick.test {
                None => names.extend(fields),
                Some(test) => {
                    let only_if = text_test(&pick.label, test, self.labels, self.parsed);
                    self.pipes.extend(fields.into_iter().map(|field| emptied(field, only_if.clone())));
                }
            }
        }
        // The line stays what it is, whatever its field is named.
        let lines = self.labels.messages();
        names.retain(|name| !lines.contains(name));
        if !names.is_empty() {
            self.pipes.push(Pipe::Delete(names));
        }
    }
}

fn emptied(field: String, only_if: Filter) -> Pipe {
    Pipe::Format(Format { template: String::new(), into: Some(field), keep_original: false, only_if: Some(only_if) })
}

/// Labels that the stages make and that are named in them.
pub(in crate::logql) fn extracted_names(query: &LogQuery) -> Vec<String> {
    let mut names = Vec::new();
    for stage in &query.stages {
        match &stage.kind {
            StageKind::Json(fields) | StageKind::Logfmt { fields, .. } => {
                names.extend(fields.iter().map(|field| field.label.clone()));
            }
            StageKind::Regexp(pattern) | StageKind::Pattern(_, pattern) => {
                names.extend(pattern.regex().capture_names().flatten().map(str::to_owned));
            }
            StageKind::LabelFormat(formats) => names.extend(formats.iter().map(|format| match format {
                LabelFormat::Rename { to, .. } | LabelFormat::Template { to, .. } => to.clone(),
            })),
            _ => {}
        }
    }
    names
}

/// Which of `names` are left after `drop`, `keep` and renaming.
pub(in crate::logql) fn shown_names(query: &LogQuery, names: BTreeSet<String>) -> BTreeSet<String> {
    let mut names = names;
    for stage in &query.stages {
        match &stage.kind {
            StageKind::Drop(picks) => {
                names.retain(|name| !picks.iter().any(|pick| pick.test.is_none() && pick.label == *name));
            }
            StageKind::Keep(picks) => names.retain(|name| picks.iter().any(|pick| pick.label == *name)),
            StageKind::LabelFormat(formats) => {
                for format in formats {
                    if let LabelFormat::Rename { from, .. } = format {
                        names.remove(from);
                    }
                }
            }
            _ => {}
        }
    }
    names
}
