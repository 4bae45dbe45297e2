//! What the endpoints have in common: which events, when, for how long.

use std::sync::Arc;

use axum::extract::Request;
use serde_json::Value;
use vigil_model::limits::EXTRA_FILTERS_MAX;
use vigil_model::{Class, Timestamp};
use vigil_query::{FieldTest, Filter, Pipe, Query, Set, TimeRange};

use super::{dialect, selector, time};
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::query::{Ask, Deadline, Language, extra_filters, narrow, only_filter, run_whole};
use crate::{QueryAnswer, access, query, sync};

/// A request that is read but for what is only its endpoint's.
pub(super) struct Args {
    pub(super) app: Arc<App>,
    pub(super) ask: Ask,
    /// The query as it was written.
    pub(super) text: String,
    /// Columns that the query leaves, if it says so.
    pub(super) columns: Option<Vec<String>>,
    /// What is not read yet.
    pub(super) params: Params,
    pub(super) deadline: Deadline,
}

impl Args {
    /// Reads `query`, `start`, `end`, `timeout`, `extra_filters` and `extra_stream_filters`.
    pub(super) async fn read(app: Arc<App>, request: Request) -> Result<Args, Failure> {
        Args::read_at(app, request, None).await
    }

    /// The same, where the parameter `time` says when it is asked.
    pub(super) async fn read_at(app: Arc<App>, request: Request, time: Option<&str>) -> Result<Args, Failure> {
        let now = app.backend.now();
        let permission = access::permission(access::of(&request), now)?;
        let mut params = query::params(&app, request).await?;
        let asked = match time {
            Some(name) => time::moment(&mut params, name, now)?.unwrap_or(now),
            None => now,
        };
        let text = params.take("query")?.filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| Failure::parameter("query", "is missing; `query=*` asks for everything"))?;
        let (mut query, columns) = dialect::translated(Language::Logsql.parse(&text, asked)?);
        query.time = query.time.intersect(&range(&mut params, now)?);
        add_filters(&mut params, &mut query, asked)?;
        let patience = sync::patience(&mut params)?.unwrap_or(app.options.query_patience);
        let ask = Ask { query, class: Class::Logs, asked, permission, patience };
        Ok(Args { app, ask, text, columns, params, deadline: Deadline::within(patience) })
    }

    /// `limit=`; 0 is none.
    pub(super) fn limit(&mut self) -> Result<Option<u64>, Failure> {
        Ok(self.params.read::<u64>("limit")?.filter(|limit| *limit > 0))
    }

    /// A parameter that must be there.
    pub(super) fn needed(&mut self, name: &str) -> Result<String, Failure> {
        let value = self.params.take(name)?.filter(|value| !value.is_empty());
        value.ok_or_else(|| Failure::parameter(name, "is missing"))
    }

    /// Everything that the pipes make of the events.
    pub(super) async fn answer(&self, pipes: impl IntoIterator<Item = Pipe>) -> Result<QueryAnswer, Failure> {
        run_whole(&self.app, self.ask.question(pipes)?, self.ask.asked, self.deadline).await
    }
}

fn range(params: &mut Params, now: Timestamp) -> Result<TimeRange, Failure> {
    let from = time::moment(params, "start", now)?.unwrap_or(Timestamp::MIN);
    let to = time::moment(params, "end", now)?.unwrap_or(Timestamp::MAX);
    // A range that ends before it begins has nothing in it.
    Ok(TimeRange { from, to: to.max(from) })
}

fn add_filters(params: &mut Params, query: &mut Query, asked: Timestamp) -> Result<(), Failure> {
    for text in extra_filters(params, "extra_filters")? {
        let filter = match text.trim_start().starts_with('{') {
            true => of_json(&text, "extra_filters")?,
            false => only_filter(dialect::translated(Language::Logsql.parse(&text, asked)?).0, "extra_filters")?,
        };
        narrow(query, filter);
    }
    for text in extra_filters(params, "extra_stream_filters")? {
        let filter = match of_json(&text, "extra_stream_filters") {
            Ok(filter) => filter,
            Err(_) => selector::read(&text).map_err(|why| Failure::parameter("extra_stream_filters", why))?,
        };
        narrow(query, filter);
    }
    Ok(())
}

/// `{"app":"shop","host":["web-1","web-2"]}`: each field has this value, or one of these.
fn of_json(text: &str, name: &str) -> Result<Filter, Failure> {
    let wrong = |why: String| Failure::parameter(name, why);
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| wrong(format!("is not a JSON object: {error}")))?;
    if object.len() > EXTRA_FILTERS_MAX {
        return Err(wrong(format!("names more than {EXTRA_FILTERS_MAX} fields")));
    }
    let mut all = Filter::All;
    for (field, value) in object {
        let test = match value {
            Value::String(text) => FieldTest::Exact(text),
            Value::Array(items) => FieldTest::In(Set::Values(texts(items).ok_or_else(|| wrong(not_texts(&field)))?)),
            _ => return Err(wrong(not_texts(&field))),
        };
        all = all.and(Filter::field(dialect::field(&field), test));
    }
    Ok(all)
}

fn texts(items: Vec<Value>) -> Option<Vec<String>> {
    items.into_iter().map(|item| if let Value::String(text) = item { Some(text) } else { None }).collect()
}

fn not_texts(field: &str) -> String {
    format!("`{field}` must be a text or a list of texts")
}
