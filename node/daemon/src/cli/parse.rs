//! `vigil parse`: what a node would make of a file, line by line and stage by stage. Nothing is sent.

mod trace;

use std::io::Write;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use vigil_ingest::{Batch, Decision, Decoder, Door, Format, NoNames, Recipe};

use super::Context;
use super::args::{ConfigFlag, template};
use super::ingest::source::{Chunk, open_all};
use super::output::{Look, one_line, stdout};
use crate::config::units::{count_text, events_text};
use crate::config::{Layers, load, ways_in};
use crate::exit::{Exit, Failure};
use trace::{Tracer, Traces};

/// Rejected lines that are shown one by one.
const REJECTS_SHOWN: usize = 10;

/// What is read, and how.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil parse /var/log/auth.log --explain\n  \
        vigil parse firewall.log --source firewall --explain     by the settings of a source\n  \
        head -100 access.log | vigil parse - --format access --json\n",
    help_template = template()
)]
pub(crate) struct ParseArgs {
    /// Files, plain or packed with gzip or zstd; - is stdin, and so is none
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// What the files hold [default: the source's, else auto]
    #[arg(long, value_parser = format, value_name = "FORMAT")]
    format: Option<Format>,
    /// The source whose settings are followed: format, labels, stages
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Show what each stage changed
    #[arg(long)]
    explain: bool,
    /// How many events are shown
    #[arg(short = 'n', long, default_value_t = 20, value_name = "EVENTS")]
    limit: usize,
    #[command(flatten)]
    config: ConfigFlag,
}

/// Reads a format's name.
pub(super) fn format(name: &str) -> Result<Format, String> {
    let known = || Format::names().collect::<Vec<_>>().join(", ");
    Format::of_name(name).ok_or_else(|| format!("there is no such format; there are: {}", known()))
}

/// Reads and shows.
pub(crate) fn run(context: &Context, args: &ParseArgs) -> Result<Exit, Failure> {
    let recipe = recipe(args)?;
    let mut exit = Exit::Ok;
    for input in open_all(&args.files)? {
        let name = input.name.clone();
        let mut shown = Shown { args, look: &context.look, left: args.limit, events: 0 };
        let mut chunks = input.into_chunks();
        let traces = Traces::default();
        let mut decoder = Decoder::new(recipe.clone());
        decoder.explain(Tracer::new(Arc::clone(&traces)).into_explain());
        let mut batch = Batch::new();
        loop {
            let now = crate::runtime::now();
            match chunks.next(None).map_err(|error| Failure::new(Exit::Usage, format!("{name}: {error}")))? {
                Chunk::Bytes(bytes) => bytes.chunks(PIECE_BYTES).for_each(|piece| decoder.feed(piece, now, &mut batch)),
                Chunk::Idle => {}
                Chunk::End => break,
            }
            drop(batch.take_full());
            shown.show(&traces)?;
        }
        decoder.settle(crate::runtime::now(), &mut batch);
        if let Some(decision) = decoder.decision() {
            context.look.note(&read_as(&name, decision));
        }
        decoder.finish(crate::runtime::now(), &mut batch);
        shown.show(&traces)?;
        shown.sum_up(&name, &batch);
        if batch.rejects().count() > 0 {
            exit = Exit::No;
        }
    }
    Ok(exit)
}

/// What content decided on a file, in words.
pub(super) fn read_as(name: &str, decision: &Decision) -> String {
    format!("{}: read as {} ({})", one_line(name), decision.format.name(), decision.why)
}

/// Bytes decoded at once.
const PIECE_BYTES: usize = 64 * 1024;

/// How the source reads, or a node without settings.
fn recipe(args: &ParseArgs) -> Result<Recipe, Failure> {
    let loaded = load(&Layers::of_process(args.config.config.clone(), Vec::new()));
    super::config::report(&loaded)?;
    let ways = ways_in(&loaded.sections, Arc::new(NoNames));
    let recipe = match &args.source {
        None => ways.sources.at(Door::Ingest, None).recipe.clone(),
        Some(name) => {
            let source = ways.sources.all().find(|source| source.spec.name == *name);
            let known = || ways.sources.all().map(|source| source.spec.name.as_str()).collect::<Vec<_>>().join(", ");
            let missing = || Failure::new(Exit::Usage, format!("there is no source `{name}`")).hint(known());
            source.ok_or_else(missing)?.recipe.clone()
        }
    };
    Ok(Recipe { format: args.format.unwrap_or(recipe.format), counts: None, ..recipe })
}

/// What is shown of one file.
struct Shown<'a> {
    args: &'a ParseArgs,
    look: &'a Look,
    left: usize,
    events: u64,
}

impl Shown<'_> {
    fn show(&mut self, traces: &Traces) -> Result<(), Failure> {
        let mut out = stdout();
        for trace in std::mem::take(&mut *traces.lock()) {
            self.events += 1;
            if self.left == 0 {
                continue;
            }
            self.left -= 1;
            match (self.look.json, self.args.explain) {
                (true, _) => writeln!(out, "{}", trace.json())?,
                (false, true) => out.write_all(trace.explained(self.look).as_bytes())?,
                (false, false) => writeln!(out, "{}", json!(trace.event()))?,
            }
        }
        out.flush()?;
        Ok(())
    }

    fn sum_up(&self, name: &str, batch: &Batch) {
        let rejects = batch.rejects();
        let dropped = self.events.saturating_sub(batch.accepted());
        let text = format!(
            "{name}: {}, {} dropped by stages, {} rejected, {} with the time of arrival",
            events_text(batch.accepted()),
            count_text(dropped),
            count_text(rejects.count()),
            count_text(batch.time_assumed()),
        );
        self.look.note(&text);
        for reject in rejects.named().iter().take(REJECTS_SHOWN) {
            self.look.note(&format!("  line {}: {}", reject.line, reject.reason));
        }
        let hidden = self.events.saturating_sub(self.args.limit as u64);
        if hidden > 0 {
            self.look.note(&format!("{} more; --limit shows more of them", count_text(hidden)));
        }
    }
}
