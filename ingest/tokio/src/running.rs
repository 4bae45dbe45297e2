//! Which listeners are at work, and how they change while others go on.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use vigil_ingest::{Door, Listen, Source, Sources, Spec, Transport};

use crate::order::{Job, Order};
use crate::port::{self, Port, PortKey};
use crate::stdin::{self, Pipe};
use crate::{Intake, file, forward, tcp, tls, udp};

/// How long listeners that settings took away may hand on what they read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a source cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source `{source_name}`: {why}")]
pub struct StartError {
    /// Which.
    pub source_name: String,
    /// What is wrong, and what can be done.
    pub why: String,
}

/// A socket that is listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The name of its source.
    pub source: String,
    /// How bytes travel.
    pub transport: Transport,
    /// Where; with the port that the system chose, where settings say 0.
    pub address: SocketAddr,
}

/// All listeners of one set of sources. They go on until [`Running::stop`]; dropped, they end at once.
pub struct Running {
    intake: Arc<dyn Intake>,
    state: PathBuf,
    ports: BTreeMap<PortKey, Port>,
    pipe: Option<Pipe>,
    sources: BTreeMap<String, AtWork>,
}

/// One source with its listeners.
struct AtWork {
    orders: watch::Sender<Order>,
    tasks: JoinSet<()>,
    spec: Spec,
}

/// What a set of sources needs, all of it there.
struct Plan {
    sources: Vec<(Arc<Source>, Option<Arc<ServerConfig>>)>,
    ports: BTreeMap<PortKey, Port>,
    pipe: Option<Pipe>,
}

/// Opens everything that the sources name, or nothing. `state` is a directory of this crate's own, where the positions in
/// files rest; it is made if it is not there. Call it within a runtime that has IO and time.
pub async fn start(sources: &Sources, intake: Arc<dyn Intake>, state: &Path) -> Result<Running, Vec<StartError>> {
    let mut running =
        Running { intake, state: state.to_owned(), ports: BTreeMap::new(), pipe: None, sources: BTreeMap::new() };
    running.replace(sources).await?;
    Ok(running)
}

impl Running {
    /// The sockets that are listened on, by the names of their sources.
    pub fn bound(&self) -> Vec<Bound> {
        self.sources.values().flat_map(|source| self.bound_of(&source.spec)).collect()
    }

    fn bound_of<'s>(&'s self, spec: &'s Spec) -> impl Iterator<Item = Bound> + 's {
        spec.listen.iter().filter_map(|listen| {
            let address = self.ports.get(&port::key(listen))?.address().ok()?;
            Some(Bound { source: spec.name.clone(), transport: listen.transport, address })
        })
    }

    /// Goes over to other settings. A source that is only read differently keeps its connections; a socket that is named
    /// by both stays open. On an error nothing has changed.
    pub async fn replace(&mut self, sources: &Sources) -> Result<(), Vec<StartError>> {
        let plan = self.plan(sources)?;
        let wanted: BTreeMap<&str, &Spec> =
            plan.sources.iter().map(|(source, _)| (source.spec.name.as_str(), &source.spec)).collect();
        let leaving: Vec<String> = self
            .sources
            .iter()
            .filter(|(name, source)| wanted.get(name.as_str()) != Some(&&source.spec))
            .map(|(name, _)| name.clone())
            .collect();
        self.leave(leaving).await;
        (self.ports, self.pipe) = (plan.ports, plan.pipe);
        for (source, tls) in plan.sources {
            let order = Order { source, tls, stopping: false };
            match self.sources.get(&order.source.spec.name) {
                Some(at_work) => drop(at_work.orders.send_replace(order)),
                None => self.begin(order),
            }
        }
        Ok(())
    }

    /// Reads no more, hands on what was read, and ends. What is not kept within `patience` is given up.
    pub async fn stop(mut self, patience: Duration) {
        let all = std::mem::take(&mut self.sources);
        end(all.into_values().collect(), patience).await;
    }

    /// Everything that the sources need: what is open stays, the rest is opened.
    fn plan(&self, sources: &Sources) -> Result<Plan, Vec<StartError>> {
        let mut plan = Plan { sources: Vec::new(), ports: BTreeMap::new(), pipe: None };
        let mut errors = Vec::new();
        for source in sources.all().filter(|source| source.spec.enabled && !source.spec.door.is_http()) {
            if let Err(why) = self.add(source, &mut plan) {
                errors.push(StartError { source_name: source.spec.name.clone(), why });
            }
        }
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }

    fn add(&self, source: &Arc<Source>, plan: &mut Plan) -> Result<(), String> {
        let spec = &source.spec;
        let tls = tls::open(spec)?;
        for listen in &spec.listen {
            self.open(listen, plan)?;
        }
        match spec.door {
            Door::File => file::check(&spec.paths, &self.state, &spec.name)?,
            Door::Stdin if plan.pipe.is_some() => {
                return Err("another source reads standard input already".to_owned());
            }
            Door::Stdin => {
                let open = || stdin::open(io::stdin()).map_err(|error| format!("standard input: {error}"));
                plan.pipe = Some(self.pipe.clone().map_or_else(open, Ok)?);
            }
            _ => {}
        }
        plan.sources.push((Arc::clone(source), tls));
        Ok(())
    }

    fn open(&self, listen: &Listen, plan: &mut Plan) -> Result<(), String> {
        let key = port::key(listen);
        if plan.ports.contains_key(&key) {
            return Err(format!("{} is listened on twice", listen.address));
        }
        let port = match self.ports.get(&key) {
            Some(port) => port.clone(),
            None => Port::open(listen).map_err(|error| refused(listen, &error))?,
        };
        plan.ports.insert(key, port);
        Ok(())
    }

    fn begin(&mut self, order: Order) {
        let spec = order.source.spec.clone();
        let (orders, receiver) = watch::channel(order);
        let job = Job::new(Arc::clone(&self.intake), receiver);
        let mut tasks = JoinSet::new();
        for listen in &spec.listen {
            match self.ports.get(&port::key(listen)).expect("the plan opened every socket") {
                Port::Datagrams(socket) => drop(tasks.spawn(udp::listen(Arc::clone(socket), job.clone()))),
                Port::Streams(listener) => {
                    drop(tasks.spawn(tcp::listen(Arc::clone(listener), listen.transport, job.clone())));
                    if let Some(beats) = heartbeats(&spec, listen, &self.ports, &job) {
                        drop(tasks.spawn(beats));
                    }
                }
            }
        }
        match (spec.door, &self.pipe) {
            (Door::Stdin, Some(pipe)) => drop(tasks.spawn(stdin::listen(Arc::clone(pipe), job))),
            (Door::File, _) => {
                let state = self.state.clone();
                drop(tasks.spawn_blocking(move || file::listen(&state, job)));
            }
            _ => {}
        }
        self.sources.insert(spec.name.clone(), AtWork { orders, tasks, spec });
    }

    /// Ends sources; of files it is waited for, so that nobody else reads them meanwhile.
    async fn leave(&mut self, names: Vec<String>) {
        let leaving: Vec<AtWork> = names.iter().filter_map(|name| self.sources.remove(name)).collect();
        let (files, others): (Vec<_>, Vec<_>) =
            leaving.into_iter().partition(|source| matches!(source.spec.door, Door::File | Door::Stdin));
        others.iter().for_each(AtWork::halt);
        end(files, PATIENCE).await;
        tokio::spawn(end(others, PATIENCE));
    }
}

impl AtWork {
    fn halt(&self) {
        self.orders.send_modify(|order| order.stopping = true);
    }
}

/// Ends sources, all at once, and gives up after `patience`.
async fn end(mut sources: Vec<AtWork>, patience: Duration) {
    sources.iter().for_each(AtWork::halt);
    let ended = async {
        for source in &mut sources {
            while source.tasks.join_next().await.is_some() {}
        }
    };
    if timeout(patience, ended).await.is_err() {
        // Without anybody who orders, what is not kept is given up.
        let tasks: Vec<JoinSet<()>> = sources.into_iter().map(|source| source.tasks).collect();
        for mut tasks in tasks {
            while tasks.join_next().await.is_some() {}
        }
    }
}

/// Answers datagrams on the port of a plain stream of the forward protocol, where that port is free.
fn heartbeats(
    spec: &Spec,
    listen: &Listen,
    ports: &BTreeMap<PortKey, Port>,
    job: &Job,
) -> Option<impl Future<Output = ()> + use<>> {
    if spec.door != Door::Forward || listen.transport != Transport::Tcp {
        return None;
    }
    let address = ports.get(&port::key(listen))?.address().ok()?;
    match Port::open(&Listen { transport: Transport::Udp, address }) {
        Ok(Port::Datagrams(socket)) => Some(forward::heartbeats(socket, job.clone())),
        _ => {
            job.note(&format!("heartbeats are not answered: udp {address} is in use"));
            None
        }
    }
}

fn refused(listen: &Listen, error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need the right CAP_NET_BIND_SERVICE, or choose a higher one"
        }
        io::ErrorKind::AddrInUse => "; another program listens there",
        io::ErrorKind::AddrNotAvailable => "; this machine does not have the address",
        _ => "",
    };
    format!("{} cannot be listened on: {error}{hint}", listen.address)
}
