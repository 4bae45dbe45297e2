//! How the known part of Go's templates is read.

use std::ops::Range;

use super::{Result, error};
use crate::error::shown;
use crate::logql::ast::{Source, Template, TemplateCall, TemplatePart};

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    Label(String),
    Name(String),
    Text(String),
    Number(i64),
}

/// Functions and how they are called; shown to those who ask for another one.
const FUNCTIONS: &str =
    "functions are lower, upper, title, trim, trunc, substr, replace, trimPrefix, trimSuffix and default";

/// Reads a template; `span` is where its quoted text stands.
pub(super) fn template(text: &str, span: Range<usize>) -> Result<Template> {
    let parts = parts(text).map_err(|(message, hint)| error(span, message, hint))?;
    Ok(Template { text: text.to_owned(), parts })
}

type Fault = (String, &'static str);

fn parts(text: &str) -> std::result::Result<Vec<TemplatePart>, Fault> {
    let mut parts: Vec<TemplatePart> = Vec::new();
    let (mut rest, mut trim_next) = (text, false);
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, next) = after
            .split_once("}}")
            .ok_or_else(|| ("`{{` of this template is never closed".to_owned(), "write {{.label}}"))?;
        let (action, trim_before) = match action.strip_prefix("- ") {
            Some(action) => (action, true),
            None => (action, false),
        };
        push_text(&mut parts, before, trim_next, trim_before);
        let (action, trim_after) = match action.strip_suffix(" -") {
            Some(action) => (action, true),
            None => (action, false),
        };
        parts.push(value(action)?);
        (rest, trim_next) = (next, trim_after);
    }
    push_text(&mut parts, rest, trim_next, false);
    Ok(parts)
}

fn push_text(parts: &mut Vec<TemplatePart>, text: &str, trim_start: bool, trim_end: bool) {
    let text = if trim_start { text.trim_start() } else { text };
    let text = if trim_end { text.trim_end() } else { text };
    if !text.is_empty() {
        parts.push(TemplatePart::Text(text.to_owned()));
    }
}

/// `source | call | call`; the source may also be the last word of the first call.
fn value(action: &str) -> std::result::Result<TemplatePart, Fault> {
    let mut commands = commands(action)?.into_iter();
    let mut first = commands.next().expect("there is a first command");
    let source = match first.pop() {
        Some(Word::Label(label)) => Source::Label(label),
        Some(Word::Name(name)) if name == "__line__" => Source::Line,
        Some(Word::Text(text)) => Source::Text(text),
        Some(Word::Name(name)) => return Err(unknown(&name)),
        Some(Word::Number(_)) | None => {
            return Err(("a value is missing in this template".to_owned(), "write {{.label}} or {{__line__}}"));
        }
    };
    let mut calls = Vec::new();
    if !first.is_empty() {
        calls.push(call(first)?);
    }
    for command in commands {
        calls.push(call(command)?);
    }
    Ok(TemplatePart::Value(source, calls))
}

fn commands(action: &str) -> std::result::Result<Vec<Vec<Word>>, Fault> {
    let mut commands = vec![Vec::new()];
    let mut rest = action.trim_start();
    while let Some(c) = rest.chars().next() {
        if c == '|' {
            commands.push(Vec::new());
            rest = rest[1..].trim_start();
            continue;
        }
        let (word, after) = word(rest)?;
        commands.last_mut().expect("there is a command").push(word);
        rest = after.trim_start();
    }
    Ok(commands)
}

fn word(text: &str) -> std::result::Result<(Word, &str), Fault> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '`')) {
        let (inner, after) = text[1..].split_once(quote).ok_or_else(|| {
            ("a quote of this template is never closed".to_owned(), "end the text with the same quote")
        })?;
        if quote == '"' && inner.contains('\\') {
            return Err(("a text of this template has a backslash".to_owned(), "put it between backticks"));
        }
        return Ok((Word::Text(inner.to_owned()), after));
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '|' | '"' | '`')).unwrap_or(text.len());
    let (plain, after) = text.split_at(end);
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let word = match (plain.strip_prefix('.'), plain.parse()) {
        (Some(label), _) if is_name(label) => Word::Label(label.to_owned()),
        (None, Ok(number)) => Word::Number(number),
        (None, Err(_)) if is_name(plain) => Word::Name(plain.to_owned()),
        _ => {
            let message = format!("`{}` is not known in templates", shown(plain));
            return Err((message, "write {{.label}} or {{.label | upper}}"));
        }
    };
    Ok((word, after))
}

/// A function and its arguments, all but the text it is about.
fn call(words: Vec<Word>) -> std::result::Result<TemplateCall, Fault> {
    let mut words = words.into_iter();
    let Some(Word::Name(name)) = words.next() else {
        return Err(("a function is missing in this template".to_owned(), FUNCTIONS));
    };
    let arguments: Vec<Word> = words.collect();
    let call = match (name.as_str(), arguments.as_slice()) {
        ("lower" | "ToLower", []) => TemplateCall::Lower,
        ("upper" | "ToUpper", []) => TemplateCall::Upper,
        ("title" | "Title", []) => TemplateCall::Title,
        ("trim" | "TrimSpace", []) => TemplateCall::Trim,
        ("trunc", [Word::Number(count)]) => TemplateCall::Trunc(*count),
        ("substr", [Word::Number(from), Word::Number(to)]) => TemplateCall::Substr(*from, *to),
        ("replace", [Word::Text(old), Word::Text(new)]) => TemplateCall::Replace(old.clone(), new.clone()),
        ("trimPrefix", [Word::Text(text)]) => TemplateCall::TrimPrefix(text.clone()),
        ("trimSuffix", [Word::Text(text)]) => TemplateCall::TrimSuffix(text.clone()),
        ("default", [Word::Text(text)]) => TemplateCall::Default(text.clone()),
        _ => return Err(unknown(&name)),
    };
    Ok(call)
}

fn unknown(name: &str) -> Fault {
    (format!("`{}` with these arguments is not known in templates", shown(name)), FUNCTIONS)
}
