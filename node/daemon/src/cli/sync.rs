//! `vigil sync`: a round with the peers now, and whether everything is here.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use vigil_api::Missing;

use super::args::template;
use super::missing::sentence;
use super::output::{Paint, print_json, say};
use super::{Context, interrupt, since};
use crate::client::{Client, read_list};
use crate::exit::{Exit, Failure};

/// How much longer than the node the command waits for its answer.
const MARGIN: Duration = Duration::from_secs(5);
/// The longest that one request waits; longer waits are several.
const REQUEST_MOST: Duration = Duration::from_secs(30);
/// Time after a request that was broken off, as when a node starts anew.
const PAUSE: Duration = Duration::from_millis(200);

/// With whom, and how patiently.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil sync\n  \
        vigil sync --wait --timeout 5m && vigil query …\n  \
        vigil sync site-b --wait\n",
    help_template = template()
)]
pub(crate) struct SyncArgs {
    /// Only with this peer: its name, or the front of its id
    peer: Option<String>,
    /// Until in step with all that are connected, or --timeout is over
    #[arg(long)]
    wait: bool,
}

/// Starts a round; with `--wait` exits 0 only when in step.
pub(crate) fn run(context: &Context, args: &SyncArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    interrupt::watch(|| {});
    match args.wait {
        true => until(context, client, args.peer.as_deref(), Instant::now() + context.global.timeout),
        false => {
            let bytes = ask(&client, args.peer.as_deref(), Duration::ZERO)?;
            report(context, &bytes)?;
            Ok(Exit::Ok)
        }
    }
}

/// Waits until in step, or the time is over; says what is still missing.
pub(super) fn until(context: &Context, client: Client, peer: Option<&str>, until: Instant) -> Result<Exit, Failure> {
    let client = client.patient(REQUEST_MOST + MARGIN);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match ask(&client, peer, left.min(REQUEST_MOST)) {
            Ok(bytes) if left <= REQUEST_MOST || missing(&bytes)?.is_empty() => {
                let whole = report(context, &bytes)?;
                return Ok(if whole { Exit::Ok } else { Exit::Partial });
            }
            Ok(_) => {}
            Err(failure) if left <= PAUSE || !passes(&failure) => return Err(failure),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// Whether a failure is one that passes: nobody there, busy, starting, stopping.
fn passes(failure: &Failure) -> bool {
    matches!(failure.exit, Exit::Unreachable | Exit::Partial)
}

fn ask(client: &Client, peer: Option<&str>, patience: Duration) -> Result<Vec<u8>, Failure> {
    let mut query = vec![("timeout", format!("{}ms", patience.as_millis()))];
    query.extend(peer.map(|peer| ("peer", peer.to_owned())));
    client.tell("/v1/sync", &query, &json!({}))
}

fn missing(bytes: &[u8]) -> Result<Vec<Missing>, Failure> {
    read_list(bytes, "missing")
}

/// Says how it stands; true when nothing is missing.
fn report(context: &Context, bytes: &[u8]) -> Result<bool, Failure> {
    let missing = missing(bytes)?;
    if context.look.json {
        print_json(bytes)?;
    } else if missing.is_empty() {
        context.look.note("in step");
    }
    let now = since::now();
    for one in &missing {
        say(&context.look.paint_error(Paint::Yellow, &format!("incomplete: {}", sentence(one, now))));
    }
    Ok(missing.is_empty())
}
