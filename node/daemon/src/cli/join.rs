//! `vigil join`: makes this node a member of a cluster.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use clap::Args;
use vigil_api::{ClusterStatus, JoinRequest, JoinStatus};

use super::args::template;
use super::output::print_json;
use super::output::stdout;
use super::{Context, interrupt, sync};
use crate::client::{Client, read_json};
use crate::config::units::parse_duration;
use crate::exit::{Exit, Failure};

/// Bytes of a ticket on stdin.
const TICKET_BYTES_MAX: u64 = 4 * 1024;
/// Time between two looks at whether the other side approved.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long a node may take to come back in its new cluster.
const RESTART_PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks at whether it is back.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Which cluster.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil join vigil1aeaq…\n  \
        vigil join - --wait < ticket\n  \
        vigil join site-a.example:7701 --wait     no ticket: somebody approves there\n",
    help_template = template()
)]
pub(crate) struct JoinArgs {
    /// The ticket of `vigil invite`; - reads it from stdin. Or the peer address of a member, HOST:PORT
    #[arg(value_name = "TICKET|HOST:PORT")]
    target: String,
    /// Until approved and in step, or the time is over
    #[arg(long, value_parser = parse_duration, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m")]
    wait: Option<Duration>,
}

/// Joins.
pub(crate) fn run(context: &Context, args: &JoinArgs) -> Result<Exit, Failure> {
    let target = target(&args.target)?;
    let client = context.client()?;
    interrupt::watch(|| {});
    let until = args.wait.map(|wait| Instant::now() + wait);
    let (status, bytes) = admitted(context, &client, &target, until)?;
    if status.state != "joined" {
        show(context, &bytes, &waiting(&status))?;
        return Ok(Exit::Partial);
    }
    show(context, &bytes, &joined(&status))?;
    match until {
        Some(until) => {
            come_back(&client, &status.cluster, until.max(Instant::now() + RESTART_PATIENCE))?;
            sync::until(context, client, None, until)
        }
        None => Ok(Exit::Ok),
    }
}

fn target(text: &str) -> Result<String, Failure> {
    let mut read = String::new();
    let text = if text == "-" {
        std::io::stdin().take(TICKET_BYTES_MAX).read_to_string(&mut read)?;
        read.trim()
    } else {
        text.trim()
    };
    let fault = |message: &str| {
        Failure::new(Exit::Usage, message)
            .hint("paste the whole line that `vigil invite` printed, or write HOST:PORT of a member's peer port")
    };
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(fault("neither a ticket nor an address is there"));
    }
    if !text.starts_with("vigil") && !text.contains(':') {
        return Err(fault(&format!("`{text}` is neither a ticket nor an address")));
    }
    Ok(text.to_owned())
}

/// Asks, and with time left asks again until it is no longer pending.
fn admitted(
    context: &Context,
    client: &Client,
    target: &str,
    until: Option<Instant>,
) -> Result<(JoinStatus, Vec<u8>), Failure> {
    let mut told = false;
    loop {
        let bytes = client.tell("/v1/join", &[], &JoinRequest { target: target.to_owned() })?;
        let status: JoinStatus = read_json(&bytes)?;
        if status.state == "joined" || until.is_none_or(|until| Instant::now() + ASK_EVERY >= until) {
            return Ok((status, bytes));
        }
        if !told {
            context.look.note(&waiting(&status));
            told = true;
        }
        std::thread::sleep(ASK_EVERY);
    }
}

fn show(context: &Context, answer: &[u8], text: &str) -> Result<(), Failure> {
    if context.look.json {
        return print_json(answer);
    }
    let mut out = stdout();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn joined(status: &JoinStatus) -> String {
    format!("joined cluster {}, let in by {}", status.cluster, status.by)
}

fn waiting(status: &JoinStatus) -> String {
    format!(
        "{} must let this node in, if both show the same words\n  words    {}\n  there    vigil peers\n           vigil \
         peers approve THIS-NODE",
        status.by, status.words
    )
}

/// A node that joined starts anew; waits until it answers as a member of the cluster that has met
/// another. The answer to the join is sent before the old one stops.
fn come_back(client: &Client, cluster: &str, until: Instant) -> Result<(), Failure> {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let found: Result<ClusterStatus, Failure> = client.fetch_json("/v1/cluster", &[]);
        let late = Instant::now() >= until;
        match found {
            Ok(found) if found.cluster == cluster && found.connected > 0 => return Ok(()),
            Ok(_) if late => {
                let failure = Failure::new(Exit::Partial, "the node joined, but has met no member since");
                return Err(failure.hint("`vigil peers` says why"));
            }
            Err(failure) if late || failure.exit == Exit::Denied => return Err(failure),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_tickets_or_addresses() {
        assert_eq!(target(" vigil1abc\n").ok().as_deref(), Some("vigil1abc"));
        assert_eq!(target("site-a:7701").ok().as_deref(), Some("site-a:7701"));
        for wrong in ["", "site-a", "vigil1abc def"] {
            assert_eq!(target(wrong).map_err(|failure| failure.exit), Err(Exit::Usage), "{wrong}");
        }
    }

    #[test]
    fn what_a_person_reads() {
        let status = JoinStatus {
            by: "site-a".into(),
            cluster: "7f3a".into(),
            words: "copper lantern orbit tidy".into(),
            ..JoinStatus::default()
        };
        assert_eq!(joined(&status), "joined cluster 7f3a, let in by site-a");
        assert!(waiting(&status).contains("words    copper lantern orbit tidy"));
    }
}
