//! What does it cost, and how long does it take, until events are on other nodes too?

mod join;
mod live;
mod lossy;
mod wire;

use serde_json::{Value, json};
use vigil_tests::{Client, Cluster, Site};

use crate::say;

/// All of them, one after another, so that none disturbs another. What fails is in the report as an
/// `error`, so that the figures of the others are not lost with it.
pub(crate) fn all() -> anyhow::Result<Value> {
    let (join, cost) = join::all();
    let (wire, idle) = wire::all().unwrap_or_else(|error| (failed(&error), Value::Null));
    let live = live::run().unwrap_or_else(|error| failed(&error));
    let lossy = lossy::run().unwrap_or_else(|error| failed(&error));
    Ok(json!({ "join": join, "cost": cost, "wire": wire, "idle": idle, "live": live, "lossy": lossy }))
}

/// A part that failed, as the report shows it.
fn failed(error: &anyhow::Error) -> Value {
    progress(&format!("failed: {error:#}"));
    json!({ "error": error.root_cause().to_string() })
}

/// Says on standard error how far it is.
fn progress(text: &str) {
    say(&format!("replicate: {text}"));
}

/// What a node holds, and how much of it is in its index.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Holding {
    events: u64,
    blocks: u64,
    arrival: u64,
    indexed: u64,
}

impl Holding {
    fn of(client: &Client) -> anyhow::Result<Holding> {
        let status = client.get("/v1/status", &[])?.json();
        let number = |part: &str, name: &str| status[part][name].as_u64().unwrap_or(0);
        Ok(Holding {
            events: number("storage", "events"),
            blocks: number("storage", "blocks"),
            arrival: number("storage", "arrival"),
            indexed: number("index", "arrival"),
        })
    }
}

/// Ends all nodes before their directories are removed. By a signal that no handler hears: how long
/// stopping takes is not measured here.
fn end(mut cluster: Cluster) {
    cluster.sites.iter_mut().filter(|site| site.runs()).for_each(Site::kill);
}
