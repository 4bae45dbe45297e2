//! `vigil query`: finds events and shows them as people or programs want.

mod answer;
mod csv;
mod table;

use std::io::Write;

use clap::{Args, ValueEnum};
use serde_json::json;
use vigil_model::limits::{ANSWER_ROWS_DEFAULT, ANSWER_ROWS_MAX};

use super::args::template;
use super::log_line::log_line;
use super::output::{Look, Paint, one_line, say, stdout};
use super::row::Row;
use super::{Context, interrupt};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use answer::Answer;

/// What is asked, and how it is shown.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil query 'level:error AND host:web*' --from -1h\n  \
        vigil query '\"connection refused\"' --limit 20\n  \
        vigil query '* | stats count() as n by host | sort by n desc'\n  \
        vigil query 'status:>=500' --all -o ndjson > errors.ndjson\n",
    help_template = template()
)]
pub(crate) struct QueryArgs {
    /// The query; all events without one. Several words are one query
    #[arg(value_name = "VQL")]
    query: Vec<String>,
    /// Events from this time on: 2026-01-31T12:00:00Z, 2026-01-31, -15m
    #[arg(long, visible_alias = "since", allow_hyphen_values = true, value_name = "TIME")]
    from: Option<String>,
    /// Events before this time
    #[arg(long, visible_alias = "until", allow_hyphen_values = true, value_name = "TIME")]
    to: Option<String>,
    /// How many rows at most
    #[arg(short = 'n', long, default_value_t = ANSWER_ROWS_DEFAULT, value_name = "ROWS")]
    limit: usize,
    /// All rows, page by page
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Go on where an earlier answer ended
    #[arg(long)]
    cursor: Option<String>,
    /// Which records: logs, control, audit
    #[arg(long)]
    class: Option<String>,
    /// How rows are written [default: log lines for events, a table for everything else]
    #[arg(short, long, value_enum)]
    output: Option<Format>,
    /// Log lines begin with the event's id, for `vigil show`
    #[arg(long)]
    ids: bool,
    /// Exit with 1 when there are no rows
    #[arg(long)]
    exit_empty: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns
    Table,
    /// The node's answer as it is
    Json,
    /// One object a line
    Ndjson,
    /// Comma-separated, with a head
    Csv,
    /// One line for each event
    Log,
    /// Only the message
    Raw,
}

/// Asks and shows.
pub(crate) fn run(context: &Context, args: &QueryArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    interrupt::watch(|| {});
    let format = args.output.or(context.look.json.then_some(Format::Json));
    let wanted = if args.all { usize::MAX } else { args.limit };
    let shown = match format {
        Some(Format::Json) => whole(&client, args, wanted)?,
        format => Pages { client: &client, args, look: context.look, format }.show(wanted)?,
    };
    shown.notes.iter().for_each(|note| say(&context.look.paint_error(Paint::Yellow, note)));
    if let Some(cursor) = shown.cursor.filter(|_| shown.rows > 0) {
        context.look.note(&format!("-- more rows: --all, or go on with --cursor {cursor}"));
    }
    Ok(match (shown.complete, shown.rows) {
        (false, _) => Exit::Partial,
        (true, 0) if args.exit_empty => Exit::No,
        _ => Exit::Ok,
    })
}

/// What was shown, and what is to be said about it.
struct Shown {
    rows: usize,
    complete: bool,
    notes: Vec<String>,
    cursor: Option<String>,
}

/// One answer, byte for byte.
fn whole(client: &Client, args: &QueryArgs, wanted: usize) -> Result<Shown, Failure> {
    if wanted > ANSWER_ROWS_MAX {
        let message = format!("one JSON answer has at most {ANSWER_ROWS_MAX} rows");
        return Err(Failure::new(Exit::Usage, message).hint("write `-o ndjson` for more, or follow the cursor"));
    }
    let bytes = ask(client, args, wanted, args.cursor.as_deref())?;
    let answer = Answer::parse(&bytes)?;
    let mut out = stdout();
    out.write_all(bytes.trim_ascii_end())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(Shown { rows: answer.rows.len(), complete: answer.complete, notes: answer.doubts(), cursor: answer.cursor })
}

fn ask(client: &Client, args: &QueryArgs, limit: usize, cursor: Option<&str>) -> Result<Vec<u8>, Failure> {
    let text = if args.query.is_empty() { "*".to_owned() } else { args.query.join(" ") };
    let body = json!({
        "q": text, "from": args.from, "to": args.to, "class": args.class,
        "limit": limit.min(ANSWER_ROWS_MAX), "cursor": cursor, "format": "json",
    });
    let headers = [("content-type", "application/json")];
    let reply = client.post("/v1/query", &[], &headers, body.to_string().as_bytes());
    let reply = reply.map_err(|why| client.failure(&why))?;
    if Exit::of_status(reply.status) == Exit::Ok { Ok(reply.body) } else { Err(reply.refused()) }
}

/// Asks page by page and writes each as it comes.
struct Pages<'a> {
    client: &'a Client,
    args: &'a QueryArgs,
    look: Look,
    format: Option<Format>,
}

impl Pages<'_> {
    fn show(&self, wanted: usize) -> Result<Shown, Failure> {
        let mut shown = Shown { rows: 0, complete: true, notes: Vec::new(), cursor: self.args.cursor.clone() };
        let mut printer = Printer { look: self.look, format: self.format, ids: self.args.ids, csv: None };
        loop {
            let bytes = ask(self.client, self.args, wanted - shown.rows, shown.cursor.as_deref())?;
            let answer = Answer::parse(&bytes)?;
            shown.notes.extend(printer.page(&answer.rows)?);
            shown.rows += answer.rows.len();
            shown.complete &= answer.complete;
            answer.doubts().into_iter().for_each(|doubt| shown.doubt(doubt));
            shown.cursor = answer.cursor;
            if shown.cursor.is_none() || shown.rows >= wanted {
                return Ok(shown);
            }
        }
    }
}

impl Shown {
    fn doubt(&mut self, doubt: String) {
        if !self.notes.contains(&doubt) {
            self.notes.push(doubt);
        }
    }
}

/// Writes rows to stdout.
struct Printer {
    look: Look,
    format: Option<Format>,
    ids: bool,
    csv: Option<csv::Columns>,
}

impl Printer {
    /// Writes a page; what is to be said about it comes back.
    fn page(&mut self, rows: &[Row]) -> Result<Vec<String>, Failure> {
        let mut out = stdout();
        let by_content = if rows.first().is_some_and(Row::is_event) { Format::Log } else { Format::Table };
        let notes = match self.format.unwrap_or(by_content) {
            Format::Table => self.table(rows, &mut out)?,
            Format::Csv => self.csv(rows, &mut out)?,
            format => {
                rows.iter().try_for_each(|row| self.line(format, row, &mut out))?;
                Vec::new()
            }
        };
        out.flush()?;
        Ok(notes)
    }

    fn table(&self, rows: &[Row], out: &mut impl Write) -> Result<Vec<String>, Failure> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (text, left_out) = table::of_rows(rows).render(&self.look);
        out.write_all(text.as_bytes())?;
        let note = format!("-- {left_out} more columns do not fit; `| fields a, b` chooses, `-o log` shows all --");
        Ok(if left_out > 0 && !self.look.quiet { vec![note] } else { Vec::new() })
    }

    fn csv(&mut self, rows: &[Row], out: &mut impl Write) -> Result<Vec<String>, Failure> {
        let columns = match self.csv.take() {
            Some(columns) => columns,
            None => csv::Columns::begin(rows, out)?,
        };
        let strangers = columns.write(rows, out)?;
        self.csv = Some(columns);
        let note = |name| format!("column `{name}` is not among those of the first page and is left out");
        Ok(strangers.into_iter().map(note).collect())
    }

    fn line(&self, format: Format, row: &Row, out: &mut impl Write) -> Result<(), Failure> {
        match format {
            Format::Log => writeln!(out, "{}", log_line(row, self.ids, &self.look))?,
            Format::Raw => write_raw(row, &self.look, out)?,
            _ => write_json_line(row, out)?,
        }
        Ok(())
    }
}

/// The message alone; the whole event where there is none.
pub(crate) fn write_raw(row: &Row, look: &Look, out: &mut impl Write) -> std::io::Result<()> {
    match row.message_field().and_then(|field| row.text(field)) {
        // A terminal obeys control characters, a pipe wants the bytes.
        Some(text) if look.width.is_some() => writeln!(out, "{}", one_line(&text)),
        Some(text) => writeln!(out, "{text}"),
        None => write_json_line(row, out),
    }
}

/// The row as one line of JSON.
pub(crate) fn write_json_line(row: &Row, out: &mut impl Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}
