//! How numbers are made: the leaves of the plan are asked one after another, and the rest is computed from them.

use vigil_index::{OwnedValue, Row};
use vigil_model::{Timestamp, Value};
use vigil_query::logql::{self, Matrix, Metric, MetricPlan, Series, Steps};
use vigil_query::{Fields, TIME_FIELD, TimeRange};

use super::args::{Args, metric_failure};
use super::fields;
use crate::failure::Failure;

/// How far before the first step fields are looked for, in nanoseconds.
const FIELDS_SINCE: i64 = 3_600_000_000_000;

/// The series at these steps, and what people should know about them.
pub(super) async fn evaluate(
    args: &Args,
    text: &str,
    metric: &Metric,
    steps: Steps,
) -> Result<(Matrix, Vec<String>), Failure> {
    let failed = |error| metric_failure(error, text);
    let seen = TimeRange { from: Timestamp(steps.start.saturating_sub(FIELDS_SINCE)), to: Timestamp(steps.end) };
    let labels = fields::known(args, text, seen).await?;
    let plan = logql::plan(metric, steps, &labels).map_err(failed)?;
    let (mut leaves, mut warnings) = (Vec::new(), Vec::new());
    for leaf in &plan.leaves {
        let answered = args.whole(leaf.query.clone()).await?;
        let mut gather = leaf.gather();
        for row in &answered.rows {
            gather.add(&Cells(row)).map_err(failed)?;
        }
        leaves.push(gather.finish());
        warnings.extend(answered.warnings);
    }
    warnings.sort();
    Ok((computed(plan, leaves, text).await?, warnings))
}

/// Of many samples this takes a while: others are answered meanwhile.
async fn computed(plan: MetricPlan, leaves: Vec<Vec<Series>>, text: &str) -> Result<Matrix, Failure> {
    let computed = tokio::task::spawn_blocking(move || logql::evaluate(&plan, &leaves)).await;
    let computed = computed.map_err(|error| Failure::Internal(format!("numbers could not be computed: {error}")))?;
    computed.map_err(|error| metric_failure(error, text))
}

/// A row as the numbers are read from it.
struct Cells<'a>(&'a Row);

impl Fields for Cells<'_> {
    fn event_time(&self) -> Option<Timestamp> {
        match self.0.get(TIME_FIELD)? {
            OwnedValue::Time(time) => Some(*time),
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name).and_then(plain)
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.0.columns().filter_map(|(_, value)| plain(value)).any(|value| holds(&value))
    }
}

fn plain(value: &OwnedValue) -> Option<Value<'_>> {
    match value {
        OwnedValue::Null => Some(Value::Null),
        OwnedValue::Bool(value) => Some(Value::Bool(*value)),
        OwnedValue::Int(value) => Some(Value::Int(*value)),
        OwnedValue::Float(value) => Some(Value::Float(*value)),
        OwnedValue::Str(text) => Some(Value::Str(text)),
        OwnedValue::Bytes(bytes) => Some(Value::Bytes(bytes)),
        OwnedValue::Time(time) => Some(Value::Time(*time)),
        OwnedValue::List(_) | OwnedValue::Id(_) => None,
    }
}
