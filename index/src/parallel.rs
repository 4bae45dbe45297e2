//! How the frames of one query are shared out: which slice is read next, when all is done, where an
//! answer ends that was cut short.
//!
//! No threads here: a shell gives each of its workers a [`Slice`] and a [`Partial`], and tells the
//! [`Work`] how each slice ended. Whatever the number of workers, and in whatever order slices end,
//! the answer is that of [`crate::execute`]; only a cut may fall elsewhere.

use std::ops::Range;

use vigil_model::Timestamp;

use crate::{Covering, Cut, Execution, FrameSource, Partial, Posting};

/// Frames of the first slice: about a page of rows, so that the newest rows are not looked for by
/// reading far more than them.
const SLICE_FIRST: usize = 2;
/// Frames of a slice at most, some milliseconds of work: queries take turns slice by slice.
const SLICE_MOST: usize = 64;
/// What a whole body counts for, in frames.
const BODY_FRAMES: usize = 16;

// Workers of any thread share the one and own the other.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    const fn owned<T: Send>() {}
    shared::<Execution>();
    owned::<Partial>();
};

/// What is left to read of one query, and how reading ended so far; by default nothing is.
#[derive(Debug, Default)]
pub struct Work {
    /// Where the next slice begins.
    next: usize,
    /// Frames of the next slice.
    grain: usize,
    /// Slices that were taken and have not ended.
    out: usize,
    /// No item from here on can change the answer.
    end: usize,
    /// The first item that was left unread, and why.
    cut: Option<(usize, Cut)>,
    spent: Spent,
}

/// What reading cost, over all slices that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spent {
    /// Bytes of frames.
    bytes: u64,
    /// Of them, those that no page before had to read.
    fresh: u64,
}

/// Neighbouring items of a query, to be read by one worker.
#[derive(Debug)]
pub struct Slice {
    items: Range<usize>,
    /// What had been spent when it was taken.
    spent: Spent,
}

/// How a slice ended.
#[derive(Debug)]
pub struct SliceEnd {
    /// No item from here on can change the answer.
    settled: Option<usize>,
    /// The item that was not read, and why.
    cut: Option<(usize, Cut)>,
    spent: Spent,
}

impl Execution {
    /// All there is to read.
    pub fn work(&self) -> Work {
        let end = self.items();
        Work { next: 0, grain: SLICE_FIRST, out: 0, end, cut: None, spent: Spent::default() }
    }

    /// Reads a slice into the worker's own partial. `stop` is asked before each frame.
    pub fn run_slice(
        &self,
        slice: &Slice,
        frames: &dyn FrameSource,
        partial: &mut Partial,
        stop: &dyn Fn() -> bool,
    ) -> SliceEnd {
        let before = Spent::of(partial);
        let (mut settled, mut cut) = (None, None);
        for item in slice.items.clone() {
            let what = self.item(item);
            if self.is_settled(partial, what) {
                settled = Some(item);
                break;
            }
            let spent = slice.spent.and(Spent::of(partial).since(before));
            cut = self.cut_after(what.last(), spent.bytes, spent.fresh, stop).map(|cut| (item, cut));
            if cut.is_some() {
                break;
            }
            match what {
                Item::Chunk(chunk) => self.evaluator.eval_chunk(chunk, frames, partial),
                Item::Frame(posting) => self.evaluator.eval_posting(posting, frames, partial),
            }
        }
        let settled = settled.unwrap_or_else(|| self.settled_from(slice.items.end, partial));
        SliceEnd { settled: Some(settled), cut, spent: Spent::of(partial).since(before) }
    }

    /// The first item from `from` on that can no longer change the answer. Postings stand latest
    /// end first, so all that follow cannot either; where there are chunks, nothing is ever settled.
    fn settled_from(&self, from: usize, partial: &Partial) -> usize {
        let frames = &self.postings[from.saturating_sub(self.chunks.len())..];
        from + self.left_chunks(from) + frames.partition_point(|posting| !self.evaluator.is_settled(partial, posting))
    }

    fn left_chunks(&self, from: usize) -> usize {
        self.chunks.len().saturating_sub(from)
    }

    fn is_settled(&self, partial: &Partial, item: Item<'_>) -> bool {
        match item {
            Item::Chunk(_) => false,
            Item::Frame(posting) => self.evaluator.is_settled(partial, posting),
        }
    }

    /// How many items there are: chunks, then frames.
    fn items(&self) -> usize {
        self.chunks.len() + self.postings.len()
    }

    fn item(&self, n: usize) -> Item<'_> {
        match n.checked_sub(self.chunks.len()) {
            None => Item::Chunk(&self.chunks[n]),
            Some(n) => Item::Frame(&self.postings[n]),
        }
    }
}

/// What is read at once.
#[derive(Clone, Copy)]
enum Item<'a> {
    Chunk(&'a Covering),
    Frame(&'a Posting),
}

impl Item<'_> {
    fn last(self) -> Timestamp {
        match self {
            Item::Chunk(chunk) => chunk.last(),
            Item::Frame(posting) => posting.last,
        }
    }

    /// In frames.
    fn weight(self) -> usize {
        match self {
            Item::Chunk(_) => SLICE_MOST,
            Item::Frame(posting) if posting.is_whole_body() => BODY_FRAMES,
            Item::Frame(_) => 1,
        }
    }
}

impl Work {
    /// The next slice; `None` when nothing is left to take. Slices that others have taken may not
    /// have ended yet, see [`Work::is_done`].
    pub fn take(&mut self, of: &Execution) -> Option<Slice> {
        if !self.has_more() {
            return None;
        }
        let from = self.next;
        let mut frames = 0;
        while self.next < self.end && frames < self.grain {
            frames += of.item(self.next).weight();
            self.next += 1;
        }
        self.grain = (self.grain * 2).min(SLICE_MOST);
        self.out += 1;
        Some(Slice { items: from..self.next, spent: self.spent })
    }

    /// Notes how a slice ended that was taken.
    pub fn put_back(&mut self, end: SliceEnd) {
        assert!(self.out > 0, "a slice ends once, after it was taken");
        self.out -= 1;
        self.spent = self.spent.and(end.spent);
        self.end = end.settled.map_or(self.end, |settled| self.end.min(settled));
        if let Some((item, cut)) = end.cut
            && self.cut.as_ref().is_none_or(|(first, _)| item < *first)
        {
            self.cut = Some((item, cut));
        }
    }

    /// Whether [`Work::take`] would give a slice.
    pub fn has_more(&self) -> bool {
        self.cut.is_none() && self.next < self.end
    }

    /// Whether nothing is left to take and every slice has ended: the partials can be merged.
    pub fn is_done(&self) -> bool {
        self.out == 0 && !self.has_more()
    }

    /// Why reading ended early, if it did: what [`Execution::finish`] wants to know. Everything
    /// before that place was read; rows from behind it that other workers had read already count
    /// where order does not matter.
    pub fn into_cut(self) -> Option<Cut> {
        assert!(self.is_done(), "a slice that is still read may be cut, too");
        let end = self.end;
        self.cut.filter(|(item, _)| *item < end).map(|(_, cut)| cut)
    }
}

impl Spent {
    fn of(partial: &Partial) -> Spent {
        Spent { bytes: partial.stats().bytes_read, fresh: partial.fresh_bytes() }
    }

    fn and(self, other: Spent) -> Spent {
        Spent { bytes: self.bytes + other.bytes, fresh: self.fresh + other.fresh }
    }

    fn since(self, before: Spent) -> Spent {
        Spent { bytes: self.bytes - before.bytes, fresh: self.fresh - before.fresh }
    }
}
