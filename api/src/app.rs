//! What every handler shares: the node, the options, what is counted, what is rationed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use vigil_model::limits::{INGEST_REQUESTS_MAX, KEYED_BYTES_MAX, TAILS_MAX};

use crate::Backend;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::rates::{Limiter, Rates};
use crate::router::NeedTable;
use crate::tls::Tls;

/// How HTTP behaves.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The socket is bound to loopback: a request that names another host is refused, because a
    /// web page may have lured a browser here.
    pub loopback: bool,
    /// Whoever reaches the socket may do everything until the first token is made
    /// (`insecure_http`). Without it only programs of this machine may, and only until then.
    pub open: bool,
    /// Speak TLS 1.3; programs of this machine may still speak plain HTTP. Without it everyone does.
    pub tls: Option<Tls>,
    /// How often one may ask.
    pub rates: Rates,
    /// What the rates are measured by.
    pub clock: Clock,
    /// How long a client may send nothing, within a body or before and between requests.
    pub patience: Duration,
    /// How long a refused part of a request is offered again before it is given up.
    pub busy_patience: Duration,
    /// How long the answer to a query may take when nobody says how long.
    pub query_patience: Duration,
    /// How often a silent tail shows that it lives.
    pub heartbeat: Duration,
    /// When to end what would go on for ever.
    pub stop: Stop,
}

impl Default for HttpOptions {
    fn default() -> HttpOptions {
        HttpOptions {
            loopback: true,
            open: false,
            tls: None,
            rates: Rates::default(),
            clock: Clock::default(),
            patience: Duration::from_secs(60),
            busy_patience: Duration::from_secs(30),
            query_patience: Duration::from_secs(60),
            heartbeat: Duration::from_secs(15),
            stop: Stop::never(),
        }
    }
}

/// Time that only goes forward, counted from some moment.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// A clock that shows what `now` says.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Duration {
        (self.0)()
    }
}

impl Default for Clock {
    /// The machine's, from now on.
    fn default() -> Clock {
        let began = Instant::now();
        Clock::new(move || began.elapsed())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.now())
    }
}

/// Tells when the node stops. Cloned to everyone who must end then.
#[derive(Clone, Debug)]
pub struct Stop(Option<watch::Receiver<bool>>);

/// Stops; dropped without [`Stopper::stop`] it stops as well.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stop {
    /// A signal and who gives it.
    pub fn pair() -> (Stopper, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Stopper(sender), Stop(Some(receiver)))
    }

    /// Never.
    pub fn never() -> Stop {
        Stop(None)
    }

    /// Resolves when the node stops.
    pub async fn stopped(&mut self) {
        match &mut self.0 {
            // An error means that the stopper is gone, which is the same.
            Some(receiver) => drop(receiver.wait_for(|stopped| *stopped).await),
            None => std::future::pending().await,
        }
    }
}

impl Stopper {
    /// Everyone ends now.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Who asked how often.
pub(crate) struct Limits {
    pub(crate) tokens: Limiter,
    pub(crate) addresses: Limiter,
    pub(crate) refusals: Limiter,
}

impl Limits {
    fn new(rates: &Rates) -> Limits {
        Limits {
            tokens: Limiter::new(rates.token),
            addresses: Limiter::new(rates.address),
            refusals: Limiter::new(rates.refusals),
        }
    }
}

/// Shared by all handlers.
pub(crate) struct App {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) options: HttpOptions,
    pub(crate) meter: Meter,
    pub(crate) limits: Limits,
    pub(crate) needs: NeedTable,
    /// The last receipt number given to a client of Splunk's event collector.
    hec_receipt: AtomicU64,
    ingests: Arc<Semaphore>,
    tails: Arc<Semaphore>,
    keyed_kib: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(backend: Arc<dyn Backend>, options: HttpOptions, needs: NeedTable) -> App {
        let limits = Limits::new(&options.rates);
        // Numbers of an earlier process are smaller, and those that programs read as doubles stay exact.
        let first_receipt = u64::try_from(backend.now().0 / 1_000_000).unwrap_or_default();
        App {
            backend,
            options,
            meter: Meter::default(),
            limits,
            needs,
            hec_receipt: AtomicU64::new(first_receipt),
            ingests: Arc::new(Semaphore::new(INGEST_REQUESTS_MAX)),
            tails: Arc::new(Semaphore::new(TAILS_MAX)),
            keyed_kib: Arc::new(Semaphore::new(KEYED_BYTES_MAX / 1024)),
        }
    }

    /// A number for a client of Splunk's event collector to ask by whether its events are kept: they are.
    pub(crate) fn next_hec_receipt(&self) -> u64 {
        self.hec_receipt.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether such a number was given out, by this process or an earlier one.
    pub(crate) fn is_hec_receipt(&self, number: u64) -> bool {
        number <= self.hec_receipt.load(Ordering::Relaxed)
    }

    /// A place among the requests that bring events.
    pub(crate) fn ingest_place(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.ingests).try_acquire_owned().map_err(|_| Failure::IngestFull)
    }

    /// A place among the tails.
    pub(crate) fn tail_place(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.tails).try_acquire_owned().map_err(|_| Failure::TailsFull)
    }

    /// Room for `bytes` more of a body that is held whole.
    pub(crate) fn keyed_room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Failure> {
        let kib = u32::try_from(bytes.div_ceil(1024)).map_err(|_| Failure::KeyedFull)?;
        Arc::clone(&self.keyed_kib).try_acquire_many_owned(kib).map_err(|_| Failure::KeyedFull)
    }
}
