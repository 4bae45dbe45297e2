//! `vigil peers`: who the members are, how far each is, and why; and who comes and goes.

mod lag;
mod overview;
mod show;

use clap::{Args, Subcommand};
use serde_json::json;
use vigil_api::PeerStatus;

use super::args::template;
use super::confirm::confirm;
use super::output::print_json;
use super::{Context, since};
use crate::client::{Client, read_list, segment};
use crate::exit::{Exit, Failure};

pub(super) use lag::epoch;

/// What is wanted of the peers; the list without a word.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil peers\n  \
        vigil peers show site-b\n  \
        vigil peers lag site-b --explain\n  \
        vigil peers remove site-b -m 'disk sold'\n",
    help_template = template()
)]
pub(crate) struct PeersArgs {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every member and how far it is; what `vigil peers` alone does
    List,
    /// All that is known of one
    Show {
        /// Its name, or the front of its id
        peer: String,
    },
    /// Log by log, how far this node and a peer are apart
    Lag(lag::LagArgs),
    /// Let a node in that asked to join, after the four words were compared
    Approve {
        /// Its name, or the front of its id
        peer: String,
        /// The words are the same on both sides; do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Turn a node away that asked to join
    Reject {
        /// Its name, or the front of its id
        peer: String,
    },
    /// Give a member another name
    Rename {
        /// Its name, or the front of its id
        peer: String,
        /// The name from now on
        name: String,
    },
    /// Remove a member for good: its key never comes back. What it wrote until now stays
    Remove {
        /// Its name, or the front of its id
        peer: String,
        /// Why, for those who read the record
        #[arg(short = 'm', long, default_value = "", hide_default_value = true, value_name = "TEXT")]
        reason: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Does it.
pub(crate) fn run(context: &Context, args: PeersArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    match args.action.unwrap_or(Action::List) {
        Action::List => overview::run(context, &client),
        Action::Show { peer } => show::run(context, &client, &peer),
        Action::Lag(args) => lag::run(context, &client, &args),
        Action::Approve { peer, yes } => approve(context, &client, &peer, yes),
        Action::Reject { peer } => reject(context, &client, &peer),
        Action::Rename { peer, name } => rename(context, &client, &peer, &name),
        Action::Remove { peer, reason, yes } => remove(context, &client, &peer, &reason, yes),
    }
}

fn approve(context: &Context, client: &Client, peer: &str, yes: bool) -> Result<Exit, Failure> {
    let found = find(fetch(client)?, peer)?;
    if found.state != "pending" {
        let message = format!("{} does not wait for approval; it is {}", found.name, found.state);
        return Err(Failure::new(Exit::No, message).hint("`vigil peers` shows who does"));
    }
    let question = format!("Does {} ({}) show the same four words: {}?", found.name, front(&found.node), found.words);
    confirm(&question, yes)?;
    let done = client.tell(&path(&found.node, "/approve"), &[], &json!({}))?;
    tell(context, &done, &format!("{} may come in: it does as soon as it asks again", found.name))
}

fn reject(context: &Context, client: &Client, peer: &str) -> Result<Exit, Failure> {
    let done = client.tell(&path(peer, "/reject"), &[], &json!({}))?;
    tell(context, &done, &format!("{peer} was turned away"))
}

fn rename(context: &Context, client: &Client, peer: &str, name: &str) -> Result<Exit, Failure> {
    let done = client.tell(&path(peer, "/rename"), &[], &json!({ "name": name }))?;
    tell(context, &done, &format!("{peer} is {name} now"))
}

fn remove(context: &Context, client: &Client, peer: &str, reason: &str, yes: bool) -> Result<Exit, Failure> {
    let found = find(fetch(client)?, peer)?;
    let (name, id) = (&found.name, front(&found.node));
    confirm(&format!("Remove {name} ({id}) for good? Its key can never join again."), yes)?;
    let reason: Vec<_> = [("reason", reason.to_owned())].into_iter().filter(|(_, text)| !text.is_empty()).collect();
    let done = client.delete(&path(&found.node, ""), &reason)?;
    tell(context, &done, &format!("{name} is removed; what it wrote until now stays"))
}

/// The node's answer where JSON was asked for, else a sentence on stderr.
fn tell(context: &Context, answer: &[u8], sentence: &str) -> Result<Exit, Failure> {
    if context.look.json {
        print_json(answer)?;
    } else {
        context.look.note(sentence);
    }
    Ok(Exit::Ok)
}

/// Where the API has what concerns one peer.
fn path(peer: &str, what: &str) -> String {
    format!("/v1/peers/{}{what}", segment(peer))
}

/// Every member.
pub(super) fn fetch(client: &Client) -> Result<Vec<PeerStatus>, Failure> {
    read_list(&client.fetch("/v1/peers", &[])?, "peers")
}

/// The one with this name, else the only one whose id begins so.
fn find(peers: Vec<PeerStatus>, wanted: &str) -> Result<PeerStatus, Failure> {
    let named = |peer: &PeerStatus| peer.name == wanted || peer.node == wanted;
    let close = |peer: &PeerStatus| !wanted.is_empty() && peer.node.starts_with(wanted);
    let exact: Vec<PeerStatus> = peers.iter().filter(|peer| named(peer)).cloned().collect();
    let found = if exact.is_empty() { peers.into_iter().filter(close).collect() } else { exact };
    match <[PeerStatus; 1]>::try_from(found) {
        Ok([peer]) => Ok(peer),
        Err(none) if none.is_empty() => {
            let message = format!("no peer is called `{wanted}`, and no id begins so");
            Err(Failure::new(Exit::No, message).hint("`vigil peers` lists them"))
        }
        Err(several) => {
            let ids: Vec<String> =
                several.iter().map(|peer| format!("{} ({})", peer.name, front(&peer.node))).collect();
            let message = format!("`{wanted}` may be any of: {}", ids.join(", "));
            Err(Failure::new(Exit::No, message).hint("write more of the id; `vigil peers --json` shows it whole"))
        }
    }
}

/// As much of an id as people compare.
pub(super) fn front(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers() -> Vec<PeerStatus> {
        let peer =
            |name: &str, node: &str| PeerStatus { name: name.into(), node: node.into(), ..PeerStatus::default() };
        vec![peer("site-a", "k3xaaa"), peer("site-b", "k3xbbb"), peer("twin", "zz1"), peer("twin", "zz2")]
    }

    #[test]
    fn a_peer_is_found_by_name_or_front_of_its_id() {
        let found = |wanted: &str| find(peers(), wanted).map(|peer| peer.node).map_err(|failure| failure.message);
        assert_eq!(found("site-b").as_deref(), Ok("k3xbbb"));
        assert_eq!(found("k3xa").as_deref(), Ok("k3xaaa"));
        assert_eq!(found("zz2").as_deref(), Ok("zz2"));
        assert_eq!(found("k3x"), Err("`k3x` may be any of: site-a (k3xaaa), site-b (k3xbbb)".into()));
        assert_eq!(found("twin"), Err("`twin` may be any of: twin (zz1), twin (zz2)".into()));
        assert_eq!(found("nobody"), Err("no peer is called `nobody`, and no id begins so".into()));
        assert!(found("").is_err());
    }
}
