//! What is called differently everywhere, and gets one name and one form.

use vigil_model::tree::Node;

use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "normalise", make };

fn make(_: &Node, _: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    Some(Box::new(Normalise))
}

struct Normalise;

impl Stage for Normalise {
    fn apply(&self, _: &mut Event<'_>) -> Verdict {
        Verdict::Keep
    }
}
