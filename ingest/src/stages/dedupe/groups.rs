//! Which events were seen in their windows, and what is to be said of those that are over.

use std::collections::{BTreeMap, VecDeque};

use vigil_model::limits::{STAGE_GROUPS_MAX, SUMMARIES_MAX};
use vigil_model::{Hash, Timestamp};

use crate::event::MESSAGE;
use crate::stage::{Event, Summary, SummaryValue};
use crate::stages::key;

/// Events that are equal in the fields that count.
pub(super) struct Group {
    /// The message of the first, shortened.
    message: Option<String>,
    /// The fields that count, but for the message.
    fields: Vec<(String, SummaryValue)>,
    /// Events after the first.
    repeated: i64,
    /// The earliest and the latest event time.
    first: Timestamp,
    last: Timestamp,
}

impl Group {
    /// Begun by this event.
    pub(super) fn of(event: &Event<'_>, by: &[String]) -> Group {
        let mut fields = key::values(event, by);
        fields.retain(|(name, _)| name != MESSAGE);
        let message = event.text(MESSAGE).map(key::short);
        Group { message, fields, repeated: 0, first: event.time, last: event.time }
    }

    fn summary(self) -> Summary {
        let times = if self.repeated == 1 { "time" } else { "times" };
        let message = match self.message {
            Some(message) => format!("repeated {} {times}: {message}", self.repeated),
            None => format!("repeated {} {times}", self.repeated),
        };
        let mut fields = vec![
            (MESSAGE.to_owned(), SummaryValue::Text(message)),
            ("repeated".to_owned(), SummaryValue::Number(self.repeated)),
            ("first_time".to_owned(), SummaryValue::Text(self.first.to_string())),
            ("last_time".to_owned(), SummaryValue::Text(self.last.to_string())),
        ];
        fields.extend(self.fields);
        Summary { fields }
    }
}

/// All groups whose windows are open.
#[derive(Default)]
pub(super) struct Groups {
    open: BTreeMap<Hash, Group>,
    /// Ends of windows, earliest first, and whose they are. As long as `open`.
    ends: VecDeque<(i64, Hash)>,
    /// Of closed groups; at most [`SUMMARIES_MAX`].
    said: Vec<Summary>,
    /// Repeats of closed groups for which there was no room in `said`.
    untold: i64,
}

impl Groups {
    /// Counts an event that repeats an open group; answers whether it does.
    pub(super) fn repeats(&mut self, key: &Hash, time: Timestamp) -> bool {
        let Some(group) = self.open.get_mut(key) else { return false };
        group.repeated += 1;
        (group.first, group.last) = (group.first.min(time), group.last.max(time));
        true
    }

    /// Opens a group; where there are too many the one that would end first ends now.
    pub(super) fn open(&mut self, key: Hash, group: Group, end: i64) {
        if self.open.len() >= STAGE_GROUPS_MAX {
            self.close_first();
        }
        // A clock that was set back does not disturb the order.
        let end = self.ends.back().map_or(end, |(last, _)| end.max(*last));
        self.ends.push_back((end, key));
        self.open.insert(key, group);
        assert!(self.open.len() == self.ends.len(), "every open group has one end");
    }

    /// Closes every group whose window is over.
    pub(super) fn close_until(&mut self, now: Timestamp) {
        while self.ends.front().is_some_and(|(end, _)| *end <= now.0) {
            self.close_first();
        }
    }

    /// What is to be said by now.
    pub(super) fn take_said(&mut self) -> Vec<Summary> {
        let mut said = std::mem::take(&mut self.said);
        let untold = std::mem::take(&mut self.untold);
        if untold > 0 {
            let message = format!("{untold} events repeated others, of too many kinds to tell each");
            let fields = vec![
                (MESSAGE.to_owned(), SummaryValue::Text(message)),
                ("repeated".to_owned(), SummaryValue::Number(untold)),
            ];
            said.push(Summary { fields });
        }
        said
    }

    fn close_first(&mut self) {
        let Some((_, key)) = self.ends.pop_front() else { return };
        let group = self.open.remove(&key).expect("an end belongs to an open group");
        match group.repeated {
            0 => {}
            _ if self.said.len() < SUMMARIES_MAX => self.said.push(group.summary()),
            repeated => self.untold += repeated,
        }
    }
}
