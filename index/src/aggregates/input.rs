//! One value on its way into aggregates: what it reads as is found once.

use std::cell::OnceCell;
use std::cmp::Ordering;

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

    /// How it stands to a rank. Numbers, the most common, need no memory.
    #[inline]
    pub(crate) fn compare(&self, rank: &Rank) -> Ordering {
        match (self.number(), rank) {
            (Some(number), Rank::Number(other)) => number.cmp(other),
            (Some(_), _) => Ordering::Less,
            (None, _) => self.cell.rank().cmp(rank),
        }
    }
}
