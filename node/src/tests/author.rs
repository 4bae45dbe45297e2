//! Other nodes' logs, for scripts: real headers and signatures, made-up bodies.

use ed25519_dalek::SigningKey;
use vigil_crdt::LogHead;
use vigil_crdt::chain::ChainState;
use vigil_crdt::control::{Adopted, ControlRecord, Entry, Op, Profile};
use vigil_model::{
    BodyDigest, Class, ClassSet, ClusterId, Epoch, Hash, Hlc, LogId, LogNumber, NodeId, PreviousEpoch, SignedHeader,
    Timestamp,
};

/// One branch of somebody's log.
#[derive(Clone)]
pub(crate) struct Author {
    key: SigningKey,
    pub(crate) chain: ChainState,
    pub(crate) cluster: ClusterId,
    pub(crate) before: Option<PreviousEpoch>,
    pub(crate) blocks: Vec<(SignedHeader, Vec<Entry>)>,
}

impl Author {
    pub(crate) fn new(letter: char, epoch: u8, cluster: ClusterId) -> Author {
        let key = key(letter);
        let chain = ChainState::genesis(LogId { node: node(letter), epoch: Epoch([epoch; 16]) });
        Author { key, chain, cluster, before: None, blocks: Vec::new() }
    }

    pub(crate) fn seal(&mut self, classes: ClassSet, millis: u64, control: Vec<Entry>) {
        let digest = |class: Class| BodyDigest {
            class,
            count: 1,
            raw_len: 100,
            root: Hash::of("test root", &[class.number(), self.blocks.len() as u8]),
            first: Timestamp(0),
            last: Timestamp(0),
        };
        let sealed = Hlc(self.chain.sealed().0 + 1).max(Hlc(millis << 16));
        let bodies = classes.iter().map(digest).collect();
        let before = self.before.filter(|_| self.blocks.is_empty());
        let header = self.chain.next_header(self.cluster, sealed, Hash::ZERO, bodies, before).sign(&self.key);
        self.chain.advance(&header);
        self.blocks.push((header, control));
    }

    /// The same author, who forgot everything from `seq` on.
    pub(crate) fn branch(&self, seq: usize) -> Author {
        let mut chain = ChainState::genesis(self.chain.log());
        self.blocks[..seq].iter().for_each(|(header, _)| chain.advance(header));
        Author { chain, blocks: self.blocks[..seq].to_vec(), ..self.clone() }
    }

    pub(crate) fn head(&self, number: u32) -> LogHead {
        let chain = &self.chain;
        LogHead {
            log: chain.log(),
            number: LogNumber(number),
            seq: chain.next_seq() - 1,
            hash: chain.last(),
            sealed: chain.sealed(),
            peaks: chain.peaks().clone(),
            missing: Default::default(),
            cluster: self.cluster,
            previous_epoch: self.before,
        }
    }
}

pub(crate) fn key(letter: char) -> SigningKey {
    SigningKey::from_bytes(&[letter as u8; 32])
}

pub(crate) fn node(letter: char) -> NodeId {
    NodeId(key(letter).verifying_key().to_bytes())
}

pub(crate) fn entry(op: Op) -> Vec<Entry> {
    vec![Entry { offset: 0, record: ControlRecord { seen: Vec::new(), at: Timestamp(0), op } }]
}

pub(crate) fn admit(letter: char, adopted: Vec<Adopted>) -> Op {
    Op::Admit { node: node(letter), name: letter.to_string(), profile: Profile::Full, adopted }
}
