//! What is durable and not yet in the index: kept unpacked, so that a query sees it at once.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use vigil_index::Posting;
use vigil_model::{BlockRef, Class, Frame, FrameRef, Records, Timestamp};
use vigil_query::TimeRange;

/// A body of a durable block, unpacked.
pub(super) struct TailBody {
    /// Its class.
    pub(super) class: Class,
    /// Its records.
    pub(super) records: Arc<Records>,
    /// How it is cut.
    frames: Vec<TailFrame>,
}

/// A run of neighbours, and the times within.
struct TailFrame {
    range: Range<usize>,
    first: Timestamp,
    last: Timestamp,
}

/// A durable block, or bodies of one that came later, that waits for the index.
pub(super) struct TailBlock {
    /// Its place in the order of arrival.
    pub(super) arrival: u64,
    /// Where it lies.
    pub(super) block: BlockRef,
    /// When it was sealed, as its header says.
    pub(super) sealed: Timestamp,
    /// Its bodies.
    pub(super) bodies: Vec<TailBody>,
    /// Bytes of its records.
    pub(super) bytes: u64,
}

impl TailBody {
    /// Cuts a body as every store does.
    pub(super) fn new(class: Class, records: Records) -> TailBody {
        let frames = records.frame_bounds().into_iter().map(|range| TailFrame::new(&records, range)).collect();
        TailBody { class, records: Arc::new(records), frames }
    }

    /// A second view of the same records.
    pub(super) fn share(&self) -> TailBody {
        let share = |frame: &TailFrame| TailFrame { range: frame.range.clone(), ..*frame };
        TailBody { class: self.class, records: self.records.clone(), frames: self.frames.iter().map(share).collect() }
    }

    fn frame(&self, n: usize) -> Option<Arc<Frame>> {
        let range = self.frames.get(n)?.range.clone();
        Some(Arc::new(Frame { first: range.start as u32, records: self.records.slice(range) }))
    }
}

impl TailFrame {
    fn new(records: &Records, range: Range<usize>) -> TailFrame {
        let times = range.clone().filter_map(|n| records.get(n)).map(|record| record.time());
        let (first, last) = times.fold((Timestamp::MAX, Timestamp::MIN), |(f, l), t| (f.min(t), l.max(t)));
        assert!(first <= last, "a frame holds records, and they were validated when they were decoded");
        TailFrame { range, first, last }
    }
}

impl TailBlock {
    fn postings(&self, class: Class) -> impl Iterator<Item = Posting> + '_ {
        let bodies = self.bodies.iter().filter(move |body| body.class == class);
        bodies.flat_map(move |body| body.frames.iter().enumerate().map(move |(n, frame)| self.posting(class, n, frame)))
    }

    fn posting(&self, class: Class, n: usize, frame: &TailFrame) -> Posting {
        Posting {
            at: FrameRef { block: self.block, class, frame: n as u16 },
            clip: TimeRange::ALL,
            first: frame.first,
            last: frame.last,
            rows: frame.range.len() as u32,
            arrival: self.arrival,
        }
    }
}

/// The blocks between index and head, oldest first. Bounded: the machine refuses ingest while the
/// index lags by more than `INDEX_LAG_BYTES_MAX`.
#[derive(Default)]
pub(super) struct HotTail {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    blocks: VecDeque<Arc<TailBlock>>,
    bytes: u64,
    arrival: u64,
}

/// The hot tail at one instant.
pub(super) struct TailView {
    /// It holds everything after this place in the order of arrival.
    pub(super) after: u64,
    /// The blocks, oldest first.
    pub(super) blocks: Vec<Arc<TailBlock>>,
    /// Which of them holds which body; made when the first frame is asked for.
    places: OnceLock<Vec<Place>>,
}

/// A body, and the block of the tail that holds it.
type Place = ((BlockRef, Class), usize);

impl HotTail {
    /// An empty tail behind `arrival`.
    pub(super) fn new(arrival: u64) -> HotTail {
        HotTail { inner: RwLock::new(Inner { arrival, ..Inner::default() }) }
    }

    /// Adds a block that just became durable.
    pub(super) fn push(&self, block: TailBlock) {
        let mut inner = self.inner.write();
        assert_eq!(block.arrival, inner.arrival + 1, "blocks become durable in the order of arrival");
        inner.arrival = block.arrival;
        inner.bytes += block.bytes;
        inner.blocks.push_back(Arc::new(block));
    }

    /// Drops what the index holds now; answers how many bytes still wait.
    pub(super) fn trim(&self, indexed: u64) -> u64 {
        let mut inner = self.inner.write();
        while inner.blocks.front().is_some_and(|block| block.arrival <= indexed) {
            let block = inner.blocks.pop_front().expect("the front was just seen");
            inner.bytes -= block.bytes;
        }
        inner.bytes
    }

    /// Drops the oldest blocks until no more than `bytes_max` are held: while the index is far behind
    /// they are read from the log instead. Answers how many bytes are held.
    pub(super) fn shorten(&self, bytes_max: u64) -> u64 {
        let mut inner = self.inner.write();
        while inner.bytes > bytes_max {
            let Some(block) = inner.blocks.pop_front() else { break };
            inner.bytes -= block.bytes;
        }
        inner.bytes
    }

    /// The place in the order of arrival after which the tail holds everything.
    pub(super) fn begins_after(&self) -> u64 {
        self.inner.read().begins_after()
    }

    /// The next blocks after `arrival`, at most `limit`.
    pub(super) fn after(&self, arrival: u64, limit: usize) -> Vec<Arc<TailBlock>> {
        let inner = self.inner.read();
        let start = inner.blocks.partition_point(|block| block.arrival <= arrival);
        inner.blocks.iter().skip(start).take(limit).cloned().collect()
    }

    /// The tail now.
    pub(super) fn view(&self) -> TailView {
        let inner = self.inner.read();
        let blocks = inner.blocks.iter().cloned().collect();
        TailView { after: inner.begins_after(), blocks, places: OnceLock::new() }
    }

    /// The last place in the order of arrival that queries see.
    pub(super) fn arrival(&self) -> u64 {
        self.inner.read().arrival
    }

    /// Bytes that wait for the index.
    pub(super) fn bytes(&self) -> u64 {
        self.inner.read().bytes
    }
}

impl Inner {
    fn begins_after(&self) -> u64 {
        self.blocks.front().map_or(self.arrival, |block| block.arrival - 1)
    }
}

impl TailView {
    /// Postings of every frame that the index, standing at `indexed`, does not hold yet.
    pub(super) fn postings(&self, indexed: u64, class: Class) -> Vec<Posting> {
        let fresh = self.blocks.iter().filter(|block| block.arrival > indexed);
        fresh.flat_map(|block| block.postings(class)).collect()
    }

    /// A frame, when it is in the tail.
    pub(super) fn frame(&self, at: FrameRef) -> Option<Arc<Frame>> {
        let places = self.places.get_or_init(|| self.places());
        let n = places.binary_search_by_key(&(at.block, at.class), |(body, _)| *body).ok()?;
        let block = &self.blocks[places[n].1];
        let body = block.bodies.iter().find(|body| body.class == at.class)?;
        body.frame(usize::from(at.frame))
    }

    /// Blocks of several logs arrive in any order, and bodies of one block at several times.
    fn places(&self) -> Vec<Place> {
        let of = |(n, block): (usize, &Arc<TailBlock>)| {
            let at = block.block;
            block.bodies.iter().map(move |body| ((at, body.class), n)).collect::<Vec<_>>()
        };
        let mut places: Vec<Place> = self.blocks.iter().enumerate().flat_map(of).collect();
        places.sort_unstable();
        places
    }
}
