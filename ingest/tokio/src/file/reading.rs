//! How the bytes of one file become events, and up to where none of them would be missed if reading went on there.

use vigil_ingest::{Counts, Decoder, Format, Recipe};

use crate::gather::Gatherer;

/// A decoder, and where it stands in its file.
pub(super) struct Reading {
    decoder: Decoder,
    cut: Cut,
    /// Lines are put together by settings.
    multiline: bool,
    /// Bytes from the beginning of the file that were given to the decoder.
    fed: u64,
    /// Where the unfinished line begins.
    line: u64,
    /// All bytes before are events, handed on.
    safe: u64,
}

/// Where a file of some format may be taken up again.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// Behind every line.
    Lines,
    /// Behind what became events: lines may belong together, or the format is not known yet.
    Events,
    /// Only at its beginning, and at its end.
    Whole,
}

impl Cut {
    fn of(format: Format, multiline: bool) -> Cut {
        match format {
            Format::JsonArray | Format::JsonObjects | Format::WindowsXml | Format::Evtx => Cut::Whole,
            Format::Detect | Format::Json | Format::Journal | Format::Docker | Format::Cri => Cut::Events,
            _ if multiline => Cut::Events,
            _ => Cut::Lines,
        }
    }
}

impl Reading {
    /// Begins at `at`.
    pub(super) fn new(recipe: Recipe, at: u64) -> Reading {
        let multiline = recipe.multiline.is_some();
        let cut = Cut::of(recipe.format, multiline);
        Reading { decoder: Decoder::new(recipe), cut, multiline, fed: at, line: at, safe: at }
    }

    /// Where the next byte to be fed stands.
    pub(super) fn fed(&self) -> u64 {
        self.fed
    }

    /// Where another reading would have to begin.
    pub(super) fn safe(&self) -> u64 {
        self.safe
    }

    /// Lines from the head of the file that say how others are read; they are not counted as read.
    pub(super) fn prepare(&mut self, head: &[u8], gather: &mut Gatherer) {
        let now = gather.now();
        self.decoder.feed(head, now, &mut gather.batch);
    }

    /// Goes over to other settings; what cannot be read on begins anew.
    pub(super) fn follow(&mut self, recipe: Recipe, gather: &mut Gatherer) {
        // Lines are put together as before until the file begins anew.
        if !self.decoder.follow(recipe.clone()) {
            self.finish(recipe, gather);
        }
    }

    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], gather: &mut Gatherer, counts: &Counts) {
        let now = gather.now();
        if self.cut == Cut::Lines {
            self.decoder.feed(bytes, now, &mut gather.batch);
            self.count(bytes);
            self.safe = self.line;
            return gather.took();
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let before = progress(gather, counts);
            let line = self.line;
            self.decoder.feed(piece, now, &mut gather.batch);
            self.count(piece);
            // What was held until this line came is an event now; the line itself may be held.
            if progress(gather, counts) != before && self.cut == Cut::Events {
                self.safe = line;
            }
        }
        self.decide();
        gather.took();
    }

    /// Content may have decided which format it is.
    fn decide(&mut self) {
        self.cut = Cut::of(self.decoder.format(), self.multiline);
        if self.cut == Cut::Lines {
            self.safe = self.line;
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            self.line = self.fed + last as u64 + 1;
        }
        self.fed += bytes.len() as u64;
    }

    /// Nothing came for a while: what waits for a continuation is an event.
    pub(super) fn idle(&mut self, gather: &mut Gatherer) {
        let now = gather.now();
        self.decoder.idle(now, &mut gather.batch);
        gather.took();
        let decided = !matches!(self.decoder.format(), Format::Detect | Format::Json);
        if self.cut != Cut::Whole && decided {
            self.safe = self.line;
        }
    }

    /// The file is over; what follows, if anything does, begins anew.
    pub(super) fn finish(&mut self, recipe: Recipe, gather: &mut Gatherer) {
        let now = gather.now();
        let fresh = Reading::new(recipe, self.fed);
        std::mem::replace(self, fresh).decoder.finish(now, &mut gather.batch);
        gather.took();
    }

    /// Whether the decoder may be finished once its file does not grow any more.
    pub(super) fn is_whole(&self) -> bool {
        self.cut == Cut::Whole && self.safe < self.fed
    }
}

/// Rises with everything that becomes of bytes.
fn progress(gather: &Gatherer, counts: &Counts) -> u64 {
    gather.batch.accepted() + gather.batch.rejects().count() + counts.counted().dropped
}
