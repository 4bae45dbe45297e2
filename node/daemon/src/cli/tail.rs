//! `vigil tail`: shows events as they are accepted, and goes on when the node comes back.

use std::io::{BufRead, Read, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use vigil_model::limits::RECORD_BYTES_MAX;

use super::args::template;
use super::log_line::log_line;
use super::output::{Look, Paint, say, stdout};
use super::query::{write_json_line, write_raw};
use super::row::Row;
use super::{Context, interrupt};
use crate::client::{Client, Stopped, Stream};
use crate::config::units::count_text;
use crate::exit::{Exit, Failure};

/// Bytes of one line: a record, each byte of which JSON may write with six, and its names.
const LINE_BYTES_MAX: u64 = 8 * RECORD_BYTES_MAX as u64;
/// Time between two attempts to come back, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(5);

/// What is followed, and how it is shown.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil tail\n  vigil tail level:error\n  vigil tail 'host:web*' -o ndjson | jq .message\n",
    help_template = template()
)]
pub(crate) struct TailArgs {
    /// Which events; all without one. Several words are one query
    #[arg(value_name = "VQL")]
    query: Vec<String>,
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
    let tail = Tail { client, look: context.look, format: args.output.unwrap_or(default), ids: args.ids };
    tail.follow(&query_text(&args.query))
}

fn query_text(words: &[String]) -> String {
    if words.is_empty() { "*".to_owned() } else { words.join(" ") }
}

struct Tail {
    client: Client,
    look: Look,
    format: Format,
    ids: bool,
}

impl Tail {
    fn follow(&self, query: &str) -> Result<Exit, Failure> {
        let query = [("q", query.to_owned())];
        let mut stream = self.client.stream("/v1/tail", &query).map_err(|why| self.failure(why))?;
        loop {
            self.show(&mut stream)?;
            self.look.note(&format!("-- the connection to {} ended; waiting for the node --", self.client.base()));
            stream = self.come_back(&query)?;
            self.look.note("-- following again; `vigil query` finds what was accepted in between --");
        }
    }

    /// Tries until the node answers. It goes on through refusals that pass, such as a node that
    /// is still starting.
    fn come_back(&self, query: &[(&str, String)]) -> Result<Stream, Failure> {
        let mut pause = RETRY_FIRST;
        loop {
            std::thread::sleep(pause);
            match self.client.stream("/v1/tail", query) {
                Ok(stream) => return Ok(stream),
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
    fn show(&self, stream: &mut Stream) -> Result<(), Failure> {
        let mut out = stdout();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = stream.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            if !matches!(read, Ok(1..)) {
                return Ok(out.flush()?);
            }
            self.show_line(line.trim_ascii(), &mut out)?;
            if !stream.buffer().contains(&b'\n') {
                out.flush()?;
            }
        }
    }

    fn show_line(&self, line: &[u8], out: &mut impl Write) -> Result<(), Failure> {
        if line.is_empty() {
            return Ok(());
        }
        if let Some(skipped) = skipped(line) {
            let note = format!("-- {} events skipped: they came faster than they were read --", count_text(skipped));
            say(&self.look.paint_error(Paint::Yellow, &note));
            return Ok(());
        }
        match Row::parse(line) {
            Ok(row) => self.write(&row, out)?,
            Err(error) => say(&format!("a line of the node cannot be read: {error}")),
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

/// How many events a line says were skipped.
fn skipped(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Skipped {
        #[serde(rename = "_skipped")]
        count: u64,
    }
    let begins = line.starts_with(b"{\"_skipped\"");
    begins.then(|| serde_json::from_slice(line).ok().map(|Skipped { count }| count)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_of_the_node_itself_means_skipped() {
        assert_eq!(skipped(br#"{"_skipped":12}"#), Some(12));
        assert_eq!(skipped(br#"{"_skipped":12,"_id":"x"}"#), None);
        assert_eq!(skipped(br#"{"message":"_skipped"}"#), None);
    }

    #[test]
    fn words_are_one_query() {
        assert_eq!(query_text(&[]), "*");
        assert_eq!(query_text(&["a".into(), "b".into()]), "a b");
    }
}
