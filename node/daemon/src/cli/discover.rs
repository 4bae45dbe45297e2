//! `vigil fields` and `vigil values`: which fields events have, and which values a field has, with counts.

use std::io::Write;

use clap::Args;
use vigil_model::limits::ANSWER_ROWS_DEFAULT;

use super::Context;
use super::args::template;
use super::output::{Paint, print_json, stdout};
use super::question::Question;
use super::table::{Cell, Table};
use crate::client::{read_json, segment};
use crate::exit::{Exit, Failure};

/// Of which events.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil fields\n  vigil fields level:error --from -1h\n  vigil fields --json\n",
    help_template = template()
)]
pub(crate) struct FieldsArgs {
    #[command(flatten)]
    question: Question,
    /// How many at most, the most frequent first
    #[arg(short = 'n', long, default_value_t = 1_000, value_name = "FIELDS")]
    limit: usize,
}

/// Which field, of which events.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil values host\n  vigil values level 'service:pay*' --from -1d\n  vigil values user.name -n 10 --json\n",
    help_template = template()
)]
pub(crate) struct ValuesArgs {
    /// The field
    #[arg(value_name = "FIELD")]
    field: String,
    #[command(flatten)]
    question: Question,
    /// How many at most, the most frequent first
    #[arg(short = 'n', long, default_value_t = ANSWER_ROWS_DEFAULT, value_name = "VALUES")]
    limit: usize,
}

/// Shows fields.
pub(crate) fn fields(context: &Context, args: &FieldsArgs) -> Result<Exit, Failure> {
    show(context, "/v1/fields", &args.question, args.limit, Listed { list: "fields", column: "name", head: "field" })
}

/// Shows values.
pub(crate) fn values(context: &Context, args: &ValuesArgs) -> Result<Exit, Failure> {
    let path = format!("/v1/values/{}", segment(&args.field));
    show(context, &path, &args.question, args.limit, Listed { list: "values", column: "value", head: &args.field })
}

/// Where the answer has what is listed, and how its column is headed.
struct Listed<'a> {
    list: &'a str,
    column: &'a str,
    head: &'a str,
}

fn show(context: &Context, path: &str, question: &Question, limit: usize, listed: Listed<'_>) -> Result<Exit, Failure> {
    let mut parameters = question.parameters();
    parameters.push(("limit", limit.to_string()));
    let bytes = context.client()?.fetch(path, &parameters)?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let answer: serde_json::Value = read_json(&bytes)?;
    let mut table = Table::new([listed.head, "events"]);
    for item in answer[listed.list].as_array().into_iter().flatten() {
        let name = item[listed.column].as_str().map_or_else(|| item[listed.column].to_string(), str::to_owned);
        table.push(vec![Cell::text(&name).paint(Paint::Cyan), Cell::number(&item["hits"].to_string())]);
    }
    let mut out = stdout();
    out.write_all(table.render(&context.look).0.as_bytes())?;
    out.flush()?;
    if answer["complete"] == false {
        let why = answer["partial_reason"].as_str().unwrap_or("the node may miss events of other nodes");
        context.look.note(&context.look.paint_error(Paint::Yellow, &format!("incomplete: {why}")));
        return Ok(Exit::Partial);
    }
    Ok(Exit::Ok)
}
