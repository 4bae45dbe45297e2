//! `vigil ingest`: sends files and stdin to a node, and says what became of them.

mod batch;
mod decoded;
mod dry;
mod elements;
mod progress;
mod send;
pub(super) mod source;

use std::io::Write;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use crossbeam_channel::Receiver;
use serde_json::json;
use vigil_ingest::Format;
use vigil_model::limits::CLIENT_BATCH_BYTES_MAX;

use super::args::template;
use super::output::{Look, Paint, one_line, stdout};
use super::{Context, interrupt};
use crate::config::units::{count_text, events_text, parse_duration, parse_size, size_round, span_round};
use crate::exit::{Exit, Failure};
use batch::Batch;
use progress::Progress;
use send::Sender;
use source::Input;

/// Rejected lines that are shown one by one.
const REJECTS_SHOWN: usize = 10;

/// What is sent, and how it is read.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil ingest /var/log/syslog\n  \
        vigil ingest app.ndjson.gz --time-field ts --message-field msg\n  \
        vigil ingest access.log Security.evtx --dry-run          what would be sent, and how it is read\n  \
        journalctl -f -o json | vigil ingest --source journal\n",
    help_template = template()
)]
pub(crate) struct IngestArgs {
    /// Files, plain or packed with gzip or zstd; - is stdin, and so is none
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// What the files hold: auto looks at the first lines of each; or json, ndjson, text, syslog, access, error-log,
    /// logfmt, cef, leef, w3c, docker, cri, journal, gelf, windows-xml, evtx
    #[arg(long, value_parser = format, default_value = "auto", value_name = "FORMAT")]
    format: Format,
    /// Becomes the field `source` of events that have none
    #[arg(long)]
    source: Option<String>,
    /// The field that holds the time (JSON); else the first of _time, time, timestamp, @timestamp, ts, eventTime,
    /// EventTime, datetime, date, Timestamp, TimeCreated, __REALTIME_TIMESTAMP that reads as a time
    #[arg(long, value_name = "FIELD")]
    time_field: Option<String>,
    /// The field that is the message (JSON)
    #[arg(long, value_name = "FIELD")]
    message_field: Option<String>,
    /// Bytes of one request
    #[arg(long, default_value = "4MiB", value_parser = batch_bytes, value_name = "SIZE")]
    batch_bytes: usize,
    /// Compress requests; auto does unless the node is on this machine
    #[arg(long, value_enum, default_value_t = Compress::Auto)]
    compress: Compress,
    /// How long to try again when the node is away, busy or out of space
    #[arg(long, default_value = "30s", value_parser = parse_duration, value_name = "DURATION")]
    retry_for: Duration,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// How inputs are read.
#[derive(Clone, Debug, Default)]
struct Reading {
    format: Format,
    time_field: Option<String>,
    message_field: Option<String>,
    /// Bytes of one request.
    size: usize,
}

/// When requests are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compress {
    /// Unless the node is on this machine
    Auto,
    /// With zstd
    Zstd,
    /// Not
    Off,
}

/// What became of everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// Events acknowledged.
    pub(crate) accepted: u64,
    /// Lines rejected.
    pub(crate) rejected: u64,
    /// Events whose time is that of their arrival.
    pub(crate) time_assumed: u64,
    /// Bytes of events.
    pub(crate) bytes: u64,
    /// The first rejected lines.
    pub(crate) rejects: Vec<Reject>,
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Reject {
    /// The file.
    pub(crate) file: String,
    /// Its line, counted from 1.
    pub(crate) line: u64,
    /// Why.
    pub(crate) reason: String,
}

/// Reads a format's name.
fn format(name: &str) -> Result<Format, String> {
    match super::parse::format(name)? {
        Format::Custom => Err("a pattern stands in the settings of a node: name its source there".to_owned()),
        format => Ok(format),
    }
}

fn batch_bytes(text: &str) -> Result<usize, String> {
    let most = CLIENT_BATCH_BYTES_MAX as u64;
    let bytes = parse_size(text)?;
    let fits = (1..=most).contains(&bytes);
    fits.then_some(bytes as usize).ok_or_else(|| format!("a batch has from 1 byte to {}", size_round(most)))
}

/// Sends everything, then says what became of it.
pub(crate) fn run(context: &Context, args: &IngestArgs) -> Result<Exit, Failure> {
    let began = Instant::now();
    let inputs = source::open_all(&args.files)?;
    if args.dry_run {
        return dry::run(context, args, inputs);
    }
    let progress = Progress::new(context.look, &inputs);
    interrupt::watch(progress.last_words());
    let mut sender = Sender::new(context.client()?, args, progress)?;
    let ended = inputs.into_iter().try_for_each(|input| send_all(input, args, &mut sender));
    let (totals, progress) = sender.finish();
    progress.clear();
    show_rejects(&totals, &context.look);
    // Where nothing came through, the error says it all.
    if ended.is_ok() || context.look.json || totals.accepted + totals.rejected > 0 {
        report(&totals, began.elapsed(), &context.look, ended.is_ok())?;
    }
    ended?;
    Ok(if totals.rejected > 0 { Exit::No } else { Exit::Ok })
}

fn send_all(input: Input, args: &IngestArgs, sender: &mut Sender) -> Result<(), Failure> {
    batches(input, args)?.into_iter().try_for_each(|batch| sender.send(&batch?))
}

/// Batches are made on a thread of their own, two ahead of what is being sent.
fn batches(input: Input, args: &IngestArgs) -> Result<Receiver<Result<Batch, Failure>>, Failure> {
    let (give, take) = crossbeam_channel::bounded(2);
    let reading = Reading {
        format: args.format,
        time_field: args.time_field.clone(),
        message_field: args.message_field.clone(),
        size: args.batch_bytes,
    };
    let maker =
        std::thread::Builder::new().name("reader".into()).spawn(move || batch::make_all(input, &reading, &give));
    maker.map_err(|error| Failure::new(Exit::No, format!("cannot start a thread: {error}")))?;
    Ok(take)
}

fn show_rejects(totals: &Totals, look: &Look) {
    for Reject { file, line, reason } in totals.rejects.iter().take(REJECTS_SHOWN) {
        look.note(&format!("{}:{line}: {}", one_line(file), one_line(reason)));
    }
    let more = totals.rejected.saturating_sub(totals.rejects.len().min(REJECTS_SHOWN) as u64);
    if more > 0 {
        look.note(&format!("and {} more rejected lines", count_text(more)));
    }
}

fn report(totals: &Totals, took: Duration, look: &Look, whole: bool) -> Result<(), Failure> {
    let seconds = took.as_secs_f64();
    let rate = totals.accepted as f64 / seconds.max(0.001);
    if look.json {
        let mut out = stdout();
        let (accepted, rejected, bytes) = (totals.accepted, totals.rejected, totals.bytes);
        let summary = json!({
            "accepted": accepted, "rejected": rejected, "time_assumed": totals.time_assumed, "bytes": bytes,
            "seconds": seconds, "events_per_s": rate, "whole": whole, "rejects": totals.rejects,
        });
        writeln!(out, "{summary}")?;
        return Ok(out.flush()?);
    }
    look.note(&summary(totals, took, rate as u64, look, whole));
    Ok(())
}

fn summary(totals: &Totals, took: Duration, rate: u64, look: &Look, whole: bool) -> String {
    let (accepted, rejected) = (events_text(totals.accepted), count_text(totals.rejected));
    let rejected = look
        .paint_error(if totals.rejected > 0 { Paint::Yellow } else { Paint::Plain }, &format!("{rejected} rejected"));
    let head = if whole { "" } else { "stopped before the end: " };
    let amount = format!("{} in {} ({} events/s)", size_round(totals.bytes), span_round(took), count_text(rate));
    let assumed = match totals.time_assumed {
        0 => String::new(),
        n => format!("\n{} had no time and got that of arrival", events_text(n)),
    };
    format!("{head}{accepted} accepted, {rejected}, {amount}{assumed}")
}

impl Totals {
    /// Counts a rejected line, and names it while there is room.
    pub(crate) fn reject(&mut self, reject: Reject) {
        self.rejected += 1;
        self.name(reject);
    }

    /// Names a rejected line that is counted already.
    pub(crate) fn name(&mut self, reject: Reject) {
        if self.rejects.len() < vigil_model::limits::REJECTS_NAMED_MAX {
            self.rejects.push(reject);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn summaries() {
        let totals =
            Totals { accepted: 1_000_000, rejected: 3, time_assumed: 12, bytes: 270_400_000, rejects: Vec::new() };
        let text = summary(&totals, Duration::from_millis(4_200), 238_095, &Look::default(), true);
        expect![[r#"
            1 000 000 events accepted, 3 rejected, 270.4 MB in 4.2 s (238 095 events/s)
            12 events had no time and got that of arrival"#]]
        .assert_eq(&text);
        let text = summary(&Totals::default(), Duration::from_millis(10), 0, &Look::default(), false);
        expect!["stopped before the end: 0 events accepted, 0 rejected, 0 B in 0.0 s (0 events/s)"].assert_eq(&text);
    }

    #[test]
    fn help_names_every_time_field() {
        let command = <super::super::args::Cli as clap::CommandFactory>::command();
        let ingest = command.find_subcommand("ingest").expect("a command").clone();
        let flag = ingest.get_arguments().find(|flag| flag.get_id() == "time_field").expect("a flag");
        let help = flag.get_help().expect("help").to_string();
        let names = help.split(" of ").nth(1).and_then(|rest| rest.split(" that ").next()).expect("a list");
        assert_eq!(names, vigil_ingest::TIME_NAMES.join(", "));
    }

    #[test]
    fn batches_have_bounds() {
        assert_eq!(batch_bytes("1MiB"), Ok(1 << 20));
        assert!(batch_bytes("0").is_err());
        assert!(batch_bytes("1GiB").is_err());
    }
}
