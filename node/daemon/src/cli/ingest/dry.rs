//! What `vigil ingest --dry-run` shows: what would be sent, without a node.

use std::io::Write;

use serde_json::json;

use super::source::Input;
use super::{IngestArgs, Reject, Totals, batches, show_rejects};
use crate::cli::Context;
use crate::cli::output::{one_line, stdout};
use crate::cli::parse::read_as;
use crate::config::units::{count_text, events_text, size_round};
use crate::exit::{Exit, Failure};

/// Reads every input as if it were sent.
pub(super) fn run(context: &Context, args: &IngestArgs, inputs: Vec<Input>) -> Result<Exit, Failure> {
    let mut rejected = false;
    for input in inputs {
        let name = input.name.clone();
        let (totals, decision) = count(input, args)?;
        rejected |= totals.rejected > 0;
        if context.look.json {
            let (format, why) = decision.map_or((args.format.name(), None), |d| (d.format.name(), Some(d.why)));
            let line = json!({
                "file": name, "format": format, "why": why, "events": totals.accepted, "bytes": totals.bytes,
                "rejected": totals.rejected, "rejects": totals.rejects,
            });
            let mut out = stdout();
            writeln!(out, "{line}")?;
            out.flush()?;
            continue;
        }
        show_rejects(&totals, &context.look);
        if let Some(decision) = decision {
            context.look.note(&read_as(&name, &decision));
        }
        let (events, bytes) = (events_text(totals.accepted), size_round(totals.bytes));
        let refused = count_text(totals.rejected);
        context.look.note(&format!("{}: would send {events}, {bytes}; {refused} rejected", one_line(&name)));
    }
    Ok(if rejected { Exit::No } else { Exit::Ok })
}

fn count(input: Input, args: &IngestArgs) -> Result<(Totals, Option<vigil_ingest::Decision>), Failure> {
    let (mut totals, mut decision) = (Totals::default(), None);
    for batch in batches(input, args)? {
        let batch = batch?;
        decision = decision.or(batch.decision);
        totals.bytes += batch.bytes.len() as u64;
        let lines = batch.bytes.split(|byte| *byte == b'\n');
        totals.accepted += lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        batch.rejects.into_iter().for_each(|reject: Reject| totals.reject(reject));
    }
    Ok((totals, decision))
}
