//! `windows`: a row for each window of time that holds it, `_time` being the end of the window.

use vigil_model::{Timestamp, Value};
use vigil_query::Fields;

use super::Step;
use crate::row;
use crate::value::Cell;
use crate::view::View;

pub(super) struct Windows(pub(super) vigil_query::Windows);

impl Windows {
    /// Numbers of the windows that hold this time: those with `time <= first + n * step < time + range`.
    fn holding(&self, time: i64) -> std::ops::Range<i128> {
        let (step, range) = (i128::from(self.0.step.max(1)), i128::from(self.0.range.max(0)));
        let behind = i128::from(time) - i128::from(self.0.first);
        let at_or_after = |distance: i128| -(-distance).div_euclid(step);
        let last = i128::from(self.0.count);
        at_or_after(behind).clamp(0, last)..at_or_after(behind + range).clamp(0, last)
    }

    fn end(&self, n: i128) -> Option<Timestamp> {
        i64::try_from(i128::from(self.0.first) + n * i128::from(self.0.step.max(1))).ok().map(Timestamp)
    }
}

impl Step for Windows {
    fn change<'a>(&'a self, _: &mut View<'a>) -> bool {
        unreachable!("makes_rows is true, so split is called")
    }

    fn split<'a>(&'a self, view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
        let Some(time) = view.event_time() else { return };
        for end in self.holding(time.0).map_while(|n| self.end(n)) {
            if !view.scratch().take_row() || view.scratch().is_full() {
                return;
            }
            let mut row = view.clone();
            row.set(row::TIME, Cell::Model(Value::Time(end)));
            each(row);
        }
    }

    fn makes_rows(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_is_after_its_start_up_to_its_end() {
        for (first, step, count, range) in
            [(0, 10, 5, 10), (3, 10, 4, 25), (-20, 5, 20, 7), (0, 10, 3, 4), (0, 1, 0, 9)]
        {
            let windows = Windows(vigil_query::Windows { first, step, count, range });
            for time in -40..80 {
                let found: Vec<i64> = windows.holding(time).filter_map(|n| windows.end(n)).map(|end| end.0).collect();
                let ends = (0..count as i64).map(|n| first + n * step);
                let expected: Vec<i64> = ends.filter(|end| end - range < time && time <= *end).collect();
                assert_eq!(found, expected, "{time} in {:?}", windows.0);
            }
        }
        let far = Windows(vigil_query::Windows { first: i64::MAX - 1, step: i64::MAX, count: 9, range: i64::MAX });
        assert_eq!(far.holding(i64::MAX - 1).filter_map(|n| far.end(n)).count(), 1);
    }
}
