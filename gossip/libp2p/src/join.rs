//! How a node knocks at another one's join door.

use std::sync::Arc;
use std::time::Duration;

use libp2p::Multiaddr;
use tokio::sync::oneshot;
use tokio::time::timeout;
use vigil_model::NodeId;
use vigil_model::limits::{KNOCK_BYTES_MAX, STRANGER_SECONDS};

use crate::accept::halves;
use crate::address::{node_of, peer_of, resolve, show};
use crate::command::{Command, Joining};
use crate::frames::{FrameReader, FrameWriter};
use crate::shared::Shared;
use crate::types::{DialFailure, StreamError};

/// How long dialling one address may take.
const DIAL: Duration = Duration::from_secs(10);

/// Knocks at each address in turn, until one answers.
pub(crate) async fn join(
    shared: &Arc<Shared>,
    addresses: &[String],
    pinned: Option<NodeId>,
    request: &[u8],
) -> Result<(NodeId, String, Vec<u8>), Vec<DialFailure>> {
    let mut failures = Vec::new();
    for text in addresses {
        let resolved = match resolve(text).await {
            Ok(resolved) => resolved,
            Err(why) => {
                failures.push(DialFailure::Unreachable { address: text.clone(), why });
                continue;
            }
        };
        for address in resolved {
            match knock(shared, &address, pinned, request).await {
                Ok((node, answer)) => return Ok((node, show(&address), answer)),
                Err(failure) => failures.push(failure),
            }
        }
    }
    Err(failures)
}

async fn knock(
    shared: &Arc<Shared>,
    address: &Multiaddr,
    pinned: Option<NodeId>,
    request: &[u8],
) -> Result<(NodeId, Vec<u8>), DialFailure> {
    let Joining { peer, connection } = dial(shared, address, pinned).await?;
    let answer = timeout(Duration::from_secs(STRANGER_SECONDS), talk(shared, peer, connection, request)).await;
    shared.command(Command::Close { connection }).await;
    let answer = answer.unwrap_or(Err(StreamError::Stalled(STRANGER_SECONDS)));
    let answer = answer.map_err(|error| failure(address, error))?;
    let node = node_of(&peer).ok_or_else(|| broken(address, "its key is no Ed25519 key"))?;
    Ok((node, answer))
}

async fn dial(shared: &Shared, address: &Multiaddr, pinned: Option<NodeId>) -> Result<Joining, DialFailure> {
    let pinned = match pinned {
        Some(node) => Some(peer_of(&node).ok_or_else(|| broken(address, "the expected key is no key"))?),
        None => None,
    };
    let (reply, dialled) = oneshot::channel();
    shared.command(Command::Join { address: address.clone(), pinned, reply }).await;
    let unreachable = |why: &str| DialFailure::Unreachable { address: show(address), why: why.into() };
    match timeout(DIAL, dialled).await {
        Ok(Ok(joining)) => joining,
        Ok(Err(_)) => Err(unreachable("this node is stopping")),
        Err(_) => Err(unreachable("no answer in time")),
    }
}

async fn talk(
    shared: &Shared,
    peer: libp2p::PeerId,
    connection: libp2p::swarm::ConnectionId,
    request: &[u8],
) -> Result<Vec<u8>, StreamError> {
    let broken = |error: std::io::Error| StreamError::Broken(error.to_string());
    let (read, write) = halves(shared.open(peer, connection, &shared.protocols.join).await?);
    let mut writer = FrameWriter::new(write);
    writer.add(request);
    writer.flush().await.map_err(broken)?;
    let answer = FrameReader::new(read, KNOCK_BYTES_MAX).next().await.map_err(broken)?;
    answer.ok_or_else(|| StreamError::Broken("it hung up without an answer".into()))
}

fn failure(address: &Multiaddr, error: StreamError) -> DialFailure {
    match error {
        StreamError::Protocol(protocol) => DialFailure::Protocol { address: show(address), protocol },
        other => broken(address, &other.to_string()),
    }
}

fn broken(address: &Multiaddr, why: &str) -> DialFailure {
    DialFailure::Broken { address: show(address), why: why.into() }
}
