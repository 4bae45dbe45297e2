//! Does everything arrive that comes by socket and file, once, and is what cannot be taken counted?

mod file;
mod forward;
mod tcp;
mod tls;
mod udp;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use vigil_ingest::{Counted, Counts, Door, Format, Listen, Recipe, Source, Sources, Spec, Transport};
use vigil_ingest_tokio::{Intake, Running, Submitted, start};
use vigil_model::{Records, Timestamp, Value};

/// How many events each way in brings.
pub(crate) const EVENTS: usize = 10_000;

/// Keeps what arrives, unless it is held.
pub(crate) struct Kept {
    records: Arc<Mutex<Vec<Records>>>,
    held: watch::Sender<bool>,
    waiting: Arc<AtomicUsize>,
}

impl Kept {
    pub(crate) fn new() -> Arc<Kept> {
        let (held, _) = watch::channel(false);
        Arc::new(Kept { records: Arc::default(), held, waiting: Arc::default() })
    }

    /// Lets everything wait, or go on.
    pub(crate) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Submissions that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The text fields of one name, and how often each came.
    pub(crate) fn texts(&self, name: &str) -> BTreeMap<String, usize> {
        let mut texts = BTreeMap::new();
        for records in self.records.lock().expect("nobody panicked").iter() {
            for record in records.iter().flatten() {
                if let Some(Value::Str(text)) = record.get(name) {
                    *texts.entry(text.to_owned()).or_default() += 1;
                }
            }
        }
        texts
    }

    pub(crate) fn count(&self) -> usize {
        self.records.lock().expect("nobody panicked").iter().map(Records::len).sum()
    }

    /// Waits until so many arrived.
    pub(crate) async fn until(&self, count: usize) {
        until(|| self.count() >= count, || format!("{} of {count} events", self.count())).await;
    }

    /// Every numbered event came, once.
    pub(crate) fn assert_all(&self, count: usize) {
        let texts = self.texts("message");
        for n in 0..count {
            assert_eq!(texts.get(&event(n)), Some(&1), "event {n} of {count}, {} different came", texts.len());
        }
        assert_eq!(texts.len(), count);
    }
}

impl Intake for Kept {
    fn submit(&self, records: Records) -> Submitted {
        let (kept, waiting, mut held) = (Arc::clone(&self.records), Arc::clone(&self.waiting), self.held.subscribe());
        Box::pin(async move {
            waiting.fetch_add(1, Ordering::Relaxed);
            let _ = held.wait_for(|held| !held).await;
            waiting.fetch_sub(1, Ordering::Relaxed);
            kept.lock().expect("nobody panicked").push(records);
            Ok(())
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_785_585_600_000_000_000)
    }
}

/// Waits for something that comes soon, and does not give up early on a machine that is busy.
pub(crate) async fn until(holds: impl Fn() -> bool, state: impl Fn() -> String) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came: {}", state());
}

/// The text of one event.
pub(crate) fn event(n: usize) -> String {
    format!("event {n:06} says something that is as long as usual")
}

/// Lines of events.
pub(crate) fn lines(range: std::ops::Range<usize>) -> String {
    range.map(|n| event(n) + "\n").collect()
}

pub(crate) fn spec(door: Door, transport: Option<Transport>) -> Spec {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Spec {
        listen: transport.map(|transport| Listen { transport, address }).into_iter().collect(),
        ..Spec::of("it", door)
    }
}

pub(crate) fn source(spec: Spec, format: Format) -> Source {
    let counts = Some(Arc::new(Counts::default()));
    Source { recipe: Recipe { format, lenient: true, counts, ..Recipe::default() }, spec }
}

/// One source at work.
pub(crate) struct At {
    pub(crate) kept: Arc<Kept>,
    pub(crate) running: Running,
    counts: Arc<Counts>,
}

impl At {
    pub(crate) async fn start(source: Source, state: &Path) -> At {
        At::with(source, state, Kept::new()).await
    }

    pub(crate) async fn with(source: Source, state: &Path, kept: Arc<Kept>) -> At {
        let counts = Arc::clone(source.counts());
        let intake: Arc<dyn Intake> = Arc::clone(&kept) as Arc<dyn Intake>;
        let running = start(&Sources::of(vec![source]), intake, state).await.expect("it starts");
        At { kept, running, counts }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.bound()[0].address
    }

    pub(crate) fn counted(&self) -> Counted {
        self.counts.counted()
    }

    pub(crate) async fn stop(self) {
        self.running.stop(Duration::from_secs(60)).await;
    }
}
