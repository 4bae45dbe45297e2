//! In which language a question is written, and how it is read.

use vigil_model::Timestamp;
use vigil_query::{Case, ParseError, ParseOptions, Query};

use crate::failure::Failure;

/// How the text of a query is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Words match whatever their letter case.
    #[default]
    Vql,
    /// Words match in their letter case, as clients of VictoriaLogs expect.
    Logsql,
}

impl std::str::FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Language, &'static str> {
        match text {
            "vql" => Ok(Language::Vql),
            "logsql" => Ok(Language::Logsql),
            _ => Err("is not vql or logsql"),
        }
    }
}

impl Language {
    /// Reads a query; the fault, if any, is drawn under the text. `now` is what relative times count back from.
    pub(crate) fn parse(self, text: &str, now: Timestamp) -> Result<Query, Failure> {
        vigil_query::parse_with(text, now, &self.options()).map_err(|error| fault(error, text))
    }

    fn options(self) -> ParseOptions {
        let case = match self {
            Language::Vql => Case::Folded,
            Language::Logsql => Case::Exact,
        };
        ParseOptions { case }
    }
}

/// Reads a query that is a tree; the fault, if any, names its place in the tree.
pub(crate) fn of_tree(tree: &serde_json::Value, now: Timestamp) -> Result<Query, Failure> {
    vigil_query::from_json(tree, now).map_err(|error| Failure::QueryParse {
        span: 0..0,
        rendered: format!("error: {error}"),
        message: error.to_string(),
        hint: error.hint,
    })
}

/// The fault with its place drawn under the text.
pub(crate) fn fault(error: ParseError, text: &str) -> Failure {
    Failure::QueryParse { rendered: error.render(text), span: error.span, message: error.message, hint: error.hint }
}
