//! What does a durable signed append cost, and what a body that a peer sends? Blocks of 300-byte
//! records, on one thread.

use std::path::Path;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use vigil_crdt::chain::ChainState;
use vigil_crdt::{BlockError, Commit, CommitBlock, CommitFill, EncodedBody, LogStore, StoreError, body, frames};
use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX};
use vigil_model::{
    BodyDigest, Class, ClusterId, Epoch, Hash, Hlc, LogId, NodeId, RecordBuilder, Records, SaltSeed, SignedHeader,
    Timestamp, Value,
};

use crate::{Options, RocksStore, ZstdCodec};

const CLUSTER: ClusterId = ClusterId([1; 32]);

/// Figures of [`append`].
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Records written.
    pub events: u64,
    /// Their bytes, unencoded.
    pub raw_bytes: u64,
    /// Blocks written.
    pub blocks: u64,
    /// By the clock.
    pub elapsed: Duration,
    /// Of all threads of the process, background compaction of the store included.
    pub cpu: Duration,
    /// Bytes on disk afterwards.
    pub disk_bytes: u64,
}

impl Appended {
    /// Events per second of processor time.
    pub fn per_cpu_second(&self) -> f64 {
        self.events as f64 / self.cpu.as_secs_f64()
    }
}

/// Appends at least `events` records of about 300 bytes to a store in `dir`, one commit with fsync
/// for each block.
pub fn append(dir: &Path, events: u64) -> Result<Appended, StoreError> {
    let store = RocksStore::open(dir, &Options::default())?;
    let bodies = (0..16).map(body_of_records).collect::<Vec<_>>();
    let mut writer = Writer::new(&store);
    let (started, cpu) = (Instant::now(), cpu_time());
    let (mut appended, mut raw_bytes) = (0, 0);
    while appended < events {
        let records = &bodies[writer.arrival as usize % bodies.len()];
        writer.append(records)?;
        appended += records.len() as u64;
        raw_bytes += records.bytes().len() as u64;
    }
    let (elapsed, cpu) = (started.elapsed(), cpu_time() - cpu);
    let disk_bytes = store.stats().disk_bytes;
    Ok(Appended { events: appended, raw_bytes, blocks: writer.arrival, elapsed, cpu, disk_bytes })
}

/// Figures of [`accept`].
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    /// Records checked.
    pub events: u64,
    /// Their bytes, unencoded.
    pub raw_bytes: u64,
    /// Their bytes as they came.
    pub packed_bytes: u64,
    /// Processor time of unpacking and checking the form.
    pub unpack: Duration,
    /// Processor time of comparing the root.
    pub verify: Duration,
}

impl Accepted {
    /// Events per second of processor time.
    pub fn per_cpu_second(&self) -> f64 {
        self.events as f64 / (self.unpack + self.verify).as_secs_f64()
    }
}

/// Checks at least `events` records of about 300 bytes as bodies that a peer sends packed.
pub fn accept(events: u64) -> Result<Accepted, BlockError> {
    let bodies: Vec<_> = (0..16).map(sent_body).collect();
    let none = Duration::ZERO;
    let mut all = Accepted { events: 0, raw_bytes: 0, packed_bytes: 0, unpack: none, verify: none };
    for (digest, packed) in bodies.iter().cycle() {
        let started = cpu_time();
        let (seed, records) = frames::accept(Class::Logs, &packed.0, &ZstdCodec)?;
        let unpacked = cpu_time();
        body::verify(digest, &records, &seed)?;
        all.verify += cpu_time() - unpacked;
        all.unpack += unpacked - started;
        all.events += records.len() as u64;
        all.raw_bytes += records.bytes().len() as u64;
        all.packed_bytes += packed.0.len() as u64;
        if all.events >= events {
            break;
        }
    }
    Ok(all)
}

fn sent_body(number: u64) -> (BodyDigest, EncodedBody) {
    let (records, seed) = (body_of_records(number), SaltSeed([9; 32]));
    let digest = body::digest(Class::Logs, &records, &seed);
    (digest, frames::pack(Class::Logs, &records, &seed, &ZstdCodec))
}

/// Takes over at least `events` records from a peer into a store in `dir`: first all headers, then
/// all bodies as fills, [`GROUP`] of either in a commit with fsync. Signatures, form and roots are
/// checked.
pub fn receive(dir: &Path, events: u64) -> Result<Appended, StoreError> {
    let store = RocksStore::open(dir, &Options::default())?;
    let bodies: Vec<_> = (0..16).map(sent_body).collect();
    let headers = sent_headers(&bodies, events);
    let (started, cpu) = (Instant::now(), cpu_time());
    receive_headers(&store, &headers)?;
    let raw_bytes = receive_bodies(&store, &headers, &bodies)?;
    let (elapsed, cpu) = (started.elapsed(), cpu_time() - cpu);
    let stats = store.stats();
    Ok(Appended { events: stats.records, raw_bytes, blocks: stats.blocks, elapsed, cpu, disk_bytes: stats.disk_bytes })
}

/// Blocks or fills of one commit.
const GROUP: usize = 16;

fn sent_headers(bodies: &[(BodyDigest, EncodedBody)], events: u64) -> Vec<SignedHeader> {
    let (key, mut chain) = author();
    let mut headers = Vec::new();
    let mut records = 0;
    for (digest, _) in bodies.iter().cycle() {
        let sealed = Hlc(chain.sealed().0 + 1);
        let header = chain.next_header(CLUSTER, sealed, Hash::ZERO, vec![*digest], None).sign(&key);
        chain.advance(&header);
        headers.push(header);
        records += u64::from(digest.count);
        if records >= events {
            break;
        }
    }
    headers
}

fn receive_headers(store: &RocksStore, headers: &[SignedHeader]) -> Result<(), StoreError> {
    for (group, arrival) in headers.chunks(GROUP).zip((1..).step_by(GROUP)) {
        group.iter().try_for_each(SignedHeader::verify).map_err(failed)?;
        let block = |(header, arrival): (&SignedHeader, u64)| CommitBlock {
            arrival,
            header: header.clone(),
            bodies: Vec::new(),
        };
        let blocks = group.iter().zip(arrival..).map(block).collect();
        store.commit(&Commit { blocks, ..Commit::default() }, true).map_err(failed)?;
    }
    Ok(())
}

/// Answers how many bytes of records came.
fn receive_bodies(
    store: &RocksStore,
    headers: &[SignedHeader],
    bodies: &[(BodyDigest, EncodedBody)],
) -> Result<u64, StoreError> {
    let mut raw_bytes = 0;
    let arrivals = (headers.len() as u64 + 1..).step_by(GROUP);
    for (group, arrival) in headers.chunks(GROUP).zip(arrivals) {
        let mut fills = Vec::with_capacity(GROUP);
        for (header, arrival) in group.iter().zip(arrival..) {
            let (log, seq) = (header.header.log, header.header.seq);
            let (digest, packed) = &bodies[seq as usize % bodies.len()];
            let (seed, records, packed) = store.accept(Class::Logs, &packed.0).map_err(failed)?;
            body::verify(digest, &records, &seed).map_err(failed)?;
            raw_bytes += records.bytes().len() as u64;
            fills.push(CommitFill { arrival, log, seq, bodies: vec![(Class::Logs, packed)] });
        }
        store.commit(&Commit { fills, ..Commit::default() }, true).map_err(failed)?;
    }
    Ok(raw_bytes)
}

fn failed(error: impl std::error::Error) -> StoreError {
    StoreError::Io(error.to_string())
}

fn author() -> (SigningKey, ChainState) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let log = LogId { node: NodeId(key.verifying_key().to_bytes()), epoch: Epoch([1; 16]) };
    (key, ChainState::genesis(log))
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

struct Writer<'a> {
    store: &'a RocksStore,
    key: SigningKey,
    chain: ChainState,
    arrival: u64,
}

impl Writer<'_> {
    fn new(store: &RocksStore) -> Writer<'_> {
        let (key, chain) = author();
        Writer { store, key, chain, arrival: 0 }
    }

    fn append(&mut self, records: &Records) -> Result<(), StoreError> {
        let seed = SaltSeed(Hash::of("vigil bench salts", &self.arrival.to_le_bytes()).0);
        let digest = body::digest(Class::Logs, records, &seed);
        let encoded = self.store.encode(Class::Logs, records, &seed);
        let sealed = Hlc(self.chain.sealed().0 + 1);
        let header = self.chain.next_header(CLUSTER, sealed, Hash::ZERO, vec![digest], None).sign(&self.key);
        self.chain.advance(&header);
        self.arrival += 1;
        let block = CommitBlock { arrival: self.arrival, header, bodies: vec![(Class::Logs, encoded)] };
        let commit = Commit { blocks: vec![block], ..Commit::default() };
        self.store.commit(&commit, true).map_err(failed)
    }
}

/// A body of web server lines, about half of each line new: as full as a block may be.
fn body_of_records(number: u64) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    while records.len() < BLOCK_RECORDS_MAX && records.bytes().len() + 400 <= BODY_BYTES_MAX {
        put_fields(&mut builder, number * 10_000 + records.len() as u64);
        let time = Timestamp::from_millis(1_750_000_000_000 + records.len() as i64);
        records.push(&mut builder, time, false).expect("records of 300 bytes are within the limits");
    }
    records
}

fn put_fields(builder: &mut RecordBuilder, n: u64) {
    let noise = Hash::of("vigil bench noise", &n.to_le_bytes()).to_hex();
    let number = u64::from_str_radix(&noise[..12], 16).expect("hexadecimal digits");
    let failed = number.is_multiple_of(20);
    builder.clear();
    builder.push("host.name", Value::Str(["web-1", "web-2", "db-1", "cache-4"][number as usize % 4]));
    builder.push("service.name", Value::Str(["checkout", "payment", "search"][number as usize / 4 % 3]));
    builder.push("log.level", Value::Str(if failed { "error" } else { "info" }));
    builder.push("http.response.status_code", Value::Int(if failed { 500 } else { 200 }));
    builder.push("event.duration", Value::Int((number % 5_000_000) as i64));
    builder.push("trace.id", Value::Str(&noise[..32]));
    let path = format!("GET /shop/items/{}/reviews?page={} was served to session", number % 90_000, number % 9);
    let client = format!("10.{}.{}.{}", number % 7, number % 251, number % 241);
    builder.push("message", Value::Str(&format!("{path} {} from {client}", &noise[32..56])));
    builder.push("client.ip", Value::Str(&client));
}
