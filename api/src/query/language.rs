//! In which language a question is written, and how it is read.

use vigil_model::Timestamp;
use vigil_query::{FieldTest, Filter, ParseError, Query};

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
        let mut query = vigil_query::parse(text, now).map_err(|error| fault(error, text))?;
        if self == Language::Logsql {
            query.filter = cased(query.filter);
        }
        Ok(query)
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

/// The filter with the letter case of its words respected.
fn cased(filter: Filter) -> Filter {
    let all = |parts: Vec<Filter>| parts.into_iter().map(cased).collect();
    match filter {
        Filter::Not(inner) => Filter::Not(Box::new(cased(*inner))),
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Field { field, test } => Filter::Field { field, test: cased_test(test) },
        other => other,
    }
}

fn cased_test(test: FieldTest) -> FieldTest {
    match test {
        FieldTest::Phrase(text) if !text.is_empty() => FieldTest::CasedPhrase(text),
        FieldTest::Prefix(text) if !text.is_empty() => FieldTest::CasedPrefix(text),
        other => other,
    }
}
