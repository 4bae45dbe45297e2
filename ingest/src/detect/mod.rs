//! Which format a body has: by its first bytes and, where those do not settle it, by its first lines.
//!
//! JSON is told by its brackets. Of everything else, and of JSON objects one a line, the first lines are the sample:
//! [`DETECT_LINES_MAX`] of them, as far as they end within [`DETECT_BYTES_MAX`], or those that came until the body ended
//! or paused. The most special format that reads four of five of them is the one; what no format reads is plain lines.
//! How the body is cut into chunks does not matter.
//!
//! [`DETECT_LINES_MAX`]: vigil_model::limits::DETECT_LINES_MAX
//! [`DETECT_BYTES_MAX`]: vigil_model::limits::DETECT_BYTES_MAX

mod kind;
mod looks;
mod sample;

use vigil_model::Timestamp;
use vigil_model::limits::LINE_BYTES_MAX;

use self::kind::Kind;
use self::sample::Sample;
use crate::{Format, Recipe};

/// The format that content decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Never one that content still has to decide.
    pub format: Format,
    /// Why, in few words: `20 of 20 lines`.
    pub why: String,
}

/// Keeps what it saw for the format that it decides on.
pub(crate) struct Detector {
    stage: Stage,
    head: Vec<u8>,
}

enum Stage {
    /// The first bytes are looked at.
    Kind(Kind),
    /// The first lines are gathered.
    Lines(Sample),
}

impl Detector {
    /// For a recipe that leaves the format to the content.
    pub(crate) fn new(recipe: &Recipe) -> Detector {
        Detector { stage: Stage::Kind(Kind::new(recipe.format == Format::Json)), head: Vec::new() }
    }

    /// What the bytes seen so far and `bytes` decide. On a decision the caller goes on with [`Detector::into_head`], which
    /// holds all of them.
    pub(crate) fn feed(&mut self, bytes: &[u8], recipe: &Recipe, now: Timestamp) -> Option<Decision> {
        self.head.extend_from_slice(bytes);
        match &mut self.stage {
            Stage::Kind(kind) => {
                let undecided_too_long = self.head.len() > LINE_BYTES_MAX;
                let format = kind.feed(bytes).or_else(|| undecided_too_long.then(|| kind.at_end()))?;
                self.settle(format, recipe)
            }
            Stage::Lines(sample) => {
                sample.feed(bytes);
                None
            }
        }
        .or_else(|| self.judge_full(recipe, now))
    }

    /// What is decided when nothing more comes.
    pub(crate) fn at_end(&mut self, recipe: &Recipe, now: Timestamp) -> Decision {
        if let Stage::Kind(kind) = &self.stage
            && let Some(decision) = self.settle(kind.at_end(), recipe)
        {
            return decision;
        }
        let Stage::Lines(sample) = &mut self.stage else { unreachable!("what is not settled is told by lines") };
        sample.finish();
        sample.judge(&self.head, recipe, now)
    }

    /// What is decided when nothing came for a while: nothing, unless there is a whole line or a whole object.
    pub(crate) fn idle(&mut self, recipe: &Recipe, now: Timestamp) -> Option<Decision> {
        match &self.stage {
            Stage::Kind(kind) => kind.has_object().then(|| self.at_end(recipe, now)),
            Stage::Lines(sample) => sample.has_lines().then(|| sample.judge(&self.head, recipe, now)),
        }
    }

    /// All bytes seen.
    pub(crate) fn into_head(self) -> Vec<u8> {
        self.head
    }

    /// Decides by the kind of JSON where that is enough; else lines are gathered from here on.
    fn settle(&mut self, format: Format, recipe: &Recipe) -> Option<Decision> {
        let why = match format {
            Format::JsonArray => "an array",
            Format::JsonObjects => "objects over several lines",
            _ if recipe.format == Format::Json => "one object a line",
            _ => {
                let mut sample = Sample::new(format, recipe.octets);
                sample.feed(&self.head);
                self.stage = Stage::Lines(sample);
                return None;
            }
        };
        Some(Decision { format, why: why.to_owned() })
    }

    fn judge_full(&self, recipe: &Recipe, now: Timestamp) -> Option<Decision> {
        match &self.stage {
            Stage::Lines(sample) if sample.is_full() => Some(sample.judge(&self.head, recipe, now)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
