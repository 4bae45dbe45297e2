//! How a chunk is added to what is gathered: filter, groups, then the values of each function.

use std::sync::Arc;

use vigil_model::{Timestamp, Value};
use vigil_query::{Bucket, GroupKey, TIME_FIELD};

use super::chunk::Known;
use super::cover::Covering;
use super::decide::Verdict;
use super::group::{Grouped, Key};
use super::plan::{ColumnPlan, ColumnTask};
use super::sink::{Sink, Slot};
use super::{ChunkSource, Dictionary, Head, minutes};
use crate::SourceError;
use crate::gather::Gatherer;
use crate::value::Cell;

/// What rows are grouped by, and what each is in it.
struct Read {
    key: Key,
    /// `None` for the time, and for a field that no row has.
    dictionary: Option<Arc<Dictionary>>,
}

/// What one function reads.
struct Reading {
    /// `None` for a function that only counts rows.
    field: Option<Read>,
    /// Which rows count.
    verdict: Verdict,
}

/// Adds the rows of a chunk that count. Answers how many passed the filter. On an error nothing was added.
pub(crate) fn add_chunk(plan: &ColumnPlan, work: &Covering, gatherer: &mut Gatherer) -> Result<u64, SourceError> {
    let (chunk, head) = (&*work.chunk, &*work.head);
    let mut sink = Sink::of(gatherer).filter(|sink| sink.takes_values(plan.tasks.len())).ok_or_else(only_rows)?;
    let in_time = Verdict::within(&plan.time, chunk, head)?;
    let verdict = in_time.and(plan.test.verdict(chunk, head)?);
    if matches!(verdict, Verdict::Same(false)) {
        return Ok(0);
    }
    if matches!(verdict, Verdict::Same(true))
        && work.is_whole()
        && let Some(rows) = minutes::add_roll_up(plan, chunk, head, &mut sink)?
    {
        return Ok(rows);
    }
    let rows = chosen(work, &verdict);
    if rows.is_empty() {
        return Ok(0);
    }
    let keys = plan.by.iter().map(|key| read_key(key, chunk, head)).collect::<Result<Vec<_>, _>>()?;
    let readings = plan.tasks.iter().map(|task| reading(task, chunk, head)).collect::<Result<Vec<_>, _>>()?;
    if sink.sees_times() {
        let times = chunk.times()?;
        let (first, last) = ends(rows.iter().map(|row| times[*row as usize]));
        sink.see_times(first, last);
    }
    add_rows(&rows, &keys, &readings, &mut sink);
    Ok(rows.len() as u64)
}

fn only_rows() -> SourceError {
    SourceError::Failed("only rows can answer this question".to_owned())
}

fn ends(times: impl Iterator<Item = i64>) -> (Timestamp, Timestamp) {
    let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
    (Timestamp(first), Timestamp(last))
}

/// The rows of frames that count which pass.
fn chosen(work: &Covering, verdict: &Verdict) -> Vec<u32> {
    let mut rows = Vec::with_capacity(work.head.rows);
    for range in work.row_ranges() {
        match verdict {
            Verdict::Same(true) => rows.extend(range),
            _ => rows.extend(range.filter(|row| verdict.passes(*row as usize))),
        }
    }
    rows
}

fn read_key(key: &GroupKey, chunk: &dyn ChunkSource, head: &Head) -> Result<Read, SourceError> {
    match key.bucket {
        Some(Bucket::Time { width, offset }) if key.field == TIME_FIELD => {
            Ok(Read { key: Key::Time { times: chunk.times()?, width, offset }, dictionary: None })
        }
        _ => read_field(&key.field, chunk, head),
    }
}

fn read_field(name: &str, chunk: &dyn ChunkSource, head: &Head) -> Result<Read, SourceError> {
    let Known::Column(n) = head.known(name) else { return Ok(Read { key: Key::Same, dictionary: None }) };
    let dictionary = chunk.dictionary(n)?;
    Ok(Read { key: Key::Codes(chunk.codes(n)?, dictionary.len()), dictionary: Some(dictionary) })
}

fn reading(task: &ColumnTask, chunk: &dyn ChunkSource, head: &Head) -> Result<Reading, SourceError> {
    let verdict = task.only_if.as_ref().map_or(Ok(Verdict::Same(true)), |test| test.verdict(chunk, head))?;
    let field = task.field.as_ref().map(|name| read_field(name, chunk, head)).transpose()?;
    Ok(Reading { field, verdict })
}

/// Adds rows group by group.
fn add_rows(rows: &[u32], keys: &[Read], readings: &[Reading], sink: &mut Sink<'_>) {
    let grouped = Grouped::of(rows, &keys.iter().map(|read| read.key.clone()).collect::<Vec<_>>());
    let (places, bounds) = grouped.sorted();
    let mut values: Vec<Values<'_>> = readings.iter().map(Values::of).collect();
    for (n, sample) in grouped.samples.iter().enumerate() {
        let places = &places[bounds[n]..bounds[n + 1]];
        let cells: Vec<Option<Cell<'_>>> = keys.iter().map(|read| cell(read, *sample as usize)).collect();
        let Some(slot) = sink.group(&cells, places.len() as u64) else { continue };
        values.iter_mut().enumerate().for_each(|(task, values)| values.add_to(sink, slot, task, rows, places));
    }
}

/// What a row is in a column.
fn cell(read: &Read, row: usize) -> Option<Cell<'_>> {
    match (&read.key, &read.dictionary) {
        (Key::Codes(codes, _), Some(dictionary)) => dictionary.value(usize::from(codes[row])).map(Cell::Model),
        (Key::Time { times, .. }, _) => Some(Cell::Model(Value::Time(Timestamp(times[row])))),
        _ => None,
    }
}

/// The values that a function meets.
struct Values<'a> {
    reading: &'a Reading,
    codes: &'a [u16],
    /// By code; values rather than cells, which are three times as long: they are read in no order.
    values: Vec<Option<Value<'a>>>,
    /// How often each was met in the group at hand; all 0 between groups.
    counts: Vec<u32>,
}

impl<'a> Values<'a> {
    fn of(reading: &'a Reading) -> Values<'a> {
        let (codes, values) = match &reading.field {
            Some(Read { key: Key::Codes(codes, _), dictionary: Some(dictionary) }) => {
                (&codes[..], dictionary.values().collect::<Vec<_>>())
            }
            _ => (&[][..], Vec::new()),
        };
        let counts = vec![0; values.len()];
        Values { reading, codes, values, counts }
    }

    /// Adds the rows at `places` to a task of a group.
    fn add_to(&mut self, sink: &mut Sink<'_>, slot: Slot, task: usize, rows: &[u32], places: &[u32]) {
        let verdict = &self.reading.verdict;
        let all = matches!(verdict, Verdict::Same(true));
        let row = |place: &u32| rows[*place as usize] as usize;
        let counting = places.iter().map(row).filter(|row| all || verdict.passes(*row));
        if self.values.is_empty() {
            let rows = counting.count() as u64;
            return if rows > 0 {
                sink.add(slot, task, None, rows)
            };
        }
        // Where a group meets a value again and again it is added once.
        if self.values.len() > 2 * places.len() {
            let value = |row: usize| self.values[usize::from(self.codes[row])].map(Cell::Model);
            return counting.for_each(|row| sink.add(slot, task, value(row), 1));
        }
        counting.for_each(|row| self.counts[usize::from(self.codes[row])] += 1);
        for (value, count) in self.values.iter().zip(&mut self.counts) {
            if *count > 0 {
                sink.add(slot, task, value.map(Cell::Model), u64::from(std::mem::take(count)));
            }
        }
    }
}
