//! How chunks of a body turn into records.

use vigil_model::Timestamp;

use crate::detect::{Decision, Detector};
use crate::event::{EventWriter, Explain};
use crate::formats::{self, Framing, Sink};
use crate::{Batch, Format, Recipe};

/// Reads one body. Chunks may be cut anywhere; the result does not depend on where.
pub struct Decoder {
    body: Body,
    writer: EventWriter,
    /// Format and octets of the recipe, before content decided.
    asked: (Format, bool),
    /// What content decided.
    decision: Option<Decision>,
}

enum Body {
    Undecided(Detector),
    Framed(Box<dyn Framing>),
}

impl Decoder {
    /// A decoder for one body.
    pub fn new(recipe: Recipe) -> Decoder {
        let body = match recipe.format {
            Format::Detect | Format::Json => Body::Undecided(Detector::new(&recipe)),
            _ => Body::Framed(formats::open(&recipe)),
        };
        let asked = (recipe.format, recipe.octets);
        Decoder { body, writer: EventWriter::new(recipe), asked, decision: None }
    }

    /// Settings changed: what ends from here on is written by `recipe`, while bytes are cut, and lines put together, as
    /// before. Answers `false`, and changes nothing, where the bytes have to be cut in another way: finish it then.
    #[must_use]
    pub fn follow(&mut self, recipe: Recipe) -> bool {
        let same = self.asked == (recipe.format, recipe.octets);
        if same {
            self.writer.follow(recipe);
        }
        same
    }

    /// The format: what content decided, as soon as it did.
    pub fn format(&self) -> Format {
        self.writer.recipe().format
    }

    /// What content decided, and why; nothing before it did, nor where the format was given.
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// Shows every event behind its parser and behind every stage.
    pub fn explain(&mut self, explain: Explain) {
        self.writer.explain(explain);
    }

    /// No byte came for a while: lines that wait for one that may belong to them become an event, and so do first
    /// lines, or a first object, that waited for others to tell the format: there is no more to tell it by.
    pub fn idle(&mut self, now: Timestamp, out: &mut Batch) {
        if let Body::Undecided(detector) = &mut self.body
            && let Some(decision) = detector.idle(self.writer.recipe(), now)
        {
            self.decide(decision, now, out);
        }
        if let Body::Framed(framing) = &mut self.body {
            framing.idle(&mut Sink { writer: &mut self.writer, batch: out, now });
        }
    }

    /// Takes the next bytes, of which some event may be unfinished. `now` is the time of events
    /// that end here and bring none.
    pub fn feed(&mut self, bytes: &[u8], now: Timestamp, out: &mut Batch) {
        self.writer.count_bytes(bytes.len());
        self.take(bytes, now, out);
    }

    fn take(&mut self, bytes: &[u8], now: Timestamp, out: &mut Batch) {
        match &mut self.body {
            Body::Framed(framing) => framing.feed(bytes, &mut Sink { writer: &mut self.writer, batch: out, now }),
            Body::Undecided(detector) => {
                if let Some(decision) = detector.feed(bytes, self.writer.recipe(), now) {
                    self.decide(decision, now, out);
                }
            }
        }
    }

    /// Decides on the format, if content has not yet, as if nothing more came.
    pub fn settle(&mut self, now: Timestamp, out: &mut Batch) {
        if let Body::Undecided(detector) = &mut self.body {
            let decision = detector.at_end(self.writer.recipe(), now);
            self.decide(decision, now, out);
        }
    }

    /// The body is over: what is unfinished is an event or a reject now.
    pub fn finish(mut self, now: Timestamp, out: &mut Batch) {
        self.settle(now, out);
        if let Body::Framed(framing) = &mut self.body {
            framing.finish(&mut Sink { writer: &mut self.writer, batch: out, now });
        }
    }

    fn decide(&mut self, decision: Decision, now: Timestamp, out: &mut Batch) {
        self.writer.decide(decision.format);
        self.decision = Some(decision);
        let framed = Body::Framed(formats::open(self.writer.recipe()));
        if let Body::Undecided(detector) = std::mem::replace(&mut self.body, framed) {
            self.take(&detector.into_head(), now, out);
        }
    }
}
