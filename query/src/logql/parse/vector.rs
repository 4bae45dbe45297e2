//! Functions of series: `sum by (a) (…)`, `topk(5, …)`, `vector(1)`, `label_replace(…)`.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{LabelReplace, Metric, VectorAggregation, VectorFunction};

impl Reader<'_> {
    /// What follows the name of an aggregation.
    pub(super) fn vector_aggregation(&mut self, function: VectorFunction) -> Result<Metric> {
        let before = self.grouping()?;
        let example = if function.counts() {
            format!("{}(5, …)", function.name())
        } else {
            format!("{}(…)", function.name())
        };
        self.need("(", &format!("write {example}"))?;
        let count = if function.counts() { Some(self.series_count(&example)?) } else { None };
        let inner = self.metric_above(0)?;
        self.need(")", "end the function with `)`")?;
        self.skip_space();
        let after_at = self.at;
        let after = self.grouping()?;
        if before.is_some() && after.is_some() {
            return self.fail(
                self.since(after_at),
                "the grouping is given twice",
                "write it before or behind the parentheses",
            );
        }
        let grouping = before.or(after);
        let sorts = matches!(function, VectorFunction::Sort | VectorFunction::SortDesc);
        if sorts && grouping.is_some() {
            return self.fail(
                self.since(after_at),
                format!("`{}` has no groups", function.name()),
                "take the grouping away",
            );
        }
        Ok(Metric::Vector(Box::new(VectorAggregation { function, count, inner, grouping })))
    }

    fn series_count(&mut self, example: &str) -> Result<u64> {
        self.skip_space();
        let start = self.at;
        match self.literal()? {
            Some(count) if count >= 1.0 && count.fract() == 0.0 && count < 1e9 => {
                self.need(",", &format!("write {example}"))?;
                Ok(count as u64)
            }
            Some(_) => self.fail(
                self.since(start),
                "the number of series is a whole number above 0",
                &format!("write {example}"),
            ),
            None => self.missing("the number of series", &format!("write {example}")),
        }
    }

    /// `vector(1)`
    pub(super) fn constant(&mut self) -> Result<Metric> {
        self.need("(", "write vector(1)")?;
        let Some(number) = self.literal()? else { return self.missing("a number", "write vector(1)") };
        self.need(")", "write vector(1)")?;
        Ok(Metric::Constant(number))
    }

    /// `label_replace(v, "to", "$1", "from", "(.*)")`
    pub(super) fn label_replace(&mut self) -> Result<Metric> {
        const EXAMPLE: &str = "write label_replace(v, \"to\", \"$1\", \"from\", \"(.*)\")";
        self.need("(", EXAMPLE)?;
        let inner = self.metric_above(0)?;
        self.need(",", EXAMPLE)?;
        let (to, span) = self.quoted("the label that is written")?;
        if !is_label(&to) {
            return self.fail(span, "this is no name of a label", "names have letters, digits and `_`");
        }
        self.need(",", EXAMPLE)?;
        let (replacement, _) = self.quoted("the replacement")?;
        self.need(",", EXAMPLE)?;
        let (from, _) = self.quoted("the label that is read")?;
        self.need(",", EXAMPLE)?;
        let regex = self.whole()?;
        self.need(")", EXAMPLE)?;
        Ok(Metric::LabelReplace(Box::new(LabelReplace { inner, to, replacement, from, regex })))
    }
}

fn is_label(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
