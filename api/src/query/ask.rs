//! What every endpoint that asks has in common: which events, of which class and time, and for how long.

use std::time::Duration;

use vigil_model::limits::EXTRA_FILTERS_MAX;
use vigil_model::{Class, Timestamp};
use vigil_query::{Filter, Permission, PermittedQuery, Pipe, Query, TimeRange};

use super::language::{self, Language};
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::{sync, when};

/// A question that is read and not yet put.
pub(crate) struct Ask {
    /// What is asked, `from` and `to` included.
    pub(crate) query: Query,
    /// Of which body.
    pub(crate) class: Class,
    /// What relative times count back from.
    pub(crate) asked: Timestamp,
    /// What the asker may see.
    pub(crate) permission: Permission,
    /// How long an answer may take.
    pub(crate) patience: Duration,
}

impl Ask {
    /// Reads `q` (or the tree `query`), `lang`, `from`, `to`, `class`, `extra_filters` and `timeout`. `asked` is now, or when the first page was asked for. Without `q` it is `or`, and without
    /// that a failure.
    pub(crate) fn read(
        app: &App,
        params: &mut Params,
        permission: Permission,
        asked: Timestamp,
        or: Option<&str>,
    ) -> Result<Ask, Failure> {
        let language = params.read::<Language>("lang")?.unwrap_or_default();
        let mut query = match (params.take_tree(), params.take("q")?, or) {
            (Some(_), Some(_), _) => return Err(Failure::parameter("query", "is given, and `q` too; say one of them")),
            (Some(tree), None, _) => language::of_tree(&tree, asked)?,
            (None, Some(text), _) => language.parse(&text, asked)?,
            (None, None, Some(or)) => language.parse(or, asked)?,
            (None, None, None) => return Err(Failure::parameter("q", "is missing; `q=*` asks for everything")),
        };
        query.time = query.time.intersect(&time_range(params, asked)?);
        for text in extra_filters(params, "extra_filters")? {
            narrow(&mut query, only_filter(language.parse(&text, asked)?, "extra_filters")?);
        }
        let class = params.read::<Class>("class")?.unwrap_or(Class::Logs);
        let patience = sync::patience(params)?.unwrap_or(app.options.query_patience);
        Ok(Ask { query, class, asked, permission, patience })
    }

    /// The question of the events from this time on.
    pub(crate) fn since(&self, from: Timestamp) -> Result<PermittedQuery, Failure> {
        let time = self.query.time.intersect(&TimeRange { from, to: Timestamp::MAX });
        Ok(self.permission.allow(Query { time, ..self.query.clone() }, self.class)?)
    }

    /// The question with these pipes behind its own, for the one who asks.
    pub(crate) fn question(&self, pipes: impl IntoIterator<Item = Pipe>) -> Result<PermittedQuery, Failure> {
        let mut query = self.query.clone();
        query.pipes.extend(pipes);
        Ok(self.permission.allow(query, self.class)?)
    }
}

/// The values of a parameter that may be given several times.
pub(crate) fn extra_filters(params: &mut Params, name: &str) -> Result<Vec<String>, Failure> {
    let texts: Vec<String> = params.take_all(name).into_iter().filter(|text| !text.trim().is_empty()).collect();
    match texts.len() > EXTRA_FILTERS_MAX {
        true => Err(Failure::parameter(name, format!("is given more than {EXTRA_FILTERS_MAX} times"))),
        false => Ok(texts),
    }
}

/// The filter of a query that has nothing else.
pub(crate) fn only_filter(query: Query, parameter: &str) -> Result<Filter, Failure> {
    match query.pipes.is_empty() {
        true => Ok(query.filter),
        false => Err(Failure::parameter(parameter, "is a filter, and a filter has no pipes")),
    }
}

/// Leaves only events that pass `filter`, too.
pub(crate) fn narrow(query: &mut Query, filter: Filter) {
    query.time = query.time.intersect(&filter.time_range());
    query.filter = std::mem::replace(&mut query.filter, Filter::All).and(filter);
}

fn time_range(params: &mut Params, now: Timestamp) -> Result<TimeRange, Failure> {
    let from = moment(params, "from", now)?.unwrap_or(Timestamp::MIN);
    let to = moment(params, "to", now)?.unwrap_or(Timestamp::MAX);
    if from > to {
        return Err(Failure::parameter("from", format!("{from} is after `to`, {to}")));
    }
    Ok(TimeRange { from, to })
}

/// A parameter that is a moment.
pub(crate) fn moment(params: &mut Params, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    when::read(&text, now).map(Some).map_err(|why| Failure::parameter(name, why))
}
