//! The steps of a node that joins a cluster.
//!
//! Everything that can fail is tried while the node still works. Then it stops writing, so that
//! the ends of its logs are final, proves its ticket, is admitted, remembers where it belongs, and
//! the process starts anew in the cluster. If the last step fails it starts anew where it was.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Sender;
use vigil_api::{ClusterFailure, JoinStatus};
use vigil_crdt::LogStore;
use vigil_crdt::control::{Adopted, Control};
use vigil_gossip_libp2p::{DialFailure, Transport};
use vigil_model::limits::JOIN_PENDING_MAX;
use vigil_model::ticket::{self, JoinContext, JoinSide, Ticket, TicketError};
use vigil_model::{ClusterId, Hash, NodeId};

use super::invites::expired;
use super::messages::{Answer, Hello, Request, VERSION, WrittenLog, decode, encode};
use super::words;
use crate::runtime::admin::fail;
use crate::runtime::clock;
use crate::runtime::home::{Contact, Home};
use crate::runtime::identity::{Identity, random};
use crate::runtime::members::Members;
use crate::runtime::message::{CoreMessage, tell};
use crate::runtime::shared::Shared;

/// How long the node may take to write what it has accepted.
const DRAIN: Duration = Duration::from_secs(20);
/// How often an admission whose answer was lost is asked for again, and how long between.
const REDEEM_TRIES: usize = 3;
const REDEEM_PAUSE: Duration = Duration::from_secs(1);

/// What joining needs of the node.
pub(in crate::runtime) struct Joining {
    pub(in crate::runtime) identity: Arc<Identity>,
    pub(in crate::runtime) members: Arc<Members>,
    pub(in crate::runtime) store: Arc<dyn LogStore>,
    pub(in crate::runtime) transport: Transport,
    pub(in crate::runtime) core: Sender<CoreMessage>,
    pub(in crate::runtime) shared: Arc<Shared>,
    pub(in crate::runtime) data_dir: PathBuf,
    /// Held while this node joins: it joins one cluster at a time.
    pub(in crate::runtime) busy: tokio::sync::Mutex<Option<Shown>>,
}

/// Whose words the user of this node was shown: only there an approval counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::runtime) struct Shown {
    peer: NodeId,
    cluster: ClusterId,
}

/// How it ended.
pub(in crate::runtime) struct Joined {
    /// What the user is told.
    pub(in crate::runtime) result: Result<JoinStatus, ClusterFailure>,
    /// Whether the process has to start anew.
    pub(in crate::runtime) restart: bool,
}

/// Whom to ask, and what proves the right.
struct Target {
    addresses: Vec<String>,
    ticket: Option<Ticket>,
}

/// The other side, after the first words.
struct Met {
    peer: NodeId,
    address: String,
    cluster: ClusterId,
    by: String,
    redeem: Option<Redeem>,
}

/// How the right is proved.
struct Redeem {
    invite: Option<Hash>,
    proof: Hash,
}

/// What the first words led to.
enum Greeting {
    Met(Box<Met>),
    Pending(JoinStatus),
    Admitted(Box<Met>, Home),
}

impl Joining {
    /// Joins by a ticket or an address.
    pub(in crate::runtime) async fn join(&self, target: &str) -> Joined {
        let Ok(mut shown) = self.busy.try_lock() else {
            let failure = fail(409, "joining", "this node is joining a cluster already", "wait for the end of it");
            return Joined { result: Err(failure), restart: false };
        };
        let greeted = match self.check(target) {
            Ok(target) => self.greet(&target, &mut shown).await,
            Err(failure) => Err(failure),
        };
        match greeted {
            Err(failure) => Joined { result: Err(failure), restart: false },
            Ok(Greeting::Pending(status)) => Joined { result: Ok(status), restart: false },
            Ok(Greeting::Met(met)) => Joined { result: self.move_in(*met).await, restart: true },
            // It was admitted before, and the process died before it knew.
            Ok(Greeting::Admitted(met, home)) => Joined { result: self.settle(&met, &home), restart: true },
        }
    }

    /// Only who is alone may move.
    fn check_alone(&self) -> Result<(), ClusterFailure> {
        let active = self.members.picture().active_members().count();
        if active > 1 {
            let message = format!("this node is already in a cluster with {} others", active - 1);
            return Err(fail(409, "already_in_cluster", &message, "leave it first: vigil leave"));
        }
        Ok(())
    }

    fn check(&self, target: &str) -> Result<Target, ClusterFailure> {
        self.check_alone()?;
        let target = target.trim();
        let target = if is_ticket(target) { read_ticket(target)? } else { read_address(target)? };
        if target.ticket.as_ref().is_some_and(|ticket| ticket.inviter == self.identity.log.node) {
            return Err(fail(
                400,
                "own_ticket",
                "this node made that ticket itself",
                "use it on the node that is to join",
            ));
        }
        Ok(target)
    }

    async fn greet(&self, target: &Target, shown: &mut Option<Shown>) -> Result<Greeting, ClusterFailure> {
        let nonce: [u8; 32] = random().map_err(|error| fail(500, "internal", &error.to_string(), "try again"))?;
        let invite = target.ticket.as_ref().map(Ticket::id);
        let hello = Request::Hello(Hello {
            version: VERSION,
            software: env!("CARGO_PKG_VERSION").to_owned(),
            cluster: target.ticket.as_ref().map(|ticket| ticket.cluster),
            invite,
            nonce,
            name: self.identity.name.clone(),
            clock_ms: clock::now().millis(),
        });
        let pinned = target.ticket.as_ref().map(|ticket| ticket.inviter);
        let (peer, address, answer) = self.knock(target.addresses.clone(), pinned, &hello).await?;
        let met = |cluster, by, redeem| Box::new(Met { peer, address: address.clone(), cluster, by, redeem });
        match (answer, &target.ticket) {
            (Answer::Challenge { nonce: theirs, proof, by }, Some(ticket)) => {
                let redeem = self.redeem(ticket, &peer, &nonce, &theirs, &proof)?;
                Ok(Greeting::Met(met(ticket.cluster, by, Some(redeem))))
            }
            (Answer::Approved { cluster, by }, None) if *shown == Some(Shown { peer, cluster }) => {
                let redeem = Redeem { invite: None, proof: Hash::ZERO };
                Ok(Greeting::Met(met(cluster, by, Some(redeem))))
            }
            (Answer::Pending { cluster, by } | Answer::Approved { cluster, by }, None) => {
                *shown = Some(Shown { peer, cluster });
                Ok(Greeting::Pending(self.waiting(cluster, peer, by).await))
            }
            (Answer::Admitted { cluster, founder, by, addresses, edge }, ticket)
                if ticket.is_some() || *shown == Some(Shown { peer, cluster }) =>
            {
                let met = met(cluster, by, None);
                let home = self.home(&met, founder, addresses, edge, ticket.as_ref())?;
                Ok(Greeting::Admitted(met, home))
            }
            (Answer::Admitted { cluster, by, .. }, None) => {
                *shown = Some(Shown { peer, cluster });
                Ok(Greeting::Pending(self.waiting(cluster, peer, by).await))
            }
            (Answer::Refused(refused), _) => Err(refused.into()),
            _ => Err(out_of_turn()),
        }
    }

    /// Checks that the issuer knows the secret, and proves that we do.
    fn redeem(
        &self,
        ticket: &Ticket,
        peer: &NodeId,
        ours: &[u8; 32],
        theirs: &[u8; 32],
        proof: &Hash,
    ) -> Result<Redeem, ClusterFailure> {
        let context = JoinContext {
            cluster: ticket.cluster,
            joiner: self.identity.log.node,
            inviter: *peer,
            joiner_nonce: *ours,
            inviter_nonce: *theirs,
        };
        if !ticket::same(&ticket::mac(&ticket.secret, &context, JoinSide::Inviter), proof) {
            let message = "the other side does not know the secret of the ticket";
            return Err(fail(409, "issuer_unproved", message, "ask for a new ticket; someone may be in the middle"));
        }
        let proof = ticket::mac(&ticket.secret, &context, JoinSide::Joiner);
        Ok(Redeem { invite: Some(ticket.id()), proof })
    }

    async fn waiting(&self, cluster: ClusterId, peer: NodeId, by: String) -> JoinStatus {
        let me = self.identity.log.node;
        let words = tokio::task::spawn_blocking(move || words(&cluster, &me, &peer)).await;
        JoinStatus {
            state: "pending".to_owned(),
            cluster: cluster.to_string(),
            words: words.unwrap_or_default(),
            message: format!(
                "waiting for approval: on {by}, compare the four words in `vigil peers` and run `vigil peers approve {}`",
                self.identity.name
            ),
            by,
        }
    }

    /// Stops writing, is admitted, remembers it.
    async fn move_in(&self, met: Met) -> Result<JoinStatus, ClusterFailure> {
        self.stop_writing().await?;
        self.check_alone()?;
        let Redeem { invite, proof } = met.redeem.as_ref().expect("who was met was told how to be let in");
        let logs: Vec<WrittenLog> = self.own_logs().iter().map(WrittenLog::from).collect();
        let request = Request::Redeem { invite: *invite, proof: *proof, logs };
        let answer = self.redeem_at(&met, &request).await?;
        match answer {
            Answer::Admitted { cluster, founder, addresses, edge, .. } if cluster == met.cluster => {
                let home = self.home(&met, founder, addresses, edge, None)?;
                self.settle(&met, &home)
            }
            Answer::Refused(refused) => Err(refused.into()),
            _ => Err(out_of_turn()),
        }
    }

    /// The admission may be written and its answer lost: asked again, the other side says so.
    async fn redeem_at(&self, met: &Met, request: &Request) -> Result<Answer, ClusterFailure> {
        let mut answered = self.knock(vec![met.address.clone()], Some(met.peer), request).await;
        for _ in 0..REDEEM_TRIES {
            if answered.as_ref().err().is_none_or(|failure| failure.code != "unreachable") {
                break;
            }
            tokio::time::sleep(REDEEM_PAUSE).await;
            answered = self.knock(vec![met.address.clone()], Some(met.peer), request).await;
        }
        answered.map(|(_, _, answer)| answer)
    }

    async fn stop_writing(&self) -> Result<(), ClusterFailure> {
        tell(&self.core, CoreMessage::Stop).await;
        let stopped = async {
            while !self.shared.stopped.load(Ordering::Acquire) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let late = |_| fail(503, "busy", "the node could not write what it had accepted in time", "join again");
        tokio::time::timeout(DRAIN, stopped).await.map_err(late)
    }

    /// The logs that this node wrote, whole.
    fn own_logs(&self) -> Vec<Adopted> {
        let heads = self.store.log_heads();
        let own = heads.iter().filter(|head| head.log.node == self.identity.log.node);
        let mut logs: Vec<Adopted> =
            own.map(|head| Adopted { log: head.log, seq: head.seq, hash: head.hash, cluster: head.cluster }).collect();
        // The newest are the last ones; what does not fit stays readable here.
        logs.drain(..logs.len().saturating_sub(JOIN_PENDING_MAX));
        logs
    }

    fn home(
        &self,
        met: &Met,
        founder: NodeId,
        mut addresses: Vec<String>,
        edge: bool,
        ticket: Option<&Ticket>,
    ) -> Result<Home, ClusterFailure> {
        let promised = ticket.is_none_or(|ticket| ticket.cluster == met.cluster);
        if Control::cluster_of(&founder) != met.cluster || !promised {
            return Err(fail(
                409,
                "wrong_cluster",
                "the other side names another cluster than it should",
                "ask for a new ticket",
            ));
        }
        addresses.retain(|address| *address != met.address);
        addresses.insert(0, met.address.clone());
        Ok(Home { cluster: met.cluster, founder, contacts: vec![Contact { node: met.peer, addresses }], edge })
    }

    fn settle(&self, met: &Met, home: &Home) -> Result<JoinStatus, ClusterFailure> {
        let failed =
            |why: String| fail(500, "not_written", &why, "free some space, then join again with the same ticket");
        home.save(&self.data_dir).map_err(|error| failed(error.to_string()))?;
        Ok(JoinStatus {
            state: "joined".to_owned(),
            cluster: met.cluster.to_string(),
            by: met.by.clone(),
            words: String::new(),
            message: format!("joined; the node starts anew in the cluster of {} and receives what is there", met.by),
        })
    }

    async fn knock(
        &self,
        addresses: Vec<String>,
        pinned: Option<NodeId>,
        request: &Request,
    ) -> Result<(NodeId, String, Answer), ClusterFailure> {
        let answered = self.transport.join(&addresses, pinned, &encode(request)).await;
        let (peer, address, bytes) = answered.map_err(|failures| unreachable(&failures))?;
        let answer = decode::<Answer>(&bytes).ok_or_else(out_of_turn)?;
        Ok((peer, address, answer))
    }
}

fn out_of_turn() -> ClusterFailure {
    fail(502, "protocol", "the other side answered what was not asked", "upgrade the older of the two programs")
}

/// Anything that is one long word was meant to be a ticket; the reading of it says what is wrong.
fn is_ticket(text: &str) -> bool {
    text.starts_with("vigil") && !text.contains(':')
}

fn read_ticket(text: &str) -> Result<Target, ClusterFailure> {
    let ticket: Ticket = text.parse().map_err(|error: TicketError| {
        let code = match error {
            TicketError::Foreign => "not_a_ticket",
            TicketError::Newer(_) => "ticket_newer",
            TicketError::Truncated { .. } => "ticket_truncated",
            TicketError::Mistyped(_) => "ticket_mistyped",
        };
        fail(400, code, &error.to_string(), "or ask for a new one: vigil invite")
    })?;
    let now = clock::now();
    if ticket.expired(now) {
        return Err(expired(ticket.expires.millis(), now).into());
    }
    Ok(Target { addresses: ticket.addresses.clone(), ticket: Some(ticket) })
}

fn read_address(text: &str) -> Result<Target, ClusterFailure> {
    let port = text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !port || text.chars().any(char::is_whitespace) {
        let message = format!("`{text}` is neither a ticket (vigil1…) nor an address (host:port)");
        return Err(fail(400, "not_a_ticket", &message, "make a ticket on the other node: vigil invite"));
    }
    Ok(Target { addresses: vec![text.to_owned()], ticket: None })
}

/// Why nobody answered: another key is worse than silence.
fn unreachable(failures: &[DialFailure]) -> ClusterFailure {
    let words: Vec<String> = failures.iter().map(ToString::to_string).collect();
    let words = words.join("; ");
    if failures.iter().any(|failure| matches!(failure, DialFailure::WrongKey { .. })) {
        let hint = "the ticket is of another node, or someone is in the middle; ask for a new ticket";
        return fail(409, "wrong_key", &format!("the key of the peer does not match the ticket: {words}"), hint);
    }
    if failures.iter().any(|failure| matches!(failure, DialFailure::Protocol { .. })) {
        return fail(409, "version", &words, "upgrade the older of the two programs");
    }
    let hint = "is the node up, is its peer port (UDP) open, is the address right?";
    fail(504, "unreachable", &format!("no address answers: {words}"), hint)
}
