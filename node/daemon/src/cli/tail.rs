//! `vigil tail`: shows events as they are accepted, and goes on where it was when the node comes back.

mod progress;
#[cfg(test)]
mod tests;

use std::io::{BufRead, Read, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use vigil_model::limits::RECORD_BYTES_MAX;

use self::progress::{Progress, Said};
use super::args::template;
use super::log_line::log_line;
use super::output::{Look, Paint, say, stdout};
use super::query::{write_json_line, write_raw};
use super::row::Row;
use super::{Context, interrupt};
use crate::client::{Client, Stopped, Stream};
use crate::config::units::events_text;
use crate::exit::{Exit, Failure};

/// Bytes of one line: a record, each byte of which JSON may write with six, and its names.
const LINE_BYTES_MAX: u64 = 8 * RECORD_BYTES_MAX as u64;
/// Time between two attempts to come back, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// The status of a node that does not know the cursor.
const GONE: u16 = 410;

/// What is followed, and how it is shown.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil tail\n  vigil tail level:error\n  vigil tail --since 5m\n  vigil tail 'host:web*' -o ndjson | jq .message\n",
    help_template = template()
)]
pub(crate) struct TailArgs {
    /// Which events; all without one. Several words are one query
    #[arg(value_name = "VQL")]
    query: Vec<String>,
    /// Begin with the events since then, at most 10 000: 5m, 2026-01-31T12:00:00Z
    #[arg(long, visible_alias = "from", allow_hyphen_values = true, value_name = "TIME")]
    since: Option<String>,
    /// How events are written
    #[arg(short, long, value_enum)]
    output: Option<Format>,
    /// Log lines begin with the event's id, for `vigil show`
    #[arg(long)]
    ids: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each event
    Log,
    /// One object a line
    Ndjson,
    /// Same as ndjson
    Json,
    /// Only the message
    Raw,
}

/// Follows until it is stopped.
pub(crate) fn run(context: &Context, args: &TailArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    interrupt::watch(|| {});
    let default = if context.look.json { Format::Ndjson } else { Format::Log };
    let query = query_text(&args.query);
    let tail = Tail { client, look: context.look, format: args.output.unwrap_or(default), ids: args.ids, query };
    tail.follow(Progress::since(args.since.clone()), &mut stdout())
}

fn query_text(words: &[String]) -> String {
    if words.is_empty() { "*".to_owned() } else { words.join(" ") }
}

struct Tail {
    client: Client,
    look: Look,
    format: Format,
    ids: bool,
    query: String,
}

impl Tail {
    fn follow(&self, mut progress: Progress, out: &mut impl Write) -> Result<Exit, Failure> {
        let mut stream = self.open(&progress).map_err(|why| self.failure(why))?;
        loop {
            self.show(&mut stream, &mut progress, out)?;
            progress.cut();
            self.look.note(&format!("-- the connection to {} ended; waiting for the node --", self.client.base()));
            stream = self.come_back(&mut progress)?;
            self.look.note("-- following again --");
        }
    }

    fn open(&self, progress: &Progress) -> Result<Stream, Stopped> {
        let mut query = vec![("q", self.query.clone()), ("cursors", "true".to_owned())];
        query.extend(progress.parameter());
        self.client.stream("/v1/tail", &query)
    }

    /// Tries until the node answers. It goes on through refusals that pass, such as a node that
    /// is still starting.
    fn come_back(&self, progress: &mut Progress) -> Result<Stream, Failure> {
        let mut pause = RETRY_FIRST;
        loop {
            std::thread::sleep(pause);
            match self.open(progress) {
                Ok(stream) => return Ok(stream),
                Err(Stopped::Refused(reply)) if reply.status == GONE && progress.parameter().is_some() => {
                    progress.forget();
                    self.look.note("-- the node cannot go on from there; `vigil query` finds what came in between --");
                }
                Err(Stopped::Refused(reply)) if Exit::of_status(reply.status) != Exit::Partial => {
                    return Err(reply.refused());
                }
                Err(_) => pause = (pause * 2).min(RETRY_MOST),
            }
        }
    }

    fn failure(&self, why: Stopped) -> Failure {
        match why {
            Stopped::NoAnswer(why) => self.client.failure(&why),
            Stopped::Refused(reply) => reply.refused(),
        }
    }

    /// Shows events until the stream ends, for whatever reason.
    fn show(&self, stream: &mut Stream, progress: &mut Progress, out: &mut impl Write) -> Result<(), Failure> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = stream.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            // A line without its end was cut, by the connection or because nobody holds one so long.
            let whole = line.ends_with(b"\n") || line.len() as u64 == LINE_BYTES_MAX;
            if read.is_err() || !whole {
                return Ok(out.flush()?);
            }
            self.say(&progress.read(line.trim_ascii()), out)?;
            if !stream.buffer().contains(&b'\n') {
                out.flush()?;
            }
        }
    }

    fn say(&self, said: &Said, out: &mut impl Write) -> Result<(), Failure> {
        for line in said.rows.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match Row::parse(line) {
                Ok(row) => self.write(&row, out)?,
                Err(error) => say(&format!("a line of the node cannot be read: {error}")),
            }
        }
        if said.skipped > 0 {
            out.flush()?;
            let note = format!("-- {} skipped --", events_text(said.skipped));
            say(&self.look.paint_error(Paint::Yellow, &note));
        }
        Ok(())
    }

    fn write(&self, row: &Row, out: &mut impl Write) -> std::io::Result<()> {
        match self.format {
            Format::Log => writeln!(out, "{}", log_line(row, self.ids, &self.look)),
            Format::Ndjson | Format::Json => write_json_line(row, out),
            Format::Raw => write_raw(row, &self.look, out),
        }
    }
}
