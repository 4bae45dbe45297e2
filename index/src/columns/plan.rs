//! Which questions columns can answer, and for which chunks.

use std::collections::BTreeSet;

use vigil_query::{Bucket, Filter, Function, GroupKey, Pipe, Stat, StatFunction, Stats, TIME_FIELD, TimeRange};

use super::Head;
use super::chunk::Known;
use super::decide::Test;
use crate::plan::{self, Plan};
use crate::row::is_reserved;

/// A question that columns can answer where they have its fields.
#[derive(Clone, Debug)]
pub(crate) struct ColumnPlan {
    pub(super) time: TimeRange,
    pub(super) test: Test,
    /// What makes a group.
    pub(super) by: Vec<GroupKey>,
    pub(super) tasks: Vec<ColumnTask>,
    /// Fields that must be known.
    fields: BTreeSet<String>,
}

/// What one function reads of the rows of a group.
#[derive(Clone, Debug)]
pub(super) struct ColumnTask {
    /// Of each row; `None` for a function that only counts them.
    pub(super) field: Option<String>,
    /// What a row must pass to count; `None` where every row counts.
    pub(super) only_if: Option<Test>,
}

impl ColumnPlan {
    /// `None` for a question that only rows can answer.
    pub(crate) fn of(plan: &Plan) -> Option<ColumnPlan> {
        let plan::Head::Gather(pipe) = &plan.head else { return None };
        if !plan.steps.is_empty() {
            return None;
        }
        let stats = as_stats(pipe)?;
        if !stats.by.iter().all(is_by_value) {
            return None;
        }
        let test = Test::of(&plan.filter)?;
        let tasks = stats.functions.iter().map(task).collect::<Option<Vec<_>>>()?;
        let fields = fields_of(&test, &stats.by, &tasks);
        Some(ColumnPlan { time: plan.time, test, by: stats.by, tasks, fields })
    }

    /// The fields that the question reads.
    pub(crate) fn fields(&self) -> &BTreeSet<String> {
        &self.fields
    }

    /// Whether a chunk has all that is asked.
    pub(crate) fn is_answered_by(&self, head: &Head) -> bool {
        self.fields.iter().all(|name| head.known(name) != Known::Unknown)
    }

    /// Whether nothing is asked of the rows of a group but how many there are.
    pub(super) fn only_counts(&self) -> bool {
        self.tasks.iter().all(|task| task.field.is_none() && task.only_if.is_none())
    }
}

/// The groups that a pipe makes; `None` for one that makes none.
fn as_stats(pipe: &Pipe) -> Option<Stats> {
    let counted = |by: &[String]| {
        let count = Stat { function: StatFunction::of(Function::Count, []), only_if: None, name: String::new() };
        Some(Stats { functions: vec![count], by: by.iter().map(GroupKey::plain).collect() })
    };
    match pipe {
        Pipe::Stats(stats) => Some(stats.clone()),
        Pipe::Top(top) => counted(&top.by),
        Pipe::Uniq(uniq) => counted(&uniq.by),
        Pipe::FieldValues(values) => counted(std::slice::from_ref(&values.field)),
        _ => None,
    }
}

/// Whether the value of a field, or the run of its time, tells a row's group.
fn is_by_value(key: &GroupKey) -> bool {
    match &key.bucket {
        Some(Bucket::Time { width, .. }) if key.field == TIME_FIELD => *width > 0,
        _ => !is_reserved(&key.field),
    }
}

/// `None` for a function that depends on more than how often each value of one field occurs.
fn task(stat: &Stat) -> Option<ColumnTask> {
    let fields = &stat.function.fields;
    let counts = matches!(stat.function.function, Function::Count | Function::Rate);
    let by_place = matches!(stat.function.function, Function::First | Function::Last | Function::Values);
    let field = match &fields[..] {
        [] if counts => None,
        [field] if !by_place && !is_reserved(field) && !field.contains('*') => Some(field.clone()),
        _ => return None,
    };
    let only_if = match &stat.only_if {
        None => None,
        Some(filter) if reads_row(filter) => return None,
        Some(filter) => Some(Test::of(filter)?),
    };
    Some(ColumnTask { field, only_if })
}

/// Whether it reads columns that an event has only as a row.
fn reads_row(filter: &Filter) -> bool {
    let mut names = BTreeSet::new();
    Test::of(filter).iter().for_each(|test| test.name_fields(&mut names));
    names.iter().any(|name| is_reserved(name))
}

fn fields_of(test: &Test, by: &[GroupKey], tasks: &[ColumnTask]) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    test.name_fields(&mut fields);
    tasks.iter().filter_map(|task| task.only_if.as_ref()).for_each(|test| test.name_fields(&mut fields));
    let keys = by.iter().map(|key| &key.field).filter(|name| *name != TIME_FIELD);
    fields.extend(keys.chain(tasks.iter().filter_map(|task| task.field.as_ref())).cloned());
    fields
}
