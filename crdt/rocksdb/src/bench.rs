//! What does a durable signed append cost, and what a body that a peer sends? Blocks of 300-byte
//! records, on one thread.

use std::path::Path;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use vigil_crdt::chain::ChainState;
use vigil_crdt::{BlockError, Commit, CommitBlock, LogStore, StoreError, body, frames};
use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX};
use vigil_model::{
    Class, ClusterId, Epoch, Hash, Hlc, LogId, NodeId, RecordBuilder, Records, SaltSeed, Timestamp, Value,
};

use crate::{Options, RocksStore, ZstdCodec};

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
    let seed = SaltSeed([9; 32]);
    let bodies = (0..16).map(body_of_records).map(|records| {
        let digest = body::digest(Class::Logs, &records, &seed);
        (digest, frames::pack(Class::Logs, &records, &seed, &ZstdCodec))
    });
    let bodies: Vec<_> = bodies.collect();
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
        let key = SigningKey::from_bytes(&[7; 32]);
        let log = LogId { node: NodeId(key.verifying_key().to_bytes()), epoch: Epoch([1; 16]) };
        Writer { store, key, chain: ChainState::genesis(log), arrival: 0 }
    }

    fn append(&mut self, records: &Records) -> Result<(), StoreError> {
        let seed = SaltSeed(Hash::of("vigil bench salts", &self.arrival.to_le_bytes()).0);
        let digest = body::digest(Class::Logs, records, &seed);
        let encoded = self.store.encode(Class::Logs, records, &seed);
        let sealed = Hlc(self.chain.sealed().0 + 1);
        let header = self.chain.next_header(ClusterId([1; 32]), sealed, Hash::ZERO, vec![digest], None).sign(&self.key);
        self.chain.advance(&header);
        self.arrival += 1;
        let block = CommitBlock { arrival: self.arrival, header, bodies: vec![(Class::Logs, encoded)] };
        let commit = Commit { blocks: vec![block], ..Commit::default() };
        self.store.commit(&commit, true).map_err(|error| StoreError::Io(error.to_string()))
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
