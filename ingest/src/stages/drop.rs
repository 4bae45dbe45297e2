//! Which events end here: those that a filter finds.

use vigil_model::tree::Node;

use super::read;
use crate::condition::Condition;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "drop", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let condition = read::only_condition(node, KIND.name, &mut making.faults)?;
    Some(Box::new(Drop { condition }))
}

struct Drop {
    condition: Condition,
}

impl Stage for Drop {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        if self.condition.holds(event) { Verdict::Drop } else { Verdict::Keep }
    }
}
