//! `vigil cluster`: the replica as a whole, for comparing two nodes.

use std::io::Write;

use clap::Args;
use vigil_api::{ClusterStatus, ForkStatus};

use super::Context;
use super::args::template;
use super::output::{Look, Paint, print_json, stdout};
use super::peers::{epoch, front};
use super::table::{Cell, Table};
use crate::client::read_json;
use crate::config::units::count_text;
use crate::exit::{Exit, Failure};

/// How much of it.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil cluster\n  vigil cluster --full\n  vigil cluster --json | jq -r .frontier     equal on nodes that hold the same\n",
    help_template = template()
)]
pub(crate) struct ClusterArgs {
    /// Every log and where it ends
    #[arg(long)]
    full: bool,
}

/// Asks and shows.
pub(crate) fn run(context: &Context, args: &ClusterArgs) -> Result<Exit, Failure> {
    let query: Vec<(&str, String)> = args.full.then(|| ("full", "true".to_owned())).into_iter().collect();
    let bytes = context.client()?.fetch("/v1/cluster", &query)?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let mut out = stdout();
    out.write_all(screen(&read_json(&bytes)?, &context.look).as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

fn screen(cluster: &ClusterStatus, look: &Look) -> String {
    let mut table = Table::default();
    let mut line = |name: &str, text: String, paint: Paint| {
        table.push(vec![Cell::text(name).paint(Paint::Dim), Cell::text(&text).paint(paint)]);
    };
    line("cluster", cluster.cluster.clone(), Paint::Bold);
    line("node", format!("{} ({})", cluster.name, cluster.node), Paint::Plain);
    line("members", format!("{}, {} connected", cluster.members, cluster.connected), Paint::Plain);
    line("listen", format!("{}/udp", cluster.listen), Paint::Plain);
    line("frontier", cluster.frontier.clone(), Paint::Plain);
    if !cluster.fenced.is_empty() {
        line("stopped", cluster.fenced.clone(), Paint::Red);
    }
    cluster.forks.iter().for_each(|of| line("fork", fork(of), Paint::Red));
    let mut out = table.render(&look.uncut()).0;
    if !cluster.logs.is_empty() {
        out.push('\n');
        out.push_str(&logs(cluster).render(&look.uncut()).0);
    }
    out
}

fn fork(fork: &ForkStatus) -> String {
    let [one, other] = &fork.hashes;
    format!(
        "{} signed two blocks {} in epoch {}: {} and {}; the log is frozen before them",
        fork.author,
        fork.seq,
        epoch(&fork.log),
        front(one),
        front(other)
    )
}

fn logs(cluster: &ClusterStatus) -> Table {
    let mut table = Table::new(["AUTHOR", "EPOCH", "BLOCKS", "STATE", "LAST HASH"]);
    for log in &cluster.logs {
        let paint = if log.state == "frozen" { Paint::Red } else { Paint::Plain };
        table.push(vec![
            Cell::text(&log.author).paint(Paint::Bold),
            Cell::text(epoch(&log.log)).paint(Paint::Dim),
            Cell::number(&count_text(log.blocks)),
            Cell::text(&log.state).paint(paint),
            Cell::text(front(&log.hash)).paint(Paint::Dim),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use vigil_api::LogEnd;

    #[test]
    fn one_screen_with_forks_and_logs() {
        let end = |author: &str, blocks, state: &str| LogEnd {
            log: "k3xq.aibqcdefghij".into(),
            author: author.into(),
            blocks,
            hash: "5f0c5f0c5f0c5f0c".into(),
            state: state.into(),
        };
        let cluster = ClusterStatus {
            cluster: "7f3a".into(),
            node: "k3xq".into(),
            name: "site-a".into(),
            members: 3,
            connected: 2,
            frontier: "0303".into(),
            listen: "0.0.0.0:7701".into(),
            forks: vec![ForkStatus {
                log: "zz.aibqcdefghij".into(),
                author: "site-c".into(),
                seq: 17,
                hashes: ["aaaa".into(), "bbbb".into()],
            }],
            logs: vec![end("site-a", 1_300, "open"), end("site-c", 17, "frozen")],
            ..ClusterStatus::default()
        };
        expect![[r#"
            cluster   7f3a
            node      site-a (k3xq)
            members   3, 2 connected
            listen    0.0.0.0:7701/udp
            frontier  0303
            fork      site-c signed two blocks 17 in epoch aibqcdef: aaaa and bbbb; the log is frozen before them

            AUTHOR  EPOCH     BLOCKS  STATE   LAST HASH
            site-a  aibqcdef   1 300  open    5f0c5f0c5f0c
            site-c  aibqcdef      17  frozen  5f0c5f0c5f0c
        "#]]
        .assert_eq(&screen(&cluster, &Look::default()));
    }
}
