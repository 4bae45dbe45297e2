//! What a pipe sees of one event or row: its columns, and on top of them those that pipes before it changed.

use vigil_model::limits::RECORD_FIELDS_MAX;
use vigil_model::{EventId, Record, Timestamp, Value, roles};
use vigil_query::{Fields, Matcher};

use crate::Row;
use crate::evaluate::event_cell;
use crate::gather::Source;
use crate::row::{self, Names, is_reserved};
use crate::scratch::Scratch;
use crate::value::Cell;

/// One event or row, with columns changed. Nothing is copied before a pipe changes it.
#[derive(Clone)]
pub(crate) struct View<'a> {
    scratch: &'a Scratch,
    base: Base<'a>,
    /// Of the base these columns alone, in this order.
    only: Option<&'a [String]>,
    /// Of the base all but these.
    hidden: Vec<&'a str>,
    /// New columns, and those in the place of one of the base. Each name once.
    top: Vec<(&'a str, Cell<'a>)>,
}

#[derive(Clone, Copy)]
enum Base<'a> {
    Event(EventId, Record<'a>),
    Row(&'a Row),
    Nothing,
}

impl<'a> View<'a> {
    /// An event as it is.
    #[inline]
    pub(crate) fn event(scratch: &'a Scratch, id: EventId, record: Record<'a>) -> View<'a> {
        View { scratch, base: Base::Event(id, record), only: None, hidden: Vec::new(), top: Vec::new() }
    }

    /// A row as it is.
    pub(crate) fn row(scratch: &'a Scratch, row: &'a Row) -> View<'a> {
        View { scratch, base: Base::Row(row), only: None, hidden: Vec::new(), top: Vec::new() }
    }

    /// Where values are made.
    pub(crate) fn scratch(&self) -> &'a Scratch {
        self.scratch
    }

    /// The value of a column.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<Cell<'a>> {
        match self.top.iter().find(|(known, _)| *known == name) {
            Some((_, cell)) => Some(*cell),
            None if self.hidden.contains(&name) => None,
            None => self.of_base(name),
        }
    }

    fn of_base(&self, name: &str) -> Option<Cell<'a>> {
        if self.only.is_some_and(|only| !only.iter().any(|known| known == name)) {
            return None;
        }
        match &self.base {
            Base::Event(id, record) => event_cell(name, *id, record),
            Base::Row(row) => row.get(name).map(Cell::Owned),
            Base::Nothing => None,
        }
    }

    /// Hands every column to `each`, in order: those of the base, then new ones.
    pub(crate) fn for_each(&self, each: &mut dyn FnMut(&'a str, Cell<'a>)) {
        self.for_each_of_base(&mut |name, cell| {
            if !self.hidden.contains(&name) {
                each(name, self.top.iter().find(|(known, _)| *known == name).map_or(cell, |(_, cell)| *cell));
            }
        });
        for (name, cell) in &self.top {
            if self.hidden.contains(name) || self.of_base(name).is_none() {
                each(name, *cell);
            }
        }
    }

    fn for_each_of_base(&self, each: &mut dyn FnMut(&'a str, Cell<'a>)) {
        match (self.only, &self.base) {
            (Some(only), _) => {
                let there = |name: &'a String| self.of_base(name).map(|cell| (name.as_str(), cell));
                only.iter().filter_map(there).for_each(|(name, cell)| each(name, cell));
            }
            (None, Base::Event(id, record)) => for_each_of_event(*id, record, each),
            (None, Base::Row(row)) => row.columns().for_each(|(name, value)| each(name, Cell::Owned(value))),
            (None, Base::Nothing) => {}
        }
    }

    /// Gives a column a value: in its place where it is there, else as the last one.
    pub(crate) fn set(&mut self, name: &'a str, cell: Cell<'a>) {
        match self.top.iter().position(|(known, _)| *known == name) {
            Some(at) => self.top[at].1 = cell,
            None if self.top.len() < RECORD_FIELDS_MAX => self.top.push((name, cell)),
            None => self.scratch.leave_out(),
        }
    }

    /// Takes a column away.
    pub(crate) fn remove(&mut self, name: &'a str) {
        self.top.retain(|(known, _)| *known != name);
        if self.of_base(name).is_some() && !self.hidden.contains(&name) {
            self.hidden.push(name);
        }
    }

    /// Leaves these columns alone, in this order. No name stands there twice, and none is a pattern.
    pub(crate) fn keep_named(&mut self, names: &'a [String]) {
        if self.top.is_empty() && self.hidden.is_empty() && self.only.is_none() {
            self.only = Some(names);
        } else {
            let there = |name: &'a String| self.get(name).map(|cell| (name.as_str(), cell));
            self.keep(names.iter().filter_map(there).collect());
        }
    }

    /// Leaves these columns alone; each name once.
    pub(crate) fn keep(&mut self, columns: Vec<(&'a str, Cell<'a>)>) {
        *self = View { scratch: self.scratch, base: Base::Nothing, only: None, hidden: Vec::new(), top: columns };
    }

    /// The text of a column.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(|cell| self.scratch.text_of(cell))
    }

    /// The field that is the message, `name` if it says which.
    pub(crate) fn message<'n>(&self, name: Option<&'n str>) -> Option<&'n str> {
        name.or_else(|| roles::MESSAGE.into_iter().find(|name| self.get(name).is_some_and(|cell| !cell.is_null())))
    }

    /// Whether there is something in a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|cell| !cell.is_empty())
    }

    /// A row of its own.
    pub(crate) fn to_row(&self, names: &mut Names) -> Row {
        let mut columns = Vec::new();
        self.for_each(&mut |name, cell| columns.push((names.get(name), cell.to_owned_value())));
        Row::of_columns(columns)
    }
}

fn for_each_of_event<'a>(id: EventId, record: &Record<'a>, each: &mut dyn FnMut(&'a str, Cell<'a>)) {
    each(row::TIME, Cell::Model(Value::Time(record.time())));
    each(row::ID, Cell::Id(id));
    for (name, value) in record.fields().filter(|(name, _)| !is_reserved(name)) {
        each(name, Cell::Model(value));
    }
    if record.time_assumed() {
        each(row::TIME_ASSUMED, Cell::Model(Value::Bool(true)));
    }
}

impl Fields for View<'_> {
    fn event_time(&self) -> Option<Timestamp> {
        self.get(row::TIME)?.time()
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.get(name).map(|cell| self.scratch.value(cell))
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        let mut found = false;
        self.for_each(&mut |name, cell| found = found || !is_reserved(name) && holds(&self.scratch.value(cell)));
        found
    }

    fn raw(&self) -> Option<&[u8]> {
        match &self.base {
            Base::Event(_, record) if self.top.is_empty() => Some(record.bytes()),
            _ => None,
        }
    }
}

impl Source for View<'_> {
    #[inline]
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        self.get(name)
    }

    fn each(&self, each: &mut dyn FnMut(&str, Cell<'_>)) {
        self.for_each(&mut |name, cell| each(name, cell));
    }

    fn matches(&self, matcher: &Matcher) -> bool {
        matcher.matches(self)
    }
}
