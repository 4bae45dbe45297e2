//! One value on its way into aggregates: what it reads as is found once.

use std::cell::OnceCell;
use std::cmp::Ordering;

use crate::OwnedValue;
use crate::value::{Cell, Number, Rank};

/// A value that is not empty.
pub(crate) struct Input<'a> {
    pub(crate) cell: Cell<'a>,
    number: OnceCell<Option<Number>>,
}

impl<'a> Input<'a> {
    /// `None` for what is missing or empty: no aggregate takes it.
    #[inline]
    pub(crate) fn of(cell: Option<Cell<'a>>) -> Option<Input<'a>> {
        let cell = cell.filter(|cell| !cell.is_empty())?;
        Some(Input { cell, number: OnceCell::new() })
    }

    #[inline]
    pub(crate) fn number(&self) -> Option<Number> {
        *self.number.get_or_init(|| self.cell.number())
    }

    pub(crate) fn rank(&self) -> Rank {
        self.number().map_or_else(|| self.cell.rank(), Rank::Number)
    }

    /// How it stands to a rank. Numbers and texts, the most common, need no memory.
    #[inline]
    pub(crate) fn compare(&self, rank: &Rank) -> Ordering {
        match (self.number(), self.cell.as_str(), rank) {
            (Some(number), _, Rank::Number(other)) => number.cmp(other),
            (Some(_), ..) => Ordering::Less,
            (None, Some(text), Rank::Text(other)) => text.cmp(other),
            (None, ..) => self.cell.rank().cmp(rank),
        }
    }

    /// Whether it is a text, and this one.
    #[inline]
    pub(crate) fn is_text(&self, value: &OwnedValue) -> bool {
        matches!((self.cell.as_str(), value), (Some(text), OwnedValue::Str(other)) if text == other)
    }
}
