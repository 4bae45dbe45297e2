//! Functions of lines: `rate({app="api"} |= "error" [5m] offset 1h)`, `| unwrap`.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{
    Conversion, LabelFilter, LogQuery, LogRange, Metric, RangeAggregation, RangeFunction, Span, Unwrap,
};

const EXAMPLE: &str = "rate({label=\"value\"}[5m])";

/// A range while it is read: its length and offset may stand behind the selector or at the end.
#[derive(Default)]
struct Window {
    length: Option<i64>,
    offset: i64,
}

impl Reader<'_> {
    /// What follows the name of a function of lines, which stands at `start`.
    pub(super) fn range_aggregation(&mut self, function: RangeFunction, start: usize) -> Result<Metric> {
        let before = self.grouping()?;
        self.need("(", &format!("write {EXAMPLE}"))?;
        let share = if function == RangeFunction::Quantile { Some(self.share()?) } else { None };
        let range = self.log_range()?;
        self.need(")", "end the function with `)`")?;
        let after = self.grouping()?;
        let span = self.since(start);
        if before.is_some() && after.is_some() {
            return self.fail(span, "the grouping is given twice", "write it before or behind the parentheses");
        }
        let grouping = before.or(after);
        self.check_unwrap(function, range.unwrap.is_some(), &span)?;
        if grouping.is_some() && !may_group(function) {
            let hint = format!("write sum by (label) ({}(…))", function.name());
            return self.fail(span, format!("`{}` has no groups of its own", function.name()), &hint);
        }
        let aggregation = RangeAggregation { function, share, range, grouping, span: Span(span) };
        Ok(Metric::Range(Box::new(aggregation)))
    }

    fn share(&mut self) -> Result<f64> {
        const HINT: &str = "write quantile_over_time(0.95, {label=\"value\"} | unwrap took [5m])";
        self.skip_space();
        let start = self.at;
        match self.literal()? {
            Some(share) if (0.0..=1.0).contains(&share) => {
                self.need(",", HINT)?;
                Ok(share)
            }
            Some(_) => self.fail(self.since(start), "a share lies between 0 and 1", HINT),
            None => self.missing("the share", HINT),
        }
    }

    fn check_unwrap(&self, function: RangeFunction, unwraps: bool, span: &std::ops::Range<usize>) -> Result<()> {
        let name = function.name();
        match (needs_unwrap(function), unwraps) {
            (Some(true), false) => {
                let hint = format!("write {name}({{…}} | unwrap label [5m])");
                self.fail(span.clone(), format!("`{name}` needs a number of each line"), &hint)
            }
            (Some(false), true) => self.fail(
                span.clone(),
                format!("`{name}` reads no numbers"),
                "take `| unwrap` away, or write sum_over_time",
            ),
            _ => Ok(()),
        }
    }

    fn log_range(&mut self) -> Result<LogRange> {
        self.skip_space();
        let start = self.at;
        if self.eat("(") {
            let range = self.nested(start, Reader::open_range)?;
            self.need(")", "end the query with `)`")?;
            let (query, unwrap, mut window) = range;
            self.window(&mut window)?;
            return self.closed(query, unwrap, window);
        }
        let (query, unwrap, window) = self.open_range()?;
        self.closed(query, unwrap, window)
    }

    fn open_range(&mut self) -> Result<(LogQuery, Option<Unwrap>, Window)> {
        self.skip_space();
        let start = self.at;
        if self.eat("(") {
            let range = self.nested(start, Reader::open_range)?;
            self.need(")", "end the query with `)`")?;
            return Ok(range);
        }
        if self.peek() != Some('{') {
            return self.missing("a selector", &format!("write {EXAMPLE}"));
        }
        let mut query = LogQuery { matchers: self.selector()?, stages: Vec::new() };
        let mut window = Window::default();
        self.window(&mut window)?;
        self.stages(&mut query.stages)?;
        let unwrap = self.unwrap()?;
        self.window(&mut window)?;
        Ok((query, unwrap, window))
    }

    /// `[5m] offset 1h`, as far as it stands here.
    fn window(&mut self, window: &mut Window) -> Result<()> {
        self.skip_space();
        let start = self.at;
        if self.eat("[") {
            let length = self.duration("[5m]")?;
            self.need("]", "write [5m]")?;
            if window.length.replace(length).is_some() {
                return self.fail(self.since(start), "the range is given twice", "write it once");
            }
            if length <= 0 {
                return self.fail(self.since(start), "a range is longer than nothing", "write [5m]");
            }
        }
        if self.eat_word("offset") {
            window.offset = self.duration("offset 5m")?;
        }
        Ok(())
    }

    fn closed(&mut self, query: LogQuery, unwrap: Option<Unwrap>, window: Window) -> Result<LogRange> {
        match window.length {
            Some(length) => Ok(LogRange { query, unwrap, length, offset: window.offset }),
            None => self.missing("a range such as `[5m]`", &format!("write {EXAMPLE}")),
        }
    }

    /// `| unwrap duration(label) | test`, if it stands here.
    fn unwrap(&mut self) -> Result<Option<Unwrap>> {
        if !self.eat("|") {
            return Ok(None);
        }
        let found = self.eat_word("unwrap");
        assert!(found, "stages end before `| unwrap` alone");
        let word = self.label()?;
        let conversion = match word.as_str() {
            "bytes" => Conversion::Bytes,
            "duration" => Conversion::Duration,
            "duration_seconds" => Conversion::DurationSeconds,
            _ => Conversion::None,
        };
        let (label, conversion) = if conversion != Conversion::None && self.eat("(") {
            let label = self.label()?;
            self.need(")", &format!("write {word}(label)"))?;
            (label, conversion)
        } else {
            (word, Conversion::None)
        };
        Ok(Some(Unwrap { label, conversion, filters: self.unwrap_filters()? }))
    }

    fn unwrap_filters(&mut self) -> Result<Vec<LabelFilter>> {
        let mut filters = Vec::new();
        while self.eat("|") {
            filters.push(self.label_filter()?);
        }
        Ok(filters)
    }
}

/// Whether a function needs `unwrap`; `None` where it may have one.
fn needs_unwrap(function: RangeFunction) -> Option<bool> {
    match function {
        RangeFunction::Rate | RangeFunction::Absent => None,
        RangeFunction::Count | RangeFunction::BytesRate | RangeFunction::Bytes => Some(false),
        _ => Some(true),
    }
}

/// Whether a function takes `by` and `without`.
fn may_group(function: RangeFunction) -> bool {
    use RangeFunction::{Avg, First, Last, Max, Min, Quantile, Stddev, Stdvar};
    matches!(function, Avg | First | Last | Max | Min | Quantile | Stddev | Stdvar)
}
