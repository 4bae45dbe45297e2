//! Log by log, how far this node and a peer are apart, and why nothing moves.

use std::io::Write;

use clap::Args;
use vigil_api::LogLag;

use super::{Context, path};
use crate::cli::output::{Paint, print_json, stdout};
use crate::cli::table::{Cell, Table};
use crate::client::{Client, read_list};
use crate::config::units::count_text;
use crate::exit::{Exit, Failure};

/// Whose lag, and how much of it.
#[derive(Debug, Args)]
pub(super) struct LagArgs {
    /// Its name, or the front of its id
    peer: String,
    /// What is being done about each log, or why nothing moves
    #[arg(long)]
    explain: bool,
    /// Also logs that both hold alike
    #[arg(long)]
    all: bool,
}

/// Asks and shows.
pub(super) fn run(context: &Context, client: &Client, args: &LagArgs) -> Result<Exit, Failure> {
    let bytes = client.fetch(&path(&args.peer, "/lag"), &[])?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let logs: Vec<LogLag> = read_list(&bytes, "logs")?;
    let apart: Vec<&LogLag> = logs.iter().filter(|log| args.all || differs(log)).collect();
    let mut out = stdout();
    if !apart.is_empty() {
        out.write_all(table(&apart, args.explain).render(&context.look.uncut()).0.as_bytes())?;
    }
    out.flush()?;
    context.look.note(&summary(&logs, &args.peer));
    Ok(Exit::Ok)
}

fn differs(log: &LogLag) -> bool {
    log.theirs != Some(log.ours) || log.missing_bodies > 0
}

fn table(logs: &[&LogLag], explain: bool) -> Table {
    let heads = ["AUTHOR", "EPOCH", "OURS", "THEIRS", "WE LACK", "IT LACKS", "BODIES MISSING", "WHY"];
    let columns = if explain { heads.len() } else { heads.len() - 1 };
    let mut table = Table::new(heads.into_iter().take(columns));
    for log in logs {
        table.push(row(log).into_iter().take(columns).collect());
    }
    table
}

fn row(log: &LogLag) -> Vec<Cell> {
    let number = |n: u64| Cell::number(&if n == 0 { "-".into() } else { count_text(n) });
    vec![
        Cell::text(&log.author).paint(Paint::Bold),
        Cell::text(epoch(&log.log)).paint(Paint::Dim),
        Cell::number(&count_text(log.ours)),
        Cell::number(&log.theirs.map_or_else(|| "?".into(), count_text)),
        number(log.theirs.map_or(0, |theirs| theirs.saturating_sub(log.ours))),
        number(log.theirs.map_or(0, |theirs| log.ours.saturating_sub(theirs))),
        number(log.missing_bodies),
        Cell::text(&log.explanation),
    ]
}

/// The front of a log's epoch: with the author, enough to tell logs apart.
pub(in crate::cli) fn epoch(log: &str) -> &str {
    let epoch = log.split_once('.').map_or(log, |(_, epoch)| epoch);
    epoch.get(..8).unwrap_or(epoch)
}

fn summary(logs: &[LogLag], peer: &str) -> String {
    match logs.iter().filter(|log| differs(log)).count() {
        0 => format!("-- no log differs between this node and {peer} --"),
        1 => format!("-- 1 log differs between this node and {peer}, counted in blocks --"),
        apart => format!("-- {apart} logs differ between this node and {peer}, counted in blocks --"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Look;
    use expect_test::expect;

    #[test]
    fn both_directions_and_the_reason() {
        let log = |author: &str, ours, theirs, missing_bodies, explanation: &str| LogLag {
            author: author.into(),
            log: "k3xq.aibqcdefghij".into(),
            ours,
            theirs,
            missing_bodies,
            explanation: explanation.into(),
        };
        let logs = [
            log("site-a", 10, Some(10), 0, ""),
            log("site-b", 10, Some(1_210), 0, "asked for 11 to 75"),
            log("site-c", 12, Some(7), 3, "their disk is full"),
            log("site-d", 4, None, 0, "said nothing of this log"),
        ];
        let apart: Vec<&LogLag> = logs.iter().filter(|log| differs(log)).collect();
        expect![[r#"
            AUTHOR  EPOCH     OURS  THEIRS  WE LACK  IT LACKS  BODIES MISSING  WHY
            site-b  aibqcdef    10   1 210    1 200         -               -  asked for 11 to 75
            site-c  aibqcdef    12       7        -         5               3  their disk is full
            site-d  aibqcdef     4       ?        -         -               -  said nothing of this log
        "#]]
        .assert_eq(&table(&apart, true).render(&Look::default()).0);
        assert!(!table(&apart, false).render(&Look::default()).0.contains("disk"));
        assert_eq!(summary(&logs, "x"), "-- 3 logs differ between this node and x, counted in blocks --");
        assert_eq!(summary(&logs[..1], "x"), "-- no log differs between this node and x --");
    }
}
