//! One event a line, or several lines that belong together.

use super::cut::Cutter;
use super::{Framing, Sink};
use crate::Recipe;
use crate::join::Joiner;
use crate::split::Line;

pub(super) struct PlainLines {
    cutter: Cutter,
    joiner: Option<Joiner>,
}

impl PlainLines {
    pub(super) fn new(recipe: &Recipe) -> PlainLines {
        PlainLines { cutter: Cutter::new(recipe), joiner: recipe.multiline.clone().map(Joiner::new) }
    }

    /// NUL ends a line, too, and no line belongs to another.
    pub(super) fn with_nul(recipe: &Recipe) -> PlainLines {
        PlainLines { cutter: Cutter::with_nul(recipe), joiner: None }
    }
}

fn take(joiner: &mut Option<Joiner>, sink: &mut Sink<'_>, number: u64, line: Line<'_>) {
    match (line, joiner) {
        (Ok(line), None) => sink.line(number, line),
        (Ok(line), Some(joiner)) => joiner.line(number, line, |number, text| sink.line(number, text)),
        (Err(refusal), joiner) => {
            flush(joiner, sink);
            sink.reject(number, &refusal);
        }
    }
}

fn flush(joiner: &mut Option<Joiner>, sink: &mut Sink<'_>) {
    joiner.iter_mut().for_each(|joiner| joiner.flush(|number, text| sink.line(number, text)));
}

impl Framing for PlainLines {
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>) {
        let PlainLines { cutter, joiner } = self;
        cutter.feed(bytes, |number, line| take(joiner, sink, number, line));
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        let PlainLines { cutter, joiner } = self;
        cutter.finish(|number, line| take(joiner, sink, number, line));
        flush(joiner, sink);
    }

    fn idle(&mut self, sink: &mut Sink<'_>) {
        flush(&mut self.joiner, sink);
    }
}
