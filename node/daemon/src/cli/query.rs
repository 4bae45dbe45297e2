//! `vigil query`: finds events and shows them as people or programs want.

mod answer;
pub(crate) mod csv;
mod logfmt;
mod pages;
mod printer;
mod table;

use std::io::Write;

use clap::{Args, ValueEnum};
use vigil_model::limits::{ANSWER_ROWS_DEFAULT, ANSWER_ROWS_MAX};

use super::args::template;
use super::output::{Look, Paint, one_line, print_json, say, stdout};
use super::question::Question;
use super::row::Row;
use super::{Context, interrupt};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use answer::Answer;

pub(crate) use pages::Pages;
pub(crate) use printer::Printer;

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
    #[command(flatten)]
    pub(crate) question: Question,
    /// How many rows at most
    #[arg(short = 'n', long, default_value_t = ANSWER_ROWS_DEFAULT, value_name = "ROWS")]
    limit: usize,
    /// All rows, page by page
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Go on where an earlier answer ended
    #[arg(long)]
    cursor: Option<String>,
    /// How rows are written [default: log lines for events, a table for everything else]
    #[arg(short, long, value_enum)]
    output: Option<Format>,
    /// Log lines begin with the event's id, for `vigil show`
    #[arg(long)]
    ids: bool,
    /// Exit with 1 when there are no rows
    #[arg(long)]
    exit_empty: bool,
    /// How the rows are found: plan, what was read, what it took
    #[arg(long)]
    explain: bool,
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
    /// Tab-separated, with a head
    Tsv,
    /// key=value pairs, one row a line
    Logfmt,
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
        format => paged(&client, args, wanted, Printer { look: context.look, format, ids: args.ids, csv: None })?,
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
    let bytes = Pages::new(client, &args.question, wanted, args.cursor.clone()).explained(args.explain).bytes()?;
    let answer = Answer::parse(&bytes)?;
    print_json(&bytes)?;
    Ok(Shown { rows: answer.rows.len(), complete: answer.complete, notes: answer.doubts(), cursor: answer.cursor })
}

/// Asks page by page and writes each as it comes.
fn paged(client: &Client, args: &QueryArgs, wanted: usize, mut printer: Printer) -> Result<Shown, Failure> {
    let mut shown = Shown { rows: 0, complete: true, notes: Vec::new(), cursor: args.cursor.clone() };
    let mut pages = Pages::new(client, &args.question, wanted, args.cursor.clone()).explained(args.explain);
    let mut explain = None;
    while let Some(answer) = pages.next()? {
        shown.notes.extend(printer.page(&answer.rows, &mut stdout())?);
        shown.add(&answer);
        explain = explain.or(answer.explanation());
    }
    if let Some(explain) = explain {
        say(explain.trim_end());
    }
    Ok(shown)
}

impl Shown {
    fn add(&mut self, answer: &Answer) {
        self.rows += answer.rows.len();
        self.complete &= answer.complete;
        answer.doubts().into_iter().for_each(|doubt| self.doubt(doubt));
        self.cursor.clone_from(&answer.cursor);
    }

    fn doubt(&mut self, doubt: String) {
        if !self.notes.contains(&doubt) {
            self.notes.push(doubt);
        }
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
