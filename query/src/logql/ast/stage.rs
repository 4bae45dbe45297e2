//! What can follow a selector.

use std::ops::Range;

use super::{LabelFilter, LineFilter, Template, TextTest};
use crate::Pattern;

/// One step of a log pipeline, and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Where; says nothing about what it means.
    pub span: Span,
    /// What it does.
    pub kind: StageKind,
}

/// A place in the text of a query. Queries that say the same in different places are equal, so all spans are.
#[derive(Clone, Debug, Default)]
pub struct Span(pub Range<usize>);

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StageKind {
    /// `|= "error"`
    Line(LineFilter),
    /// `| json`, `| json a="b.c"`; without assignments everything is taken.
    Json(Vec<Assignment>),
    /// `| logfmt`, `| logfmt --strict a="b"`
    Logfmt {
        /// Stop at the first mistake in a line. Read and written; lines are always read as far as they go.
        strict: bool,
        /// Keep keys without a value.
        keep_empty: bool,
        /// Which keys; all when empty.
        fields: Vec<Assignment>,
    },
    /// `| regexp "(?P<name>…)"`
    Regexp(Pattern),
    /// `| pattern "<ip> - <_>"`; the regular expression has the same names as groups.
    Pattern(String, Pattern),
    /// `| unpack`
    Unpack,
    /// `| level="error"`
    Label(LabelFilter),
    /// `| line_format "{{.msg}}"`
    LineFormat(Template),
    /// `| label_format a=b, c="{{.d}}"`
    LabelFormat(Vec<LabelFormat>),
    /// `| decolorize`
    Decolorize,
    /// `| drop a, b="c"`
    Drop(Vec<Pick>),
    /// `| keep a, b="c"`
    Keep(Vec<Pick>),
}

/// `label="path"`: what a parser takes, and under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The label it becomes.
    pub label: String,
    /// Keys, outermost first: of `a.b` these are `a` and `b`.
    pub path: Vec<String>,
}

/// One new label.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelFormat {
    /// `to=from`: renamed.
    Rename {
        /// New name.
        to: String,
        /// Old name.
        from: String,
    },
    /// `to="{{.from}}"`: put together.
    Template {
        /// Name.
        to: String,
        /// Text.
        template: Template,
    },
}

/// A label, with a test of its value or without.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// The label.
    pub label: String,
    /// It is meant only where its value passes.
    pub test: Option<TextTest>,
}
