//! Where events come from: the doors that settings open, and what each does with what comes in.

mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use vigil_model::{RecordBuilder, Timestamp, Value};

use crate::counts::Counts;
use crate::stage::{Summary, SummaryValue};
use crate::{Batch, Format, Recipe};

pub use read::read_sources;

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `POST /v1/ingest`.
    Ingest,
    /// Loki's push.
    Loki,
    /// Elasticsearch's `_bulk`.
    Elastic,
    /// OpenTelemetry, over HTTP and gRPC.
    Otlp,
    /// Splunk's HTTP event collector.
    Hec,
    /// Datadog's log intake.
    Datadog,
    /// VictoriaLogs' `/insert/jsonline`.
    Victoria,
    /// `systemd-journal-upload`.
    Journald,
    /// Syslog over UDP, TCP and TLS.
    Syslog,
    /// Graylog's format over UDP and TCP.
    Gelf,
    /// Fluentd's forward protocol.
    Forward,
    /// Lines, or any format, over a bare UDP or TCP socket.
    Socket,
    /// Files that grow.
    File,
    /// What is piped into `vigil up`.
    Stdin,
}

const DOORS: [(&str, Door); 14] = [
    ("ingest", Door::Ingest),
    ("loki", Door::Loki),
    ("elastic", Door::Elastic),
    ("otlp", Door::Otlp),
    ("hec", Door::Hec),
    ("datadog", Door::Datadog),
    ("victoria", Door::Victoria),
    ("journald", Door::Journald),
    ("syslog", Door::Syslog),
    ("gelf", Door::Gelf),
    ("forward", Door::Forward),
    ("socket", Door::Socket),
    ("file", Door::File),
    ("stdin", Door::Stdin),
];

impl Door {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        DOORS.iter().find(|(_, door)| *door == self).expect("every door has a name").0
    }

    /// The door of a name.
    pub fn of_name(name: &str) -> Option<Door> {
        DOORS.iter().find(|(known, _)| *known == name).map(|(_, door)| *door)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        DOORS.iter().map(|(name, _)| *name)
    }

    /// Whether it is a path of the HTTP server, which stands open unless settings close it.
    pub fn is_http(self) -> bool {
        self <= Door::Journald
    }
}

/// How bytes travel to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream within TLS.
    Tls,
}

/// A socket to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// How.
    pub transport: Transport,
    /// Where: `0.0.0.0:514`.
    pub address: std::net::SocketAddr,
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        write!(f, "{scheme}://{}", self.address)
    }
}

/// What settings say of a source, apart from its recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its name: the field `source` of its events.
    pub name: String,
    /// The way in.
    pub door: Door,
    /// Whether it takes anything.
    pub enabled: bool,
    /// It stands in no settings: the door is open because nobody closed it.
    pub usual: bool,
    /// Sockets.
    pub listen: Vec<Listen>,
    /// Certificate and key of TLS, PEM.
    pub tls: Option<(String, String)>,
    /// Certificates of authorities that clients must show one of (mutual TLS).
    pub client_ca: Option<String>,
    /// Files, as globs.
    pub paths: Vec<String>,
    /// Begin at the end of files that are seen for the first time.
    pub from_end: bool,
    /// Connections at once.
    pub connections: usize,
    /// A key that both sides know (`forward`), or the tokens that a client may show (`hec`).
    pub secret: Option<String>,
}

/// A source at work.
#[derive(Debug)]
pub struct Source {
    /// What settings say.
    pub spec: Spec,
    /// How what comes in is read; cloned for each body, connection and file.
    pub recipe: Recipe,
}

impl Source {
    /// What was counted.
    pub fn counts(&self) -> &Arc<Counts> {
        self.recipe.counts.as_ref().expect("a source counts")
    }

    /// What a stage says, as an event of this source.
    fn summary(&self, summary: &Summary, fields: &mut RecordBuilder) {
        let Recipe { source, labels, .. } = &self.recipe;
        source.iter().for_each(|source| fields.push("source", Value::Str(source)));
        labels.iter().for_each(|(name, value)| fields.push(name, Value::Str(value)));
        for (name, value) in &summary.fields {
            match value {
                SummaryValue::Text(text) => fields.push(name, Value::Str(text)),
                SummaryValue::Number(number) => fields.push(name, Value::Int(*number)),
            }
        }
    }

    /// The source that a door has without settings.
    fn usual(door: Door) -> Source {
        let spec = Spec::of(door.name(), door);
        let format = match door {
            Door::Syslog => Format::Syslog,
            Door::Gelf => Format::Gelf,
            Door::Journald => Format::Journal,
            _ => Format::Detect,
        };
        // What came by itself, as over `/v1/ingest` before there were sources, gets no name put on it.
        let source = (door != Door::Ingest).then(|| spec.name.clone());
        let counts = Some(Arc::new(Counts::default()));
        let recipe =
            Recipe { format, source, counts, octets: door == Door::Syslog, lenient: true, ..Recipe::default() };
        Source { spec, recipe }
    }
}

impl Spec {
    /// With nothing but a name and a door.
    pub fn of(name: &str, door: Door) -> Spec {
        Spec {
            name: name.to_owned(),
            door,
            enabled: true,
            usual: true,
            listen: Vec::new(),
            tls: None,
            client_ca: None,
            paths: Vec::new(),
            from_end: false,
            connections: vigil_model::limits::SOURCE_CONNECTIONS_USUAL,
            secret: None,
        }
    }
}

/// Every source of a node: one for each way in by HTTP, and those that settings add.
#[derive(Debug)]
pub struct Sources {
    /// By name.
    named: BTreeMap<String, Arc<Source>>,
    /// For each door by HTTP, the source that takes what names none.
    doors: BTreeMap<Door, Arc<Source>>,
}

impl Sources {
    /// Without any settings.
    pub fn usual() -> Sources {
        Sources::of(Vec::new())
    }

    /// Those that settings name, and the usual one of each door by HTTP that they do not mention.
    pub fn of(sources: Vec<Source>) -> Sources {
        let mut named = BTreeMap::new();
        let mut doors = BTreeMap::new();
        for source in sources.into_iter().map(Arc::new) {
            doors.entry(source.spec.door).or_insert_with(|| Arc::clone(&source));
            named.insert(source.spec.name.clone(), source);
        }
        for (_, door) in DOORS.iter().filter(|(_, door)| door.is_http()) {
            let usual = doors.entry(*door).or_insert_with(|| Arc::new(Source::usual(*door)));
            named.entry(usual.spec.name.clone()).or_insert_with(|| Arc::clone(usual));
        }
        Sources { named, doors }
    }

    /// The source that takes what comes in by an HTTP door: the one that the client names if it is of this door, else
    /// the first of it.
    ///
    /// # Panics
    ///
    /// When `door` is none of HTTP.
    pub fn at(&self, door: Door, name: Option<&str>) -> Arc<Source> {
        assert!(door.is_http(), "only doors of HTTP are asked for");
        let named = name.and_then(|name| self.named.get(name)).filter(|source| source.spec.door == door);
        Arc::clone(named.unwrap_or_else(|| &self.doors[&door]))
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.named.values()
    }

    /// Puts what stages have to say by now into `out`, as events of their sources; everything when `last`.
    pub fn summaries(&self, now: Timestamp, last: bool, out: &mut Batch) {
        let mut fields = RecordBuilder::new();
        for source in self.all() {
            source.recipe.pipeline.summaries(now, last, &mut |summary| {
                fields.clear();
                source.summary(&summary, &mut fields);
                // A summary is a few short fields, and one too large for a record is not worth an error to anybody.
                drop(out.push(&mut fields, now, false));
            });
        }
    }

    /// Takes over what was counted for sources of the same name and door before settings changed.
    #[must_use]
    pub fn counting_on(self, before: &Sources) -> Sources {
        let carried = |source: &Arc<Source>| {
            let earlier = before.named.get(&source.spec.name).filter(|earlier| earlier.spec.door == source.spec.door);
            let counts = Some(Arc::clone(earlier.unwrap_or(source).counts()));
            Arc::new(Source { spec: source.spec.clone(), recipe: Recipe { counts, ..source.recipe.clone() } })
        };
        let named: BTreeMap<String, Arc<Source>> =
            self.named.iter().map(|(name, source)| (name.clone(), carried(source))).collect();
        let doors = self.doors.iter().map(|(door, source)| (*door, Arc::clone(&named[&source.spec.name]))).collect();
        Sources { named, doors }
    }
}
