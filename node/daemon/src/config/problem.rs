//! What is wrong with a configuration, and where.

use std::fmt;

use serde::Serialize;
pub(crate) use vigil_model::tree::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// The node does not start with it.
    Error,
    /// It starts; somebody should look.
    Warning,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The table.
    Default,
    /// A file, and the place of the value in it.
    File(String, Place),
    /// A whole file.
    WholeFile(String),
    /// A variable of the environment.
    Variable(String),
    /// A flag.
    Flag(String),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// Where.
    pub(crate) origin: Origin,
    /// What, in a sentence without full stop.
    pub(crate) message: String,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    severity: Severity,
    origin: String,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
}

impl Problem {
    /// An error.
    pub(crate) fn error(origin: Origin, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Error, origin, message: message.into() }
    }

    /// A warning.
    pub(crate) fn warning(origin: Origin, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, origin, message: message.into() }
    }

    /// As JSON: `{severity, origin, file, line, column, message}`.
    pub(crate) fn json(&self) -> serde_json::Value {
        let (file, place) = match &self.origin {
            Origin::File(file, place) => (Some(file.as_str()), Some(*place)),
            Origin::WholeFile(file) => (Some(file.as_str()), None),
            Origin::Default | Origin::Variable(_) | Origin::Flag(_) => (None, None),
        };
        let origin = self.origin.to_string();
        let (line, column) = (place.map(|at| at.line), place.map(|at| at.column));
        let view = ProblemJson { severity: self.severity, origin, file, line, column, message: &self.message };
        serde_json::to_value(view).expect("plain fields have a JSON form")
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Severity::Error { "error" } else { "warning" })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(file, at) => write!(f, "{file}:{}:{}", at.line, at.column),
            Origin::WholeFile(file) | Origin::Variable(file) | Origin::Flag(file) => f.write_str(file),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.origin, self.severity, self.message)
    }
}
