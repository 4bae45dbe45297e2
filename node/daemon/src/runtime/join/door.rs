//! Who may come in: answers those who knock, and remembers who waits.
//!
//! Nothing that a stranger says changes anything here but a small table of those who wait. A
//! ticket is used up, durably, before the admission is written, and the admission is durable
//! before the stranger is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use vigil_crdt::control::{Adopted, MemberState, Op, Profile};
use vigil_model::limits::{JOIN_CLOCK_OFF_MAX_MS, JOIN_PENDING_MAX};
use vigil_model::ticket::{self, JoinContext, JoinSide};
use vigil_model::{Hash, NodeId, Timestamp};

use super::invites::Invites;
use super::messages::{Answer, Hello, Refused, Request, VERSION, WrittenLog, decode, encode};
use super::words;
use crate::runtime::admin::Admin;
use crate::runtime::clock;
use crate::runtime::home::Home;
use crate::runtime::identity::{Identity, random};
use crate::runtime::members::Members;

/// How long a challenge may be answered.
const CHALLENGE: Duration = Duration::from_secs(60);
/// How long someone who waits is remembered after the last knock.
const WAITING: Duration = Duration::from_secs(24 * 3_600);

/// Someone who waits to be let in.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Pending {
    /// Its key.
    pub(in crate::runtime) node: NodeId,
    /// What it calls itself.
    pub(in crate::runtime) name: String,
    /// From where it knocked.
    pub(in crate::runtime) address: String,
    /// Its program version.
    pub(in crate::runtime) software: String,
    /// The words to compare.
    pub(in crate::runtime) words: String,
    /// When it knocked first and last.
    pub(in crate::runtime) since: Timestamp,
    last: Timestamp,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Open,
    Approved,
    Rejected,
}

/// A ticket being proved.
struct Challenge {
    hello: Hello,
    nonce: [u8; 32],
    at: Timestamp,
}

/// The door.
pub(in crate::runtime) struct Door {
    identity: Arc<Identity>,
    members: Arc<Members>,
    admin: Admin,
    /// Where others reach this node.
    addresses: Vec<String>,
    pub(in crate::runtime) invites: Mutex<Invites>,
    pending: Mutex<BTreeMap<NodeId, Pending>>,
    challenges: Mutex<BTreeMap<NodeId, Challenge>>,
}

impl Door {
    pub(in crate::runtime) fn new(
        identity: Arc<Identity>,
        members: Arc<Members>,
        admin: Admin,
        addresses: Vec<String>,
        invites: Invites,
    ) -> Door {
        Door {
            identity,
            members,
            admin,
            addresses,
            invites: Mutex::new(invites),
            pending: Mutex::default(),
            challenges: Mutex::default(),
        }
    }

    /// Answers a knock; nothing to what cannot be read.
    pub(in crate::runtime) async fn answer(&self, peer: NodeId, address: String, request: &[u8]) -> Option<Vec<u8>> {
        let answer = match decode::<Request>(request)? {
            Request::Hello(hello) => self.hello(peer, address, hello).await,
            Request::Redeem { invite, proof, logs } => match self.proved(peer, invite, &proof) {
                Ok(name) => self.admit(peer, name, invite, &logs).await,
                Err(refused) => Err(refused),
            },
        };
        Some(encode(&answer.unwrap_or_else(Answer::Refused)))
    }

    async fn hello(&self, peer: NodeId, address: String, hello: Hello) -> Result<Answer, Refused> {
        self.check_hello(&peer, &hello)?;
        if self.is_member(&peer) {
            return Ok(self.admitted(&peer));
        }
        match hello.invite {
            Some(invite) => self.challenge(peer, invite, hello),
            None => self.wait(peer, address, hello).await,
        }
    }

    fn home(&self) -> &Home {
        &self.identity.home
    }

    fn check_hello(&self, peer: &NodeId, hello: &Hello) -> Result<(), Refused> {
        if hello.version != VERSION {
            let message = format!("this node speaks version {VERSION} of joining, you speak {}", hello.version);
            return Err(Refused::new("version", message, "upgrade the older of the two programs"));
        }
        if hello.cluster.is_some_and(|cluster| cluster != self.home().cluster) {
            let message = format!("this node belongs to another cluster ({})", &self.home().cluster.to_string()[..8]);
            return Err(Refused::new(
                "wrong_cluster",
                message,
                "the ticket was made for another cluster; ask for a new one",
            ));
        }
        self.check_removed(peer)?;
        check_clock(hello.clock_ms)
    }

    fn check_removed(&self, peer: &NodeId) -> Result<(), Refused> {
        match self.members.picture().member(peer).map(|member| member.state.clone()) {
            Some(MemberState::Removed { at, by, .. }) => {
                let message = format!("this node was removed on {at} by {}", self.members.name(&by));
                let hint = "removal is for good; join again with an empty data directory, which makes a new key";
                Err(Refused::new("removed", message, hint))
            }
            _ => Ok(()),
        }
    }

    fn is_member(&self, peer: &NodeId) -> bool {
        self.members.picture().active(peer)
    }

    fn challenge(&self, peer: NodeId, invite: Hash, hello: Hello) -> Result<Answer, Refused> {
        let now = clock::now();
        let secret = self.secret(&invite, &peer, now)?;
        let nonce: [u8; 32] = random().map_err(|error| Refused::new("internal", error.to_string(), "try again"))?;
        let proof = self.mac(&secret, &peer, (&hello.nonce, &nonce), JoinSide::Inviter);
        let mut challenges = self.challenges.lock();
        challenges.retain(|_, challenge| challenge.at.plus_millis(CHALLENGE.as_millis() as i64) > now);
        if challenges.len() >= JOIN_PENDING_MAX {
            return Err(Refused::new("busy", "too many nodes are joining", "try again in a minute"));
        }
        challenges.insert(peer, Challenge { hello, nonce, at: now });
        Ok(Answer::Challenge { nonce, proof, by: self.name() })
    }

    fn secret(&self, invite: &Hash, peer: &NodeId, now: Timestamp) -> Result<[u8; 16], Refused> {
        let invites = self.invites.lock();
        let secret = invites.good(invite, peer, now)?.secret();
        secret
            .ok_or_else(|| Refused::new("ticket_unknown", "the ticket is no longer readable here", "ask for a new one"))
    }

    fn mac(&self, secret: &[u8; 16], peer: &NodeId, nonces: (&[u8; 32], &[u8; 32]), side: JoinSide) -> Hash {
        let context = JoinContext {
            cluster: self.home().cluster,
            joiner: *peer,
            inviter: self.identity.log.node,
            joiner_nonce: *nonces.0,
            inviter_nonce: *nonces.1,
        };
        ticket::mac(secret, &context, side)
    }

    async fn wait(&self, peer: NodeId, address: String, hello: Hello) -> Result<Answer, Refused> {
        let (now, by) = (clock::now(), self.name());
        let (cluster, me) = (self.home().cluster, self.identity.log.node);
        let known = self.pending.lock().get(&peer).map(|one| one.words.clone());
        let words = match known {
            Some(words) => words,
            None => tokio::task::spawn_blocking(move || words(&cluster, &me, &peer)).await.unwrap_or_default(),
        };
        let mut pending = self.pending.lock();
        pending.retain(|_, one| one.last.plus_millis(WAITING.as_millis() as i64) > now);
        let waiting = pending.values().filter(|one| one.verdict != Verdict::Rejected).count();
        if pending.len() >= JOIN_PENDING_MAX && !pending.contains_key(&peer) {
            // Whoever was turned away gives way to who comes anew.
            pending.retain(|_, one| one.verdict != Verdict::Rejected);
        }
        if waiting >= JOIN_PENDING_MAX && !pending.contains_key(&peer) {
            return Err(Refused::new(
                "busy",
                "too many nodes wait for approval",
                "approve or reject some: vigil peers",
            ));
        }
        let fresh = Pending {
            node: peer,
            name: self.members.free_name(&hello.name, &peer),
            address: address.clone(),
            software: hello.software.clone(),
            words,
            since: now,
            last: now,
            verdict: Verdict::Open,
        };
        let one = pending.entry(peer).or_insert(fresh);
        // The name stays that of the first knock: it is what people were shown.
        (one.last, one.address) = (now, address);
        match one.verdict {
            Verdict::Open => Ok(Answer::Pending { cluster, by }),
            Verdict::Approved => Ok(Answer::Approved { cluster, by }),
            Verdict::Rejected => {
                Err(Refused::new("rejected", format!("{by} does not let this node in"), "ask whoever runs it"))
            }
        }
    }

    /// Whether the joiner may come in; answers the name that it gets.
    fn proved(&self, peer: NodeId, invite: Option<Hash>, proof: &Hash) -> Result<String, Refused> {
        self.check_removed(&peer)?;
        let Some(invite) = invite else {
            let pending = self.pending.lock();
            let approved = pending.get(&peer).filter(|one| one.verdict == Verdict::Approved);
            return approved.map(|one| one.name.clone()).ok_or_else(|| {
                Refused::new(
                    "waiting",
                    "nobody approved this node yet",
                    "compare the four words, then: vigil peers approve",
                )
            });
        };
        let Some(Challenge { hello, nonce, .. }) = self.challenges.lock().remove(&peer) else {
            return Err(Refused::new("expired", "the proof came too late", "try again"));
        };
        let secret = self.secret(&invite, &peer, clock::now())?;
        if !ticket::same(&self.mac(&secret, &peer, (&hello.nonce, &nonce), JoinSide::Joiner), proof) {
            return Err(Refused::new("secret_refused", "the secret of the ticket is wrong", "ask for a new ticket"));
        }
        let given = self.invites.lock().good(&invite, &peer, clock::now())?.name.clone();
        Ok(if given.is_empty() { hello.name } else { given })
    }

    async fn admit(
        &self,
        peer: NodeId,
        name: String,
        invite: Option<Hash>,
        logs: &[WrittenLog],
    ) -> Result<Answer, Refused> {
        if self.is_member(&peer) {
            return Ok(self.admitted(&peer));
        }
        let profile = self.use_up(&peer, &name, invite)?;
        let mut adopted: Vec<Adopted> = logs.iter().map(Adopted::from).filter(|log| log.log.node == peer).collect();
        adopted.sort_unstable();
        adopted.dedup_by_key(|log| log.log);
        let op = Op::Admit { node: peer, name: self.members.free_name(&name, &peer), profile, adopted };
        self.admin.change(op).await.map_err(|failure| Refused::new(&failure.code, failure.message, &failure.hint))?;
        self.pending.lock().remove(&peer);
        Ok(self.admitted(&peer))
    }

    /// Marks the ticket as used before anything is written.
    fn use_up(&self, peer: &NodeId, name: &str, invite: Option<Hash>) -> Result<Profile, Refused> {
        let Some(invite) = invite else { return Ok(Profile::Full) };
        let profile = self.invites.lock().use_up(&invite, peer, name, clock::now())?;
        Ok(if profile == "edge" { Profile::Edge } else { Profile::Full })
    }

    fn name(&self) -> String {
        self.members.name(&self.identity.log.node)
    }

    fn admitted(&self, peer: &NodeId) -> Answer {
        let Home { cluster, founder, .. } = *self.home();
        let picture = self.members.picture();
        let edge = picture.member(peer).is_some_and(|member| member.profile == Profile::Edge);
        Answer::Admitted { cluster, founder, by: self.name(), addresses: self.addresses.clone(), edge }
    }

    /// Makes a ticket; answers its secret.
    pub(in crate::runtime) fn invite(&self, expires: Timestamp, profile: &str, name: &str) -> Result<[u8; 16], String> {
        let secret = random().map_err(|error| error.to_string())?;
        self.invites.lock().add(&secret, expires, profile, name, clock::now())?;
        Ok(secret)
    }

    /// Everyone who waits.
    pub(in crate::runtime) fn pending(&self) -> Vec<Pending> {
        self.pending.lock().values().filter(|one| one.verdict != Verdict::Rejected).cloned().collect()
    }

    /// Lets someone who waits in, or not; answers who it is. A key counts before a name, which
    /// anyone can choose; what is not one node is nobody.
    pub(in crate::runtime) fn decide(&self, text: &str, approve: bool) -> Result<NodeId, Undecided> {
        let mut pending = self.pending.lock();
        let open = |one: &&Pending| one.verdict != Verdict::Rejected;
        let of = |fits: &dyn Fn(&Pending) -> bool| -> Vec<NodeId> {
            pending.values().filter(open).filter(|one| fits(one)).map(|one| one.node).collect()
        };
        let tests: [&dyn Fn(&Pending) -> bool; 3] =
            [&|one| one.node.to_string() == text, &|one| one.name == text, &|one| {
                text.len() >= 4 && one.node.to_string().starts_with(text)
            }];
        let found = tests.into_iter().map(of).find(|found| !found.is_empty()).ok_or(Undecided::Nobody)?;
        let [node] = found[..] else { return Err(Undecided::Several) };
        let one = pending.get_mut(&node).expect("it was just found");
        one.verdict = if approve { Verdict::Approved } else { Verdict::Rejected };
        Ok(node)
    }
}

/// Why nobody was let in or turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Undecided {
    /// Nobody of this name waits.
    Nobody,
    /// Several do.
    Several,
}

/// Seal times of a node whose clock is far off would be flagged everywhere.
fn check_clock(theirs_ms: i64) -> Result<(), Refused> {
    let off_ms = theirs_ms - clock::now().millis();
    if off_ms.unsigned_abs() <= JOIN_CLOCK_OFF_MAX_MS {
        return Ok(());
    }
    let way = if off_ms > 0 { "ahead" } else { "behind" };
    let message = format!("your clock is {} min {way} of this node's", off_ms.unsigned_abs().div_ceil(60_000));
    Err(Refused::new("clock_off", message, "set the clock (chrony, systemd-timesyncd), then join again"))
}
