//! A store of blocks without content, for a machine under test.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use vigil_gossip::{Bound, LogView};
use vigil_model::{BodyDigest, Class, ClassSet, ClusterId, Hash, Header, Hlc, LogId, SignedHeader, Timestamp};

/// A block: its header. The signature is not checked in these tests.
pub(crate) type Block = Rc<SignedHeader>;

/// The classes that a block lists.
pub(crate) fn classes(block: &Block) -> ClassSet {
    block.header.bodies.iter().map(|body| body.class).collect()
}

/// Bytes of its bodies of `classes`, and of the header.
pub(crate) fn bytes(block: &Block, wanted: ClassSet) -> u32 {
    let bodies = block.header.bodies.iter().filter(|body| wanted.has(body.class));
    400 + bodies.map(|body| body.raw_len).sum::<u32>()
}

/// Makes the block after `previous`; `salt` tells two branches apart.
pub(crate) fn block(log: LogId, seq: u64, previous: Hash, classes: ClassSet, raw_len: u32, salt: u64) -> Block {
    let body = |class| BodyDigest {
        class,
        count: 1,
        raw_len,
        root: Hash::of("test root", &salt.to_le_bytes()),
        first: Timestamp(0),
        last: Timestamp(0),
    };
    let header = Header {
        cluster: ClusterId::default(),
        log,
        seq,
        previous,
        tree_head: Hash::ZERO,
        sealed: Hlc(salt),
        frontier: Hash::ZERO,
        bodies: classes.iter().map(body).collect(),
        previous_epoch: None,
    };
    let bytes = [header.encode(), vec![0; 64]].concat();
    Rc::new(SignedHeader::decode(&bytes).expect("made from a header"))
}

/// One log as a machine holds it.
#[derive(Clone, Default)]
pub(crate) struct ModelLog {
    pub(crate) blocks: Vec<Block>,
    /// Which bodies are here: class and seq.
    pub(crate) bodies: BTreeSet<(Class, u64)>,
    pub(crate) bound: Bound,
    pub(crate) closed: bool,
}

impl ModelLog {
    pub(crate) fn head(&self) -> Hash {
        self.blocks.last().map_or(Hash::ZERO, |block| block.hash)
    }

    pub(crate) fn push(&mut self, block: &Block, came: ClassSet) {
        assert_eq!(block.header.previous, self.head(), "a block links to the one before");
        self.fill(block, came);
        self.blocks.push(block.clone());
    }

    pub(crate) fn fill(&mut self, block: &Block, came: ClassSet) {
        let seq = block.header.seq;
        self.bodies.extend(classes(block).common(came).iter().map(|class| (class, seq)));
    }

    pub(crate) fn view(&self) -> LogView {
        let mut view = LogView { bound: self.bound, closed: self.closed, ..LogView::default() };
        view.head = self.blocks.last().map(|block| (block.header.seq, block.hash));
        for block in &self.blocks {
            let seq = block.header.seq;
            for class in classes(block).iter().filter(|class| !self.bodies.contains(&(*class, seq))) {
                let ranges = &mut view.missing[usize::from(class.number())];
                match ranges.last_mut() {
                    Some(last) if last.end == seq => last.end = seq + 1,
                    _ => ranges.push(seq..seq + 1),
                }
            }
        }
        view
    }
}

/// All logs.
#[derive(Clone, Default)]
pub(crate) struct Store(pub(crate) BTreeMap<LogId, ModelLog>);

impl Store {
    pub(crate) fn get(&self, log: &LogId, seq: u64) -> Option<&Block> {
        self.0.get(log)?.blocks.get(usize::try_from(seq).ok()?)
    }
}
