//! How a chunk is counted by its roll-up alone: rows by time and level, without a column.

use vigil_model::{Timestamp, Value};
use vigil_query::{Bucket, GroupKey, TIME_FIELD};

use super::plan::ColumnPlan;
use super::rollup::MINUTE;
use super::sink::Sink;
use super::{ChunkSource, Dictionary, Head, RollUp};
use crate::SourceError;
use crate::value::Cell;

/// Adds all rows of a chunk, where nothing is asked but their number by whole minutes and by level. Answers how many
/// there were; `None` where more is asked.
pub(super) fn add_roll_up(
    plan: &ColumnPlan,
    chunk: &dyn ChunkSource,
    head: &Head,
    sink: &mut Sink<'_>,
) -> Result<Option<u64>, SourceError> {
    let Some(roll_up) = &head.roll_up else { return Ok(None) };
    let level = roll_up.level.map(|n| (n, &*head.fields[n].name));
    let is_told = |key: &GroupKey| is_told(key, level.map(|(_, name)| name));
    if !plan.only_counts() || !plan.by.iter().all(is_told) {
        return Ok(None);
    }
    let asked = level.filter(|(_, name)| plan.by.iter().any(|key| key.field == *name));
    let dictionary = asked.map(|(n, _)| chunk.dictionary(n)).transpose()?;
    if sink.sees_times() {
        sink.see_times(head.first, head.last);
    }
    add_counts(plan, roll_up, dictionary.as_deref(), sink);
    Ok(Some(head.rows as u64))
}

fn add_counts(plan: &ColumnPlan, roll_up: &RollUp, dictionary: Option<&Dictionary>, sink: &mut Sink<'_>) {
    for (minute, code, rows) in &roll_up.counts {
        let rows = u64::from(*rows);
        // Any time of a minute lies in the same run as all its others.
        let time = Timestamp(minute.saturating_mul(MINUTE));
        let cell = |key: &GroupKey| match key.field.as_str() {
            TIME_FIELD => Some(Cell::Model(Value::Time(time))),
            _ => dictionary?.value(usize::from(*code)).map(Cell::Model),
        };
        let cells: Vec<Option<Cell<'_>>> = plan.by.iter().map(cell).collect();
        if let Some(slot) = sink.group(&cells, rows) {
            (0..plan.tasks.len()).for_each(|task| sink.add(slot, task, None, rows));
        }
    }
}

/// Whether minutes and level tell the group.
fn is_told(key: &GroupKey, level: Option<&str>) -> bool {
    match key.bucket {
        Some(Bucket::Time { width, offset }) if key.field == TIME_FIELD => width % MINUTE == 0 && offset % MINUTE == 0,
        _ => Some(&*key.field) == level,
    }
}
