//! `vigil show`: one event with all its fields.

use std::io::Write;

use clap::Args;

use super::Context;
use super::args::template;
use super::log_line::log_line;
use super::output::{Look, Paint, print_json, stdout};
use super::row::{Row, is_number, plain};
use super::table::{Cell, Table};
use crate::client::{read_json, read_list};
use crate::exit::{Exit, Failure};

/// Stands before the event that was asked for.
const MARK: &str = "> ";

/// Which event.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil query 'level:error' --ids      the first column is the id\n  vigil show ID\n  vigil show ID --context 20           with its neighbours in the log\n",
    help_template = template()
)]
pub(crate) struct ShowArgs {
    /// The event's `_id`
    #[arg(value_name = "EVENT-ID")]
    id: String,
    /// So many events before and after it in its log, too
    #[arg(long, value_name = "EVENTS")]
    context: Option<usize>,
}

/// Shows it.
pub(crate) fn run(context: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let wrong = |_| {
        let message = format!("`{}` is not an event id", args.id);
        Failure::new(Exit::Usage, message).hint("copy the `_id` of a row: `vigil query … --ids`")
    };
    let id: vigil_model::EventId = args.id.parse().map_err(wrong)?;
    if let Some(count) = args.context {
        return neighbours(context, &id, count);
    }
    let bytes = context.client()?.fetch(&format!("/v1/events/{id}"), &[])?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let row: Row = read_json(&bytes)?;
    let mut out = stdout();
    out.write_all(fields(&row).render(&context.look.uncut()).0.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// The event between its neighbours, a line each; the event itself is marked.
fn neighbours(context: &Context, id: &vigil_model::EventId, count: usize) -> Result<Exit, Failure> {
    let around = [("before", count.to_string()), ("after", count.to_string())];
    let bytes = context.client()?.fetch(&format!("/v1/events/{id}/context"), &around)?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let mut out = stdout();
    let look = Look { width: context.look.width.map(|width| width.saturating_sub(MARK.len())), ..context.look };
    let id = id.to_string();
    for row in read_list::<Row>(&bytes, "rows")? {
        let own = row.text("_id").is_some_and(|text| text == id.as_str());
        let mark = if own { look.paint(Paint::Green, MARK) } else { " ".repeat(MARK.len()) };
        writeln!(out, "{mark}{}", log_line(&row, false, &look))?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn fields(row: &Row) -> Table {
    let mut table = Table::new(["field", "type", "value"]);
    for (name, value) in row.columns() {
        let kind = kind(value);
        table.push(vec![
            Cell::text(name).paint(Paint::Cyan),
            Cell::text(kind).paint(Paint::Dim),
            Cell::text(&plain(value)),
        ]);
    }
    table
}

fn kind(value: &serde_json::value::RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'"') => "text",
        Some(b't' | b'f') => "flag",
        Some(b'n') => "null",
        Some(b'[') => "list",
        _ if is_number(value) => "number",
        _ => "object",
    }
}
