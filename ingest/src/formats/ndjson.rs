//! One JSON object a line.

use super::cut::Cutter;
use super::{Framing, Sink};
use crate::Recipe;
use crate::split::Line;

pub(super) struct Ndjson {
    lines: Cutter,
}

impl Ndjson {
    pub(super) fn new(recipe: &Recipe) -> Ndjson {
        Ndjson { lines: Cutter::new(recipe) }
    }
}

fn take(sink: &mut Sink<'_>, number: u64, line: Line<'_>) {
    match line {
        Ok(line) if line.trim_ascii().is_empty() => {}
        Ok(line) => sink.json_line(number, line),
        Err(refusal) => sink.reject(number, &refusal),
    }
}

impl Framing for Ndjson {
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>) {
        self.lines.feed(bytes, |number, line| take(sink, number, line));
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        self.lines.finish(|number, line| take(sink, number, line));
    }
}
