//! The threads of a node: who runs, what they share, in which order they end.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::{Semaphore, broadcast, mpsc};
use vigil_api::Backend;
use vigil_crdt::LogStore;
use vigil_gossip::Interest;
use vigil_gossip_libp2p::{Transport, TransportEvent};
use vigil_model::limits::{OFFERED_BYTES_MAX, PENDING_BLOCKS_MAX, RECEIVED_BLOCKS_MAX};
use vigil_node::Node;

use super::addresses::reachable;
use super::admin::Admin;
use super::backend::LiveNode;
use super::clock;
use super::copies::Copies;
use super::core::Core;
use super::desk::Desk;
use super::error::RunError;
use super::flight::Workers;
use super::follower::{Follower, Published};
use super::hasher;
use super::hot_tail::HotTail;
use super::identity::Identity;
use super::interest::interest;
use super::join::{Door, Invites, Joining};
use super::link_board::LinkBoard;
use super::links::Links;
use super::members::Members;
use super::message::CoreMessage;
use super::network::Network;
use super::open::Opened;
use super::peer_rows::PeerRows;
use super::pool::Pool;
use super::queries::Queries;
use super::replicator::Replicator;
use super::shared::Shared;
use super::slow::Tally;
use super::space::Space;
use super::start_record::note_start;
use super::tokens::Tokens;
use super::unindexed::Unindexed;
use super::writer::{Writer, WriterMessage};
use crate::settings::{Settings, Sync};

/// Messages that may wait for the thread of decisions; a submitter that finds it full is refused.
const CORE_QUEUE: usize = 4_096;
/// Jobs that may wait for hashers or writer: more than the machine ever has in flight.
const WORK_QUEUE: usize = 2 * (PENDING_BLOCKS_MAX + RECEIVED_BLOCKS_MAX) + 64;
/// How long threads may take to end; with the time that requests get, below the ten seconds promised.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// Batches that a live tail may be behind before it skips.
const LIVE_QUEUE: usize = 256;

/// A node whose threads run.
pub(super) struct Running {
    /// What HTTP talks to.
    pub(super) backend: Arc<dyn Backend>,
    /// Counters.
    pub(super) shared: Arc<Shared>,
    core: Sender<CoreMessage>,
    transport: Transport,
    runtime: tokio::runtime::Handle,
    threads: Vec<JoinHandle<()>>,
}

impl Running {
    /// Lets everything accepted become durable, commits the index, ends the threads.
    pub(super) fn stop(self) {
        end_at_the_latest();
        // The core may already have ended; then there is nothing left to stop.
        let _ = self.core.send(CoreMessage::Stop);
        self.runtime.block_on(self.transport.stop());
        drop(self.backend);
        drop(self.core);
        for thread in self.threads {
            let name = thread.thread().name().unwrap_or("?").to_owned();
            if thread.join().is_err() {
                tracing::error!(name, "a thread panicked");
            }
        }
    }
}

/// Ends the process after [`STOP_PATIENCE`] even if a disk never answers: as after a crash, what
/// was acknowledged before its fsync may then be lost (`storage.sync: interval`), nothing else.
fn end_at_the_latest() {
    let ending = spawn("vigil-stop", || {
        std::thread::sleep(STOP_PATIENCE);
        tracing::error!("the disk does not take what is left to write; ending without it");
        std::process::exit(1);
    });
    if let Err(error) = ending {
        tracing::warn!(%error, "nobody watches whether the node ends in time");
    }
}

/// Starts every thread of the node, and the tasks that speak with peers.
pub(super) fn start(opened: Opened, settings: Settings, network: Network) -> Result<Running, RunError> {
    let Opened { identity, store, control, membership, shelves, recovered, lost_end, .. } = opened;
    let identity = Arc::new(identity);
    let tail = Arc::new(HotTail::new(recovered.arrival));
    let index = Arc::new(Published::new(shelves.reader()));
    let (live, _) = broadcast::channel(LIVE_QUEUE);
    let (core_in, core_out) = bounded(CORE_QUEUE);
    let (workers, queues) = channels();

    let machine = machine_identity(&identity);
    let interest = interest(&settings.peers, &identity, &membership);
    let node = Node::recover(config(&settings, interest.clone()), &recovered, control, machine, clock::now());
    let shared = Arc::new(Shared::new(node.status(), recovered.arrival, shelves.resume() - 1, shelves.len() as u64));
    let peering = Peering::new(&identity, &store, &core_in, &network);
    peering.members.update(node.control());
    network.transport.set_members(peering.members.contacts());
    let Network { transport, events, listen, runtime } = network;
    let replicator = peering.replicator(&transport, &runtime);
    let core = Core::new(node, store.clone(), tail.clone(), live.clone(), shared.clone(), workers, replicator);
    let follower = Follower {
        added: shelves.resume() - 1,
        shelves: Some(shelves),
        published: index.clone(),
        dir: settings.data_dir.join("index"),
        writer_bytes: settings.index.memory as usize,
        store: store.clone(),
        tail: tail.clone(),
        shared: shared.clone(),
        core: core_in.clone(),
        commit_every: Duration::from_millis(settings.index.commit_ms),
        again: None,
    };
    let desk = peering.desk(&settings, &shared, &transport, listen, interest)?;
    follow_links(&runtime, peering.links(&desk), events);
    let queries = Arc::new(Queries {
        pool: Pool::start(settings.query.threads)?,
        store: store.clone(),
        tail: tail.clone(),
        index,
        unindexed: Unindexed::default(),
        desk: desk.clone(),
        shared: shared.clone(),
        node: identity.log.node,
        limits: settings.query.clone(),
        permits: Arc::new(Semaphore::new(settings.query.concurrency)),
        waiting: AtomicUsize::new(0),
        tally: Tally::default(),
    });
    let common = Common { store: &store, identity: &identity, settings: &settings, core: &core_in };
    let threads = spawn_all(core, core_out, follower, queues, &common)?;
    let backend = LiveNode {
        core: core_in.clone(),
        store,
        tail,
        live,
        shared: shared.clone(),
        identity,
        queries,
        settings,
        recovered,
        lost_end,
        started: (clock::now(), Instant::now()),
        desk,
    };
    note_start(&backend);
    introduce(&backend, &runtime);
    Ok(Running { backend: Arc::new(backend), shared, core: core_in, transport, runtime, threads })
}

/// Without this task the node would be deaf and not know it: its panic ends the process, and a
/// fresh start hears again.
fn follow_links(runtime: &tokio::runtime::Handle, links: Links, events: mpsc::Receiver<TransportEvent>) {
    let following = runtime.spawn(links.follow(events));
    runtime.spawn(async move {
        if following.await.is_err_and(|error| error.is_panic()) {
            tracing::error!("the task that hears peers panicked; start the node again");
            std::process::abort();
        }
    });
}

/// Tells everyone who this node is, if they do not know.
fn introduce(backend: &LiveNode, runtime: &tokio::runtime::Handle) {
    let desk = backend.desk.clone();
    runtime.spawn(async move { desk.introduce().await });
}

/// What those share who speak with peers.
struct Peering {
    identity: Arc<Identity>,
    store: Arc<dyn LogStore>,
    core: Sender<CoreMessage>,
    members: Arc<Members>,
    board: Arc<LinkBoard>,
    copies: Arc<Copies>,
    room: Arc<Semaphore>,
}

impl Peering {
    fn new(
        identity: &Arc<Identity>,
        store: &Arc<dyn LogStore>,
        core: &Sender<CoreMessage>,
        network: &Network,
    ) -> Peering {
        tracing::debug!(listen = %network.listen, "the peer port is open");
        Peering {
            identity: identity.clone(),
            store: store.clone(),
            core: core.clone(),
            members: Arc::new(Members::new(identity.log.node, &identity.home)),
            board: Arc::default(),
            copies: Arc::new(Copies::new(identity.log)),
            room: Arc::new(Semaphore::new(OFFERED_BYTES_MAX)),
        }
    }

    fn replicator(&self, transport: &Transport, runtime: &tokio::runtime::Handle) -> Replicator {
        Replicator {
            transport: transport.clone(),
            runtime: runtime.clone(),
            store: self.store.clone(),
            core: self.core.clone(),
            board: self.board.clone(),
            copies: self.copies.clone(),
            members: self.members.clone(),
            room: self.room.clone(),
            asked: Default::default(),
            last_serve: 0,
        }
    }

    fn desk(
        &self,
        settings: &Settings,
        shared: &Arc<Shared>,
        transport: &Transport,
        listen: SocketAddr,
        interest: Interest,
    ) -> Result<Arc<Desk>, RunError> {
        let addresses = reachable(settings.peers.advertise.as_deref(), listen);
        let admin = Admin { core: self.core.clone() };
        let invites = Invites::load(&settings.data_dir)?;
        let (identity, members) = (self.identity.clone(), self.members.clone());
        let door = Door::new(identity, members.clone(), admin.clone(), addresses.clone(), invites);
        Ok(Arc::new(Desk {
            identity: self.identity.clone(),
            members: members.clone(),
            store: self.store.clone(),
            shared: shared.clone(),
            core: self.core.clone(),
            admin: admin.clone(),
            door: Arc::new(door),
            joining: Joining {
                identity: self.identity.clone(),
                members: members.clone(),
                store: self.store.clone(),
                transport: transport.clone(),
                core: self.core.clone(),
                shared: shared.clone(),
                data_dir: settings.data_dir.clone(),
                busy: Default::default(),
            },
            tokens: Tokens { members: members.clone(), admin, used: Default::default() },
            copies: self.copies.clone(),
            rows: PeerRows {
                identity: self.identity.clone(),
                members,
                shared: shared.clone(),
                board: self.board.clone(),
                store: self.store.clone(),
                listen,
                interest,
                transport: transport.clone(),
            },
            data_dir: settings.data_dir.clone(),
            addresses,
        }))
    }

    fn links(&self, desk: &Arc<Desk>) -> Links {
        Links { core: self.core.clone(), board: self.board.clone(), room: self.room.clone(), door: desk.door.clone() }
    }
}

/// The receiving ends of [`Workers`].
struct Queues {
    hashers: Receiver<hasher::Job>,
    writer: Receiver<WriterMessage>,
    follower: Receiver<()>,
    space: Receiver<()>,
}

fn channels() -> (Workers, Queues) {
    let (hash_in, hash_out) = bounded(WORK_QUEUE);
    let (write_in, write_out) = bounded(WORK_QUEUE);
    let (follow_in, follow_out) = bounded(1);
    let (space_in, space_out) = bounded(1);
    (
        Workers { hashers: hash_in, writer: write_in, follower: follow_in, space: space_in },
        Queues { hashers: hash_out, writer: write_out, follower: follow_out, space: space_out },
    )
}

fn config(settings: &Settings, interest: Interest) -> vigil_node::Config {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let gossipsub = settings.peers.discovery.gossipsub;
    let base = vigil_node::Config::default().gossip;
    let gossip = vigil_gossip::Config { interest, version, gossipsub, ..base };
    let sync = match settings.storage.sync {
        Sync::Always => vigil_node::Sync::Always,
        Sync::Interval => vigil_node::Sync::Interval,
    };
    vigil_node::Config { sync, gossip, ..vigil_node::Config::default() }
}

fn machine_identity(identity: &Identity) -> vigil_node::Identity {
    let home = &identity.home;
    let (cluster, founder) = (home.cluster, Some(home.founder));
    vigil_node::Identity { cluster, log: identity.log, founder, instance: identity.instance }
}

/// What every thread gets of the node.
struct Common<'a> {
    store: &'a Arc<dyn LogStore>,
    identity: &'a Arc<Identity>,
    settings: &'a Settings,
    core: &'a Sender<CoreMessage>,
}

fn spawn_all(
    core: Core,
    messages: Receiver<CoreMessage>,
    follower: Follower,
    queues: Queues,
    common: &Common<'_>,
) -> Result<Vec<JoinHandle<()>>, RunError> {
    let mut threads = vec![spawn_vital("vigil-core", move || core.run(&messages))?];
    for _ in 0..hasher_count() {
        let (jobs, store, core) = (queues.hashers.clone(), common.store.clone(), common.core.clone());
        threads.push(spawn_vital("vigil-hash", move || hasher::work(&jobs, &*store, &core))?);
    }
    let writer = writer(common);
    threads.push(spawn_vital("vigil-write", move || writer.work(&queues.writer))?);
    threads.push(spawn("vigil-index", move || follower.work(&queues.follower))?);
    let (space, core) = (space(common), common.core.clone());
    threads.push(spawn("vigil-space", move || space.work(&queues.space, &core))?);
    Ok(threads)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, RunError> {
    Builder::new().name(name.to_owned()).spawn(work).map_err(|error| RunError::Threads(error.to_string()))
}

/// Spawns a thread on which every acknowledgement depends. Its panic ends the process at once, as a
/// crash would: nobody may go on waiting for it, and a fresh start recovers what is durable.
fn spawn_vital(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, RunError> {
    let vital = name.to_owned();
    spawn(name, move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!(thread = vital, "a thread that the log depends on panicked; start the node again");
            std::process::abort();
        }
    })
}

fn hasher_count() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)).min(8)
}

fn writer(common: &Common<'_>) -> Writer {
    let storage = &common.settings.storage;
    let interval = (storage.sync == Sync::Interval).then(|| Duration::from_millis(storage.interval_ms));
    Writer {
        store: common.store.clone(),
        key: common.identity.key.clone(),
        core: common.core.clone(),
        filled: RefCell::default(),
        interval: Cell::new(interval),
    }
}

fn space(common: &Common<'_>) -> Space {
    let storage = &common.settings.storage;
    Space { dir: common.settings.data_dir.clone(), max_disk: storage.max_disk, min_free: storage.min_free }
}
