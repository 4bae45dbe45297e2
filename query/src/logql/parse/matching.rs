//! `by (a)`, `without (a)`, and `on (a) group_left (b)`.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{Cardinality, Grouping, Matching};

impl Reader<'_> {
    /// `by (a, b)` or `without (a)`, if it stands here.
    pub(super) fn grouping(&mut self) -> Result<Option<Grouping>> {
        let without = match self.peek_word() {
            "by" => false,
            "without" => true,
            _ => return Ok(None),
        };
        self.at += self.peek_word().len();
        Ok(Some(Grouping { without, labels: self.labels()? }))
    }

    /// `on (a)` or `ignoring (a)`, and which side has several, if it stands here.
    pub(super) fn matching(&mut self) -> Result<Option<Matching>> {
        let on = match self.peek_word() {
            "on" => true,
            "ignoring" => false,
            _ => return Ok(None),
        };
        self.at += self.peek_word().len();
        let labels = self.labels()?;
        let cardinality = if self.eat_word("group_left") {
            Cardinality::Left(self.included()?)
        } else if self.eat_word("group_right") {
            Cardinality::Right(self.included()?)
        } else {
            Cardinality::One
        };
        Ok(Some(Matching { on, labels, cardinality }))
    }

    /// Labels in parentheses that may be left away; a parenthesis that begins an expression is none of them.
    fn included(&mut self) -> Result<Vec<String>> {
        self.skip_space();
        let start = self.at;
        if !self.rest().starts_with('(') {
            return Ok(Vec::new());
        }
        let labels = self.labels();
        match labels {
            Ok(labels) => Ok(labels),
            Err(_) => {
                self.at = start;
                Ok(Vec::new())
            }
        }
    }
}
