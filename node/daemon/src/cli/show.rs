//! `vigil show`: one event with all its fields.

use std::io::Write;

use clap::Args;

use super::Context;
use super::args::template;
use super::output::{Paint, stdout};
use super::row::{Row, is_number, plain};
use super::table::{Cell, Table};
use crate::exit::{Exit, Failure};

/// Which event.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil query 'level:error' --ids      the first column is the id\n  vigil show ID\n",
    help_template = template()
)]
pub(crate) struct ShowArgs {
    /// The event's `_id`
    #[arg(value_name = "EVENT-ID")]
    id: String,
}

/// Shows it.
pub(crate) fn run(context: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let wrong = |_| {
        let message = format!("`{}` is not an event id", args.id);
        Failure::new(Exit::Usage, message).hint("copy the `_id` of a row: `vigil query … --ids`")
    };
    let id: vigil_model::EventId = args.id.parse().map_err(wrong)?;
    let bytes = context.client()?.fetch(&format!("/v1/events/{id}"), &[])?;
    let mut out = stdout();
    if context.look.json {
        out.write_all(bytes.trim_ascii_end())?;
        out.write_all(b"\n")?;
    } else {
        let row = Row::parse(&bytes)
            .map_err(|error| Failure::new(Exit::No, format!("the node's answer cannot be read: {error}")))?;
        out.write_all(fields(&row).render(&context.look.uncut()).0.as_bytes())?;
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
