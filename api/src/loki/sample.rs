//! Which fields the newest lines of a selection have, and which more come out of them as JSON or logfmt.

use std::collections::{BTreeMap, BTreeSet};

use vigil_index::Row;
use vigil_model::limits::{LOKI_ENTRIES_MAX, LOKI_FIELDS_MAX};
use vigil_model::roles;
use vigil_query::logql::{StageKind, label_of};
use vigil_query::{Pipe, Unpack};

use super::args::{Args, Selection};
use super::entry::OWN;
use super::fields::{self, LEVEL, text};
use super::kind::Kind;
use super::shape::{PARSED, mark};
use crate::failure::Failure;

/// Columns behind this came out of JSON.
const JSON: &str = "__json__";
/// Columns behind this came out of logfmt.
const LOGFMT: &str = "__logfmt__";
/// Lines that are looked at, and fields, where nobody says how many.
const LINES: usize = 100;
const FIELDS: usize = 1_000;

/// How a field comes out of a line; the fields of an event need nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parser {
    Json,
    Logfmt,
}

/// What is known of a field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) kind: Kind,
    pub(super) values: BTreeSet<String>,
    /// What it comes out of lines by; none where the events have it.
    pub(super) parsers: BTreeSet<Parser>,
    /// Its keys in JSON, the outermost first.
    pub(super) path: Vec<String>,
}

/// Fields by the labels that they are.
pub(super) struct Sample {
    pub(super) fields: BTreeMap<String, Field>,
    /// How many were asked for.
    pub(super) limit: usize,
}

/// Reads `query`, the times, `line_limit` and `limit`, and looks.
pub(super) async fn take(args: &mut Args) -> Result<Sample, Failure> {
    let range = args.range()?;
    let selection = args.selection(range).await?;
    let lines = at_most(args, "line_limit", LINES, LOKI_ENTRIES_MAX)?;
    let old_name = at_most(args, "field_limit", FIELDS, LOKI_FIELDS_MAX)?;
    let limit = at_most(args, "limit", old_name, LOKI_FIELDS_MAX)?;
    let mut fields = BTreeMap::new();
    for row in &rows(args, &selection, lines).await? {
        look(row, &selection, &mut fields);
    }
    Ok(Sample { fields, limit })
}

/// A number of things; what is 0 or more than allowed is as much as is allowed.
fn at_most(args: &mut Args, name: &str, default: usize, most: usize) -> Result<usize, Failure> {
    let number = args.params.read::<usize>(name)?.unwrap_or(default);
    Ok(if number == 0 { most } else { number.min(most) })
}

async fn rows(args: &Args, selection: &Selection, lines: usize) -> Result<Vec<Row>, Failure> {
    let all = || Unpack { keep_original: true, ..Unpack::default() };
    let mut query = selection.plan()?.query;
    query.pipes.insert(0, mark(PARSED));
    query.pipes.push(Pipe::Limit(lines as u64));
    query.pipes.extend([mark(JSON), Pipe::UnpackJson(all()), mark(LOGFMT), Pipe::UnpackLogfmt(all())]);
    Ok(args.whole(query).await?.rows)
}

/// Notes the fields of a line that are neither its message nor labels of its stream.
fn look(row: &Row, selection: &Selection, fields: &mut BTreeMap<String, Field>) {
    let message = roles::MESSAGE.into_iter().find(|field| text(row, field).is_some());
    let stated = stated(selection);
    let mut parser = None;
    for (name, value) in row.columns().filter(|(name, _)| !OWN.contains(name)) {
        match name {
            PARSED => parser = Some(stated),
            JSON => parser = Some(Parser::Json),
            LOGFMT => parser = Some(Parser::Logfmt),
            _ => {
                let value = value.to_string();
                let is_label = parser.is_none() && roles::LABELS.contains(&name);
                if !value.is_empty() && !is_label && Some(name) != message {
                    note(name, value, parser, fields);
                }
            }
        }
    }
    if let Some(level) = fields::value(&selection.labels, row, LEVEL) {
        note(LEVEL, level, None, fields);
    }
}

fn note(name: &str, value: String, parser: Option<Parser>, fields: &mut BTreeMap<String, Field>) {
    let label = label_of(name);
    if !fields.contains_key(&label) && fields.len() >= LOKI_FIELDS_MAX {
        return;
    }
    let kind = Kind::of(&value);
    let field = fields.entry(label).or_insert_with(|| Field {
        kind,
        values: BTreeSet::new(),
        parsers: BTreeSet::new(),
        path: Vec::new(),
    });
    if parser == Some(Parser::Json) && field.path.is_empty() {
        field.path = name.split('.').map(str::to_owned).collect();
    }
    field.parsers.extend(parser);
    field.kind = field.kind.and(kind);
    field.values.insert(value);
}

/// Which parser the query itself says.
fn stated(selection: &Selection) -> Parser {
    let is_logfmt = |kind: &StageKind| matches!(kind, StageKind::Logfmt { .. });
    let parsers = selection.log.stages.iter().map(|stage| &stage.kind);
    if parsers.clone().any(is_logfmt) && !parsers.clone().any(|kind| matches!(kind, StageKind::Json(_))) {
        Parser::Logfmt
    } else {
        Parser::Json
    }
}
