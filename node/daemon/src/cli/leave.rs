//! `vigil leave`: this node stops being a member; its data stay.

use clap::Args;
use serde_json::json;
use vigil_api::ClusterStatus;

use super::Context;
use super::args::template;
use super::confirm::confirm;
use crate::exit::{Exit, Failure};

/// Asked or not.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  vigil leave\n  vigil leave -y\n", help_template = template())]
pub(crate) struct LeaveArgs {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Leaves.
pub(crate) fn run(context: &Context, args: &LeaveArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    let cluster: ClusterStatus = client.fetch_json("/v1/cluster", &[])?;
    let question = format!(
        "{} leaves cluster {} for good, and starts anew with a new key in a cluster of its own. Its data stay here and \
         there. Leave?",
        cluster.name, cluster.cluster
    );
    confirm(&question, args.yes)?;
    client.tell("/v1/leave", &[], &json!({}))?;
    context.look.note("left: it starts anew, alone; the others keep what it wrote until now, and it keeps what it has");
    Ok(Exit::Ok)
}
