//! What administrators ask of the cluster: invite, join, approve, rename, remove, leave, sync.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use vigil_api::{ClusterFailure, ClusterStatus, Invite, InviteRequest, JoinStatus, LogLag, Missing};
use vigil_crdt::LogStore;
use vigil_crdt::control::{Member, MemberState, Op};
use vigil_gossip::Event;
use vigil_model::limits::{INVITE_SECONDS_MAX, PENDING_BLOCKS_MAX};
use vigil_model::ticket::Ticket;
use vigil_model::{Class, LogId, NodeId};
use vigil_node::{Node, Receipt};

use super::admin::{Admin, fail};
use super::clock;
use super::copies::Copies;
use super::identity::{Identity, put_away};
use super::join::{Door, Joined, Joining, Undecided};
use super::members::{Found, Members};
use super::message::{CoreMessage, tell};
use super::peer_rows::{OFFLINE, PeerRows};
use super::shared::Shared;
use super::tokens::Tokens;

/// How long a round takes on a near link.
const SYNC_ROUND: Duration = Duration::from_millis(300);
/// How often a sync looks whether it is done.
const SYNC_EVERY: Duration = Duration::from_millis(50);
/// How often a node looks whether it is known as a member, and by its name.
const INTRODUCE_EVERY: Duration = Duration::from_millis(100);
/// How long looking at the machine may take.
const LOOK: Duration = Duration::from_secs(2);
/// How long a node that leaves waits for someone to hear of it.
const FAREWELL: Duration = Duration::from_secs(10);
/// Blocks of its own log that a node which leaves may still write: the removal itself, and what is
/// on its way to the disk.
const LAST_BLOCKS: u64 = 2 * PENDING_BLOCKS_MAX as u64;

/// The desk.
pub(super) struct Desk {
    pub(super) identity: Arc<Identity>,
    pub(super) members: Arc<Members>,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) shared: Arc<Shared>,
    pub(super) core: Sender<CoreMessage>,
    pub(super) admin: Admin,
    pub(super) door: Arc<Door>,
    pub(super) joining: Joining,
    pub(super) tokens: Tokens,
    pub(super) copies: Arc<Copies>,
    pub(super) rows: PeerRows,
    pub(super) data_dir: PathBuf,
    /// Where others reach this node.
    pub(super) addresses: Vec<String>,
}

fn nobody(text: &str) -> ClusterFailure {
    fail(404, "unknown_peer", &format!("there is no peer `{text}`"), "see: vigil peers")
}

impl Desk {
    /// The member that people mean.
    pub(super) fn find(&self, text: &str) -> Result<Member, ClusterFailure> {
        match self.members.find(text) {
            Found::One(member) => Ok(*member),
            Found::Nobody => Err(nobody(text)),
            Found::Several => {
                let message = format!("several keys begin with `{text}`");
                Err(fail(409, "ambiguous", &message, "write more of the key, or the name: vigil peers"))
            }
        }
    }

    /// Log by log, what is different between this node and a peer.
    pub(super) fn lag(&self, text: &str) -> Result<Vec<LogLag>, ClusterFailure> {
        let node = self.find(text)?.node;
        let heads = self.inspect(move |machine| machine.gossip().heads_of(&node));
        let heads = heads.ok_or_else(|| fail(503, "busy", "the node is busy", "try again"))?;
        Ok(self.rows.lag(&node, &heads))
    }

    /// The replica as a whole, as it is now.
    pub(super) fn cluster(&self, full: bool) -> ClusterStatus {
        // Whoever compares frontiers wants them fresh.
        self.refresh();
        self.rows.cluster(full)
    }

    /// Draws the picture of the peers anew; a node that ends keeps what it knew last.
    fn refresh(&self) {
        let shared = self.shared.clone();
        self.inspect(move |machine| shared.peers.refresh(machine));
    }

    /// Asks the machine; nothing when it does not answer in time.
    fn inspect<T: Send + 'static>(&self, look: impl FnOnce(&Node) -> T + Send + 'static) -> Option<T> {
        let (answer, seen) = crossbeam_channel::bounded(1);
        let look = move |machine: &Node| drop(answer.send(look(machine)));
        self.core.try_send(CoreMessage::Inspect(Box::new(look))).ok()?;
        // Called from tasks: others must go on meanwhile.
        tokio::task::block_in_place(|| seen.recv_timeout(LOOK).ok())
    }

    /// Makes a ticket.
    pub(super) fn invite(&self, request: &InviteRequest) -> Result<Invite, ClusterFailure> {
        let wrong = |message: &str, hint: &str| Err(fail(400, "invite", message, hint));
        if !matches!(request.profile.as_str(), "full" | "edge") {
            return wrong(&format!("`{}` is no profile", request.profile), "the profiles are full and edge");
        }
        if !(1..=INVITE_SECONDS_MAX).contains(&request.for_s) {
            return wrong("a ticket is good for 1 second to 30 days", "such as --for 1h");
        }
        let expires = clock::now().plus_millis(request.for_s as i64 * 1_000);
        let made = self.door.invite(expires, &request.profile, &request.name);
        let secret = made.map_err(|why| fail(507, "not_written", &why, "free some space, then try again"))?;
        let ticket = Ticket {
            cluster: self.identity.home.cluster,
            inviter: self.identity.log.node,
            addresses: self.addresses.clone(),
            secret,
            expires,
            edge: request.profile == "edge",
        };
        Ok(Invite { ticket: ticket.to_string(), expires: expires.to_string() })
    }

    /// Joins a cluster; after success the process starts anew.
    pub(super) async fn join(&self, target: &str) -> Result<JoinStatus, ClusterFailure> {
        let Joined { result, restart } = self.joining.join(target).await;
        if restart {
            self.move_out();
        }
        result
    }

    fn move_out(&self) {
        self.shared.moved.store(true, Ordering::Release);
        self.shared.move_out.notify_one();
    }

    /// Lets a pending node in, or turns it away.
    pub(super) fn decide(&self, text: &str, approve: bool) -> Result<NodeId, ClusterFailure> {
        self.door.decide(text, approve).map_err(|undecided| match undecided {
            Undecided::Nobody => {
                fail(404, "not_pending", &format!("nobody called `{text}` waits for approval"), "see: vigil peers")
            }
            Undecided::Several => {
                let message = format!("several nodes that wait are called `{text}`");
                fail(409, "ambiguous", &message, "name one by its key: vigil peers show")
            }
        })
    }

    /// Renames a member.
    pub(super) async fn rename(&self, text: &str, name: String) -> Result<NodeId, ClusterFailure> {
        let node = self.find(text)?.node;
        self.admin.change(Op::Rename { node, name }).await?;
        Ok(node)
    }

    /// Removes a member for good: of each of its logs what is held here counts.
    pub(super) async fn remove(&self, text: &str, reason: String) -> Result<NodeId, ClusterFailure> {
        let node = self.find(text)?.node;
        if node == self.identity.log.node {
            return Err(fail(409, "self", "this is the node itself", "to take it out of the cluster: vigil leave"));
        }
        self.admin.change(Op::remove(node, self.positions(&node), &reason)).await?;
        Ok(node)
    }

    fn positions(&self, node: &NodeId) -> Vec<(LogId, u64)> {
        let heads = self.store.log_heads();
        heads.iter().filter(|head| head.log.node == *node).map(|head| (head.log, head.seq + 1)).collect()
    }

    /// Takes this node out of the cluster. Its data stay, and its key is put away: it was removed
    /// for good.
    pub(super) async fn leave(&self) -> Result<(), ClusterFailure> {
        if self.members.picture().active_members().count() < 2 {
            return Err(fail(409, "alone", "this node is in no cluster with others", "there is nothing to leave"));
        }
        if self.rows.connected() == 0 {
            let hint = "leave while another member is connected, so that someone hears of it";
            return Err(fail(409, "nobody_hears", "no other member is connected", hint));
        }
        let node = self.identity.log.node;
        let mut positions = self.positions(&node);
        let own = positions.iter_mut().filter(|(log, _)| *log == self.identity.log);
        own.for_each(|(_, blocks)| *blocks += LAST_BLOCKS);
        let op = Op::remove(node, positions, "it left");
        let receipt = self.admin.change(op).await?;
        if !self.heard(&receipt).await {
            let hint = "the node stays up so that the others hear of it; when one has, ask again";
            return Err(fail(
                504,
                "nobody_heard",
                "it is written that this node left, and nobody has heard of it",
                hint,
            ));
        }
        put_away(&self.data_dir).map_err(|error| fail(500, "not_written", &error.to_string(), "free some space"))?;
        self.move_out();
        Ok(())
    }

    /// Whether a member has heard that this node left: it holds the record, or hung up for it.
    async fn heard(&self, receipt: &Receipt) -> bool {
        let until = Instant::now() + FAREWELL;
        while Instant::now() < until {
            let holds = self.copies.count(receipt.log, receipt.placed.seq, Class::Control) > 0;
            if holds || self.rows.board.heard_of_removal() {
                return true;
            }
            tokio::time::sleep(SYNC_EVERY).await;
        }
        false
    }

    /// Starts a round and waits until nothing is missing that a connected peer has.
    pub(super) async fn sync(&self, peer: Option<&str>, patience: Duration) -> Result<Vec<Missing>, ClusterFailure> {
        let only = peer.map(|text| self.find(text)).transpose()?.map(|member| member.node);
        tell(&self.core, CoreMessage::Gossip(Box::new(Event::SyncNow))).await;
        let begun = Instant::now();
        // A round has to go there and back before what is seen means anything.
        tokio::time::sleep(SYNC_ROUND.max(3 * self.rows.longest_round_trip()).min(patience)).await;
        loop {
            self.refresh();
            let missing = self.rows.missing(only.as_ref());
            let reachable = missing.iter().any(|one| !one.reason.starts_with(OFFLINE));
            if !reachable || begun.elapsed() >= patience {
                return Ok(missing);
            }
            tokio::time::sleep(SYNC_EVERY).await;
        }
    }

    /// Tells everyone what this node is called and where it can be reached, if the log does not say.
    pub(super) async fn introduce(&self) {
        loop {
            let known = self.members.picture().member(&self.identity.log.node).cloned();
            // Without one, the admission of this node is still on its way.
            if let Some(member) = known.filter(|member| member.state == MemberState::Active) {
                let Some(op) = self.unsaid(&member) else { return };
                // What is not written now is tried again.
                drop(self.admin.change(op).await);
            }
            tokio::time::sleep(INTRODUCE_EVERY).await;
        }
    }

    fn unsaid(&self, member: &Member) -> Option<Op> {
        let node = self.identity.log.node;
        // Nobody admits a founder: until it says its name it is called by its key.
        if node.to_string().starts_with(&member.name) {
            return Some(Op::Rename { node, name: self.members.free_name(&self.identity.name, &node) });
        }
        (member.addresses != self.addresses).then(|| Op::Addresses { addresses: self.addresses.clone() })
    }
}
