//! What is computed over the rows of one group.

use vigil_query::{Function, StatFunction};

use crate::OwnedValue;
use crate::groups::Lookup;
use crate::value::{Cell, Number, Rank};

/// One function over the rows so far.
#[derive(Clone, Debug)]
pub(crate) enum Aggregate {
    Count(u64),
    Sum(Sum),
    Avg(Sum),
    Min(Option<(Rank, OwnedValue)>),
    Max(Option<(Rank, OwnedValue)>),
}

/// A sum that does not depend on the order of whole numbers, and hardly on that of others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    whole: i128,
    float: f64,
    /// What rounding took from `float` (Neumaier).
    lost: f64,
    count: u64,
    floats: u64,
}

impl Aggregate {
    pub(crate) fn new(function: &StatFunction) -> Aggregate {
        match function.function {
            Function::Count => Aggregate::Count(0),
            Function::Sum => Aggregate::Sum(Sum::default()),
            Function::Avg => Aggregate::Avg(Sum::default()),
            Function::Min => Aggregate::Min(None),
            Function::Max => Aggregate::Max(None),
            _ => todo!(),
        }
    }

    /// Adds a row. Answers how many bytes were held before and are held now.
    pub(crate) fn add(&mut self, function: &StatFunction, lookup: Lookup<'_>) -> (usize, usize) {
        if function.function == Function::Count {
            let there = |name: &String| lookup(name).is_some_and(|cell| !cell.is_empty());
            self.add_count(u64::from(function.fields.is_empty() || function.fields.iter().any(there)));
            return (0, 0);
        }
        let Some(name) = function.fields.first() else { return (0, 0) };
        let Some(cell) = lookup(name).filter(|cell| !cell.is_empty()) else { return (0, 0) };
        match self {
            Aggregate::Count(_) => unreachable!("counts were dealt with above"),
            Aggregate::Sum(sum) | Aggregate::Avg(sum) => {
                sum.add(cell);
                (0, 0)
            }
            Aggregate::Min(best) => replace_if(best, cell, false),
            Aggregate::Max(best) => replace_if(best, cell, true),
        }
    }

    pub(crate) fn add_count(&mut self, rows: u64) {
        if let Aggregate::Count(count) = self {
            *count += rows;
        }
    }

    pub(crate) fn merge(&mut self, other: Aggregate) {
        match (self, other) {
            (Aggregate::Count(a), Aggregate::Count(b)) => *a += b,
            (Aggregate::Sum(a), Aggregate::Sum(b)) | (Aggregate::Avg(a), Aggregate::Avg(b)) => a.merge(b),
            (Aggregate::Min(a), Aggregate::Min(Some(b))) if a.as_ref().is_none_or(|a| is_before(&b, a)) => *a = Some(b),
            (Aggregate::Max(a), Aggregate::Max(Some(b))) if a.as_ref().is_none_or(|a| is_before(a, &b)) => *a = Some(b),
            _ => {}
        }
    }

    pub(crate) fn value(&self) -> OwnedValue {
        match self {
            Aggregate::Count(count) => OwnedValue::Int(i64::try_from(*count).unwrap_or(i64::MAX)),
            Aggregate::Sum(sum) => sum.total(),
            Aggregate::Avg(sum) => sum.mean(),
            Aggregate::Min(best) | Aggregate::Max(best) => {
                best.as_ref().map_or(OwnedValue::Null, |(_, value)| value.clone())
            }
        }
    }
}

/// Equal ranks are told apart by text, kind and shape, so that the order of rows does not matter.
fn is_before(a: &(Rank, OwnedValue), b: &(Rank, OwnedValue)) -> bool {
    match (&a.1, &b.1) {
        _ if a.0 != b.0 => a.0 < b.0,
        (OwnedValue::Int(_), OwnedValue::Int(_)) => false,
        (OwnedValue::Str(a), OwnedValue::Str(b)) => a < b,
        (a, b) => (a.to_string(), kind(a), format!("{a:?}")) < (b.to_string(), kind(b), format!("{b:?}")),
    }
}

fn kind(value: &OwnedValue) -> u8 {
    match value {
        OwnedValue::Int(_) => 0,
        OwnedValue::Float(_) => 1,
        OwnedValue::Time(_) => 2,
        OwnedValue::Bool(_) => 3,
        OwnedValue::Str(_) => 4,
        OwnedValue::Bytes(_) => 5,
        OwnedValue::List(_) => 6,
        OwnedValue::Id(_) => 7,
        OwnedValue::Null => 8,
    }
}

/// Puts the cell in the place of the best so far if it is better; `descending` prefers the greatest.
fn replace_if(best: &mut Option<(Rank, OwnedValue)>, cell: Cell<'_>, descending: bool) -> (usize, usize) {
    let rank = cell.rank();
    let size = |best: &Option<(Rank, OwnedValue)>| best.as_ref().map_or(0, |(rank, _)| rank.size());
    let before = size(best);
    let worse = best.as_ref().is_some_and(|(old, _)| if descending { rank < *old } else { rank > *old });
    if !worse {
        let new = (rank, cell.to_owned_value());
        let wins = best.as_ref().is_none_or(|old| if descending { is_before(old, &new) } else { is_before(&new, old) });
        if wins {
            *best = Some(new);
        }
    }
    (before, size(best))
}

impl Sum {
    fn add(&mut self, cell: Cell<'_>) {
        match cell.number() {
            None => return,
            Some(Number::Int(value)) => self.whole += i128::from(value),
            Some(Number::Float(value)) => {
                self.floats += 1;
                self.add_float(value);
            }
        }
        self.count += 1;
    }

    fn add_float(&mut self, value: f64) {
        let total = self.float + value;
        if total.is_finite() {
            let (large, small) =
                if self.float.abs() >= value.abs() { (self.float, value) } else { (value, self.float) };
            self.lost += (large - total) + small;
        }
        self.float = total;
    }

    fn merge(&mut self, other: Sum) {
        self.whole += other.whole;
        self.add_float(other.float);
        self.lost += other.lost;
        self.count += other.count;
        self.floats += other.floats;
    }

    fn total(&self) -> OwnedValue {
        match i64::try_from(self.whole) {
            _ if self.count == 0 => OwnedValue::Null,
            Ok(whole) if self.floats == 0 => OwnedValue::Int(whole),
            _ => OwnedValue::Float(self.to_f64()),
        }
    }

    fn mean(&self) -> OwnedValue {
        if self.count == 0 { OwnedValue::Null } else { OwnedValue::Float(self.to_f64() / self.count as f64) }
    }

    fn to_f64(self) -> f64 {
        self.whole as f64 + (self.float + self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_equals_does_not_depend_on_their_order() {
        let text = |text: &str| OwnedValue::Str(text.to_owned());
        // All have the same text, so the same rank.
        let values = [
            text("a, b"),
            OwnedValue::List(vec![text("a, b")]),
            OwnedValue::List(vec![text("a"), text("b")]),
            OwnedValue::List(vec![OwnedValue::List(vec![text("a")]), text("b")]),
        ];
        let greatest = |order: &[&OwnedValue]| {
            let function = StatFunction::of(Function::Max, ["v".to_owned()]);
            let mut aggregate = Aggregate::new(&function);
            for value in order {
                aggregate.add(&function, &|_| Some(Cell::Owned(value)));
            }
            aggregate.value()
        };
        let forward: Vec<_> = values.iter().collect();
        let backward: Vec<_> = values.iter().rev().collect();
        assert_eq!(greatest(&forward), greatest(&backward));
        assert_eq!(greatest(&forward[..2]), greatest(&backward[2..]));
    }
}
