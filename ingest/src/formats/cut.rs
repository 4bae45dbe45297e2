//! How a stream becomes lines: at ends of line, or by the lengths in front of them.

use crate::Recipe;
use crate::octets::Frames;
use crate::split::{Line, Lines};

pub(super) enum Cutter {
    Lines(Lines),
    Frames(Frames),
}

impl Cutter {
    /// As the recipe says.
    pub(super) fn new(recipe: &Recipe) -> Cutter {
        if recipe.octets { Cutter::Frames(Frames::new(true)) } else { Cutter::Lines(Lines::default()) }
    }

    /// NUL ends a line, too.
    pub(super) fn with_nul(recipe: &Recipe) -> Cutter {
        Cutter::Frames(Frames::new(recipe.octets))
    }

    /// Calls `each` with number and content of every line that ends in `bytes` and is not empty.
    pub(super) fn feed(&mut self, bytes: &[u8], each: impl FnMut(u64, Line<'_>)) {
        match self {
            Cutter::Lines(lines) => lines.feed(bytes, each),
            Cutter::Frames(frames) => frames.feed(bytes, each),
        }
    }

    /// The last line, if it lacks its end.
    pub(super) fn finish(&mut self, each: impl FnMut(u64, Line<'_>)) {
        match self {
            Cutter::Lines(lines) => lines.finish(each),
            Cutter::Frames(frames) => frames.finish(each),
        }
    }
}
