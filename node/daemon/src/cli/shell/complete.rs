//! What Tab completes: pipes and functions of VQL, names of fields, values of a field.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rustyline::completion::Completer as Complete;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use serde_json::Value;

use crate::client::{Client, read_json, segment};

/// Values of a field that are offered.
const VALUES: usize = 50;
const COMMANDS: [&str; 9] =
    ["\\explain", "\\fields", "\\from", "\\help", "\\limit", "\\output", "\\q", "\\to", "\\values"];

/// Answers the values of a field.
type Values = Box<dyn Fn(&str) -> Vec<String>>;

/// Knows the language, and asks the node for names and values, each once.
pub(super) struct Completer {
    fields: Vec<String>,
    values: RefCell<BTreeMap<String, Vec<String>>>,
    ask: Values,
}

impl Completer {
    /// Of what a node holds. One that does not answer leaves the language.
    pub(super) fn of(client: &Client) -> Completer {
        let client = client.again();
        let names = listed(&client, "/v1/fields", "fields", "name");
        let ask = move |field: &str| listed(&client, &format!("/v1/values/{}", segment(field)), "values", "value");
        Completer { fields: names, values: RefCell::default(), ask: Box::new(ask) }
    }

    fn values_of(&self, field: &str) -> Vec<String> {
        self.values.borrow_mut().entry(field.to_owned()).or_insert_with(|| (self.ask)(field)).clone()
    }

    /// Where the word under the cursor begins, and what it may become.
    fn candidates(&self, before: &str) -> (usize, Vec<String>) {
        let start = before.rfind(|c: char| c.is_whitespace() || "|(,".contains(c)).map_or(0, |at| at + 1);
        let word = &before[start..];
        if word.starts_with('\\') && start == 0 {
            return (0, begins(COMMANDS.into_iter(), word));
        }
        if let Some((field, value)) = word.split_once(':') {
            let at = start + field.len() + 1;
            return (
                at,
                begins(self.values_of(field).iter().map(String::as_str), value).iter().map(|v| quoted(v)).collect(),
            );
        }
        let mut found = match after_bar(before, start) {
            true => begins(vigil_query::pipe_names(), word),
            false => begins(self.fields.iter().map(String::as_str), word),
        };
        if before.contains('|') {
            found.extend(begins(vigil_query::function_names(), word).iter().map(|name| format!("{name}(")));
        }
        (start, found)
    }
}

fn listed(client: &Client, path: &str, list: &str, column: &str) -> Vec<String> {
    let limit = [("q", "*".to_owned()), ("limit", VALUES.to_string())];
    let Some(answer) = client.fetch(path, &limit).ok().and_then(|bytes| read_json::<Value>(&bytes).ok()) else {
        return Vec::new();
    };
    let items = answer[list].as_array().into_iter().flatten();
    items.filter_map(|item| item[column].as_str().map(str::to_owned)).collect()
}

/// Whether the word is the first of a pipe.
fn after_bar(before: &str, start: usize) -> bool {
    before[..start].trim_end().ends_with('|')
}

fn begins<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> Vec<String> {
    names.filter(|name| name.starts_with(word) && *name != word).map(str::to_owned).collect()
}

fn quoted(value: &str) -> String {
    let plain = value.chars().all(|c| c.is_alphanumeric() || "_.-/".contains(c));
    if plain && !value.is_empty() { value.to_owned() } else { Value::from(value).to_string() }
}

impl Complete for Completer {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.candidates(line.get(..at).unwrap_or(line)))
    }
}

impl Hinter for Completer {
    type Hint = String;
}

impl Highlighter for Completer {}
impl Validator for Completer {}
impl Helper for Completer {}

#[cfg(test)]
mod tests {
    use super::*;

    fn completer() -> Completer {
        let ask = |field: &str| if field == "level" { vec!["error".into(), "not found".into()] } else { Vec::new() };
        Completer { fields: vec!["host".into(), "level".into()], values: RefCell::default(), ask: Box::new(ask) }
    }

    #[test]
    fn words_become_fields_values_pipes_and_commands() {
        let of = |line: &str| completer().candidates(line);
        assert_eq!(of("ho"), (0, vec!["host".to_owned()]));
        assert_eq!(of("x AND level:e"), (12, vec!["error".to_owned()]));
        assert_eq!(of("level:n"), (6, vec!["\"not found\"".to_owned()]));
        assert!(of("* | sta").1.contains(&"stats".to_owned()));
        assert!(of("* | stats qua").1.contains(&"quantile(".to_owned()));
        assert_eq!(of("\\fr"), (0, vec!["\\from".to_owned()]));
    }
}
