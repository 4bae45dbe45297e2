//! Which events repeat an earlier one: the first goes on, repeats within the window are counted, and at its end an event
//! says how many there were.
//!
//! The window begins with the first event, by time of arrival, and does not grow with repeats. An event that has none of
//! the fields that count repeats nothing.

mod groups;
#[cfg(test)]
mod tests;

use std::sync::Mutex;
use std::time::Duration;

use vigil_model::Timestamp;
use vigil_model::limits::DEDUPE_WINDOW_SECONDS_MAX;
use vigil_model::tree::Node;

use self::groups::{Group, Groups};
use super::{key, read};
use crate::event::MESSAGE;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Summary, Verdict};

pub(crate) const KIND: Kind = Kind { name: "dedupe", make };

const WINDOW_USUAL: Duration = Duration::from_secs(30);

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let mut by = read::keys("by", &mut options);
    let window = options.duration("window", Duration::from_secs(DEDUPE_WINDOW_SECONDS_MAX)).unwrap_or(WINDOW_USUAL);
    if window.is_zero() {
        let at = options.at();
        options.fault(at, "`window`: within no time nothing repeats");
    }
    options.finish();
    if by.is_empty() {
        by.push(MESSAGE.to_owned());
    }
    let window = i64::try_from(window.as_nanos()).expect("a window is a day at most");
    let stage = Dedupe { by, window, groups: Mutex::default() };
    (making.faults.len() == faults).then(|| Box::new(stage) as Box<dyn Stage>)
}

struct Dedupe {
    by: Vec<String>,
    /// Nanoseconds.
    window: i64,
    groups: Mutex<Groups>,
}

impl Stage for Dedupe {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        if !self.by.iter().any(|name| event.fields.contains(name)) {
            return Verdict::Keep;
        }
        let key = key::of(event, &self.by);
        let mut groups = key::locked(&self.groups);
        groups.close_until(event.now);
        if groups.repeats(&key, event.time) {
            return Verdict::Drop;
        }
        groups.open(key, Group::of(event, &self.by), event.now.0.saturating_add(self.window));
        Verdict::Keep
    }

    fn remembers(&self) -> bool {
        true
    }

    fn summaries(&self, now: Timestamp, last: bool, each: &mut dyn FnMut(Summary)) {
        let said = {
            let mut groups = key::locked(&self.groups);
            groups.close_until(if last { Timestamp::MAX } else { now });
            groups.take_said()
        };
        said.into_iter().for_each(each);
    }
}
