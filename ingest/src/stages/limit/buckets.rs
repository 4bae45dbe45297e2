//! Which bucket an event takes from, and what is to be said of those that were empty.

use std::collections::BTreeMap;

use vigil_model::limits::{STAGE_GROUPS_MAX, SUMMARIES_MAX};
use vigil_model::units::count_text;
use vigil_model::{Hash, Timestamp};

use super::bucket::{Bucket, Rate};
use crate::event::MESSAGE;
use crate::stage::{Summary, SummaryValue};

/// So long it says nothing again.
const SAY_NANOS: i64 = 10 * 1_000_000_000;
/// So long it does not look again for buckets that nobody needs.
const SWEEP_NANOS: i64 = 1_000_000_000;

/// Values of the fields that tell keys apart.
type Values = Vec<(String, SummaryValue)>;

pub(super) struct Buckets {
    rate: Rate,
    /// At most [`STAGE_GROUPS_MAX`].
    keyed: BTreeMap<Hash, Bucket>,
    /// For all keys for which there is no room.
    others: Option<Bucket>,
    /// What was dropped since it was last said; at most [`SUMMARIES_MAX`] keys.
    dropped: BTreeMap<Hash, (i64, Values)>,
    /// Of all other keys.
    dropped_others: i64,
    said: Option<i64>,
    swept: Option<i64>,
}

impl Buckets {
    pub(super) fn new(rate: Rate) -> Buckets {
        let (keyed, dropped) = (BTreeMap::new(), BTreeMap::new());
        Buckets { rate, keyed, others: None, dropped, dropped_others: 0, said: None, swept: None }
    }

    /// Whether an event of this key passes now; `values` are those of the key.
    pub(super) fn take(&mut self, key: Hash, now: Timestamp, values: impl FnOnce() -> Values) -> bool {
        let rate = self.rate;
        let passes = self.bucket(key, now.0).take(&rate, now.0);
        if !passes {
            self.count(key, values);
        }
        passes
    }

    /// What is to be said by now.
    pub(super) fn said(&mut self, now: Timestamp, last: bool, rate: &str) -> Vec<Summary> {
        let nothing = self.dropped.is_empty() && self.dropped_others == 0;
        let recent = self.said.is_some_and(|said| now.0.saturating_sub(said) < SAY_NANOS);
        if nothing || (recent && !last) {
            return Vec::new();
        }
        self.said = Some(now.0);
        let dropped = std::mem::take(&mut self.dropped).into_values();
        let others = std::mem::take(&mut self.dropped_others);
        let others = (others > 0).then(|| (others, Vec::new()));
        dropped.chain(others).map(|(count, values)| summary(count, values, rate)).collect()
    }

    fn bucket(&mut self, key: Hash, now: i64) -> &mut Bucket {
        if self.keyed.len() >= STAGE_GROUPS_MAX && !self.keyed.contains_key(&key) {
            self.sweep(now);
        }
        let fresh = Bucket::new(&self.rate, now);
        if self.keyed.len() < STAGE_GROUPS_MAX || self.keyed.contains_key(&key) {
            self.keyed.entry(key).or_insert(fresh)
        } else {
            self.others.get_or_insert(fresh)
        }
    }

    /// Lets go of buckets that are full: a new one would be the same.
    fn sweep(&mut self, now: i64) {
        if self.swept.is_some_and(|swept| (0..SWEEP_NANOS).contains(&now.saturating_sub(swept))) {
            return;
        }
        self.swept = Some(now);
        let rate = self.rate;
        self.keyed.retain(|_, bucket| !bucket.is_full(&rate, now));
    }

    fn count(&mut self, key: Hash, values: impl FnOnce() -> Values) {
        let room = self.dropped.len() < SUMMARIES_MAX;
        match self.dropped.get_mut(&key) {
            Some((count, _)) => *count += 1,
            None if room => drop(self.dropped.insert(key, (1, values()))),
            None => self.dropped_others += 1,
        }
    }
}

fn summary(count: i64, values: Values, rate: &str) -> Summary {
    let events = if count == 1 { "event" } else { "events" };
    let message = format!("dropped {} {events}: more than {rate}", count_text(count.unsigned_abs()));
    let mut fields =
        vec![(MESSAGE.to_owned(), SummaryValue::Text(message)), ("dropped".to_owned(), SummaryValue::Number(count))];
    fields.extend(values.into_iter().filter(|(name, _)| name != MESSAGE));
    Summary { fields }
}
