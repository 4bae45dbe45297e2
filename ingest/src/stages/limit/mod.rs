//! How many events go on in a time: a bucket of tokens for all, or for each key. What is above is counted, and an event
//! says so every ten seconds at most.

mod bucket;
mod buckets;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use vigil_model::Timestamp;
use vigil_model::tree::Node;

use self::bucket::Rate;
use self::buckets::Buckets;
use super::{key, read};
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Summary, Verdict};

pub(crate) const KIND: Kind = Kind { name: "limit", make };

/// More events in a second are no limit.
const COUNT_MAX: u64 = 1_000_000_000;

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let mut rate = None;
    if let Some((at, text)) = options.required("rate") {
        match parse_rate(text) {
            Ok(read) => rate = Some(read),
            Err(why) => options.fault(at, format_args!("`rate`: {why}")),
        }
    }
    let burst = options.number("burst", 1, COUNT_MAX);
    let by = read::keys("by", &mut options);
    options.finish();
    let (count, per, written) = rate.filter(|_| making.faults.len() == faults)?;
    let rate = Rate::new(count, per, burst.unwrap_or(count));
    Some(Box::new(Limit { by, written, buckets: Mutex::new(Buckets::new(rate)) }))
}

/// `1000/s`: how many, in how many nanoseconds, and as it was written.
fn parse_rate(text: &str) -> Result<(u64, u64, String), String> {
    let unlike = || format!("`{text}` is no rate such as 1000/s, 60/m or 500/h");
    let (count, unit) = text.split_once('/').ok_or_else(unlike)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        _ => return Err(unlike()),
    };
    let count = count.trim().replace('_', "").parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    Ok((count.ok_or_else(unlike)?, seconds * 1_000_000_000, text.to_owned()))
}

struct Limit {
    by: Vec<String>,
    /// The rate as it was written.
    written: String,
    buckets: Mutex<Buckets>,
}

impl Stage for Limit {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let key = key::of(event, &self.by);
        let values = || key::values(event, &self.by);
        if key::locked(&self.buckets).take(key, event.now, values) { Verdict::Keep } else { Verdict::Drop }
    }

    fn remembers(&self) -> bool {
        true
    }

    fn summaries(&self, now: Timestamp, last: bool, each: &mut dyn FnMut(Summary)) {
        let said = key::locked(&self.buckets).said(now, last, &self.written);
        said.into_iter().for_each(each);
    }
}
