//! Which events may be asked for, by whom it is asked: no query is run without a [`Permission`].
//!
//! The index runs a [`PermittedQuery`] and makes a row of an event only for a [`Permission`], so
//! that whoever forgets to look at what a token is limited to has code that does not compile.

use vigil_model::{Class, ClassSet, Record, Timestamp};

use crate::{Filter, Matcher, ParseError, Query, parse};

/// What the events have to be like that someone may see.
#[derive(Clone, Debug)]
pub struct Permission {
    classes: ClassSet,
    filter: Filter,
    /// The filter as it was written. It names the permission also where the filter is relative to
    /// the time at which it was read.
    text: String,
    matcher: Matcher,
}

/// A query that finds nothing but what a permission admits.
#[derive(Clone, Debug)]
pub struct PermittedQuery {
    query: Query,
    class: Class,
    name: String,
    permission: Permission,
}

/// Events of this class may not be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events of class `{class}` are not for this token, only {}", listed(.classes))]
pub struct Denied {
    /// What was asked for.
    pub class: Class,
    /// What may be.
    pub classes: ClassSet,
}

impl Permission {
    /// Everything: for the node itself, and for those who are not limited.
    pub fn everything() -> Permission {
        Permission {
            classes: ClassSet::ALL,
            filter: Filter::All,
            text: String::new(),
            matcher: Matcher::new(&Filter::All),
        }
    }

    /// Events of these classes that pass `filter`, in VQL and without pipes; an empty one lets
    /// all pass. `now` is what times such as `_time:7d` count back from: the time of the question,
    /// never one that the asker can choose.
    pub fn new(classes: ClassSet, filter: &str, now: Timestamp) -> Result<Permission, ParseError> {
        let text = filter.trim();
        if text.is_empty() {
            return Ok(Permission { classes, ..Permission::everything() });
        }
        let query = parse(text, now)?;
        if !query.pipes.is_empty() {
            let bar = text.find('|').unwrap_or(0);
            let error = ParseError::new(bar..text.len(), "a scope is a filter, and a filter has no pipes");
            return Err(error.hint("take `|` and what follows away"));
        }
        let matcher = Matcher::for_query(&query);
        Ok(Permission { classes, matcher, ..Permission::of_filter(query.filter, text)? })
    }

    /// Of a filter that was read. One that asks another query would have nobody to permit that one, and would admit
    /// or refuse everything until it was asked.
    pub(crate) fn of_filter(filter: Filter, text: &str) -> Result<Permission, ParseError> {
        if filter.has_subqueries() {
            let error = ParseError::new(0..text.len(), "a scope is a filter, and asks no other query");
            return Err(error.hint("write the values out: `in(a, b)`"));
        }
        Ok(Permission { matcher: Matcher::new(&filter), filter, text: text.to_owned(), classes: ClassSet::ALL })
    }

    /// The classes that may be asked for.
    pub fn classes(&self) -> ClassSet {
        self.classes
    }

    /// Whether this event may be seen.
    pub fn admits(&self, class: Class, record: &Record<'_>) -> bool {
        self.classes.has(class) && self.matcher.matches(record)
    }

    /// The query, of what may be seen of `class`.
    pub fn allow(&self, query: Query, class: Class) -> Result<PermittedQuery, Denied> {
        if !self.classes.has(class) {
            return Err(Denied { class, classes: self.classes });
        }
        let name = format!("{class} {query:?} {:?}", self.text);
        let time = query.time.intersect(&self.filter.time_range());
        let filter = query.filter.and(self.filter.clone());
        let query = Query { time, filter, pipes: query.pipes };
        Ok(PermittedQuery { query, class, name, permission: self.clone() })
    }
}

impl PermittedQuery {
    /// What is asked, with what is permitted joined to it.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// By whom it is asked.
    pub fn permission(&self) -> &Permission {
        &self.permission
    }

    /// Another query of the same class, put by the same asker: one that stands inside of this.
    pub fn nested(&self, query: Query) -> PermittedQuery {
        self.permission.allow(query, self.class).expect("the class was permitted when this was")
    }

    /// The same question with values in the place of the queries inside of its filters, see [`Query::fill_sets`].
    /// Its name stays: it is the question that was asked.
    pub fn filled<E>(&self, values: &mut dyn FnMut(&Query) -> Result<Vec<String>, E>) -> Result<PermittedQuery, E> {
        let mut filled = self.clone();
        filled.query.fill_sets(values)?;
        Ok(filled)
    }

    /// Of which records.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Tells it from other queries, classes and permissions; equal whenever the same is asked
    /// again, also where the permission is relative to the time.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn listed(classes: &ClassSet) -> String {
    let names: Vec<&str> = classes.iter().map(Class::name).collect();
    if names.is_empty() { "none at all".to_owned() } else { names.join(", ") }
}
