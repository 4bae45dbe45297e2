//! Which secrets and personal data are taken out of an event, and what stands in their place.
//!
//! It runs on every event of every door, so it has to be cheap where there is nothing to do: a name is judged by its
//! last letters ([`names`]), a text is passed over once by an automaton that knows how secrets begin ([`triggers`]).
//! Only behind a hit the exact recognisers look, one file each. `docs/guides/scrubbing.md` says what they take out.

mod card;
mod custom;
mod email;
mod finding;
mod iban;
mod jwt;
mod looks;
mod names;
mod pairs;
mod pem;
mod scrubber;
mod settings;
mod ssn;
mod triggers;
mod url;
mod values;
mod vendor;

use vigil_model::tree::{Fault, Node};

use crate::stage::{Event, Kind as StageKind, Making, Stage, Verdict};

pub use finding::{Finding, Kind, REDACTED};
use scrubber::Clean;
pub use scrubber::Scrubber;

pub(crate) const KIND: StageKind = StageKind { name: "scrub", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    Some(Box::new(Scrub { scrubber: Scrubber::read(node, &mut making.faults) }))
}

impl Scrubber {
    /// By the options of a stage `scrub`. What is wrong goes to `faults`; `None` where they say `off`.
    pub fn read(node: &Node, faults: &mut Vec<Fault>) -> Option<Scrubber> {
        settings::read(node, faults).map(Scrubber::new)
    }
}

struct Scrub {
    /// `None` where settings turned it off.
    scrubber: Option<Scrubber>,
}

impl Stage for Scrub {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let Some(scrubber) = &self.scrubber else { return Verdict::Keep };
        let fields = event.fields.iter().enumerate();
        let found: Vec<(usize, Clean)> =
            fields.filter_map(|(n, (name, value))| Some((n, scrubber.field(name, &value)?))).collect();
        for (n, clean) in &found {
            event.fields.replace(*n, clean.value());
        }
        Verdict::Keep
    }

    fn scrubs(&self) -> bool {
        true
    }
}
