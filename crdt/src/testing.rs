//! Logs for tests: a little author that seals blocks with a fixed key, without randomness.
//!
//! Used by the shared store suite, the simulations and the tests of other crates; never by a node.

use ed25519_dalek::SigningKey;
use vigil_model::{
    Class, ClassSet, ClusterId, Epoch, Hash, Hlc, LogId, NodeId, RecordBuilder, Records, SaltSeed, SignedHeader,
    Timestamp, Value,
};

use crate::body;
use crate::chain::ChainState;
use crate::engine::{Engine, Table};
use crate::rows;
use crate::store::{CommitBlock, CommitFill, EncodedBody, LogStore};

/// The cluster of every test log.
pub const CLUSTER: ClusterId = ClusterId([0xc1; 32]);

/// Records that tell their number: `n`, `host` and a message, one second apart.
pub fn records(numbers: std::ops::Range<u64>) -> Records {
    let mut records = Records::new();
    let mut builder = RecordBuilder::new();
    for n in numbers {
        builder.clear();
        builder.push("n", Value::Int(n as i64));
        builder.push("host", Value::Str(["alpha", "beta", "gamma"][n as usize % 3]));
        builder.push("message", Value::Str(&format!("request {n} took {} ms", n * 7 % 1_000)));
        records.push(&mut builder, Timestamp::from_millis(n as i64 * 1_000), false).expect("small records");
    }
    records
}

/// Changes the rows of a store, in which no body is missing, into those of format 1: what an older
/// program left. The store must be opened anew afterwards.
pub fn make_format_1<E: Engine>(engine: &E) {
    let mut ops = Vec::new();
    for table in Table::ALL {
        let rows = engine.scan(table, &[], usize::MAX).expect("a healthy engine");
        ops.extend(rows.iter().filter_map(|(key, value)| rows::older::to_format_1(table, key, value)));
    }
    engine.write(&ops, true).expect("a healthy engine");
}

/// One sealed block that is not stored yet.
#[derive(Clone, Debug)]
pub struct TestBlock {
    /// Its signed header.
    pub header: SignedHeader,
    /// Its bodies and their salts.
    pub bodies: Vec<(Class, Records, SaltSeed)>,
}

impl TestBlock {
    /// Packed for `store`, at `arrival`.
    pub fn pack(&self, store: &dyn LogStore, arrival: u64) -> CommitBlock {
        self.pack_some(store, arrival, ClassSet::ALL)
    }

    /// With those of its bodies that are of `classes`; the others are missing.
    pub fn pack_some(&self, store: &dyn LogStore, arrival: u64, classes: ClassSet) -> CommitBlock {
        CommitBlock { arrival, header: self.header.clone(), bodies: self.encoded(store, classes) }
    }

    /// The bodies of `classes`, later than the header.
    pub fn fill(&self, store: &dyn LogStore, arrival: u64, classes: ClassSet) -> CommitFill {
        let (log, seq) = (self.header.header.log, self.header.header.seq);
        CommitFill { arrival, log, seq, bodies: self.encoded(store, classes) }
    }

    fn encoded(&self, store: &dyn LogStore, classes: ClassSet) -> Vec<(Class, EncodedBody)> {
        let wanted = self.bodies.iter().filter(|(class, _, _)| classes.has(*class));
        wanted.map(|(class, records, seed)| (*class, store.encode(*class, records, seed))).collect()
    }
}

/// Writes one log.
pub struct Author {
    key: SigningKey,
    chain: ChainState,
}

impl Author {
    /// The author with key number `node`, in epoch number `epoch`.
    pub fn new(node: u8, epoch: u8) -> Author {
        let key = SigningKey::from_bytes(&[node; 32]);
        let log = LogId { node: NodeId(key.verifying_key().to_bytes()), epoch: Epoch([epoch; 16]) };
        Author { key, chain: ChainState::genesis(log) }
    }

    /// Its log.
    pub fn log(&self) -> LogId {
        self.chain.log()
    }

    /// Its key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Where it stands.
    pub fn chain(&self) -> &ChainState {
        &self.chain
    }

    /// Seals a block of one body.
    pub fn seal(&mut self, class: Class, records: &Records) -> TestBlock {
        self.seal_all(vec![(class, records.clone())])
    }

    /// Seals a block of several bodies, by rising class.
    pub fn seal_all(&mut self, bodies: Vec<(Class, Records)>) -> TestBlock {
        let block = self.draft(bodies);
        self.chain.advance(&block.header);
        block
    }

    /// Seals a block but stays where it was: sealing another one then makes a fork.
    pub fn draft(&self, bodies: Vec<(Class, Records)>) -> TestBlock {
        let bodies: Vec<_> = bodies.into_iter().map(|(class, records)| (class, records, self.seed(class))).collect();
        let digests = bodies.iter().map(|(class, records, seed)| body::digest(*class, records, seed)).collect();
        let sealed = Hlc(self.chain.sealed().0 + 1);
        let header = self.chain.next_header(CLUSTER, sealed, Hash::ZERO, digests, None).sign(&self.key);
        TestBlock { header, bodies }
    }

    fn seed(&self, class: Class) -> SaltSeed {
        let place = [&self.chain.next_seq().to_le_bytes()[..], &[class.number()], &self.chain.log().node.0].concat();
        SaltSeed(Hash::of("vigil test salts", &place).0)
    }
}
