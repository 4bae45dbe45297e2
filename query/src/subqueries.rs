//! Which questions stand inside of a question, and how their answers take their place.

use crate::{FieldTest, Filter, Pipe, Query, Set, Stats};

impl Query {
    /// Whether a filter, or a pipe, of it asks another query.
    pub fn has_subqueries(&self) -> bool {
        let pipes = self.pipes.iter().any(|pipe| matches!(pipe, Pipe::Join(_) | Pipe::Union(_)));
        pipes || self.filter.has_subqueries() || self.pipes.iter().any(|pipe| filters(pipe).any(Filter::has_subqueries))
    }

    /// Puts values in the place of every subquery of a filter, in order: those of `in(…)` and its like. `values`
    /// answers what one query gives; its first error ends it.
    pub fn fill_sets<E>(&mut self, values: &mut dyn FnMut(&Query) -> Result<Vec<String>, E>) -> Result<(), E> {
        self.filter.fill_sets(values)?;
        for pipe in &mut self.pipes {
            for filter in filters_mut(pipe) {
                filter.fill_sets(values)?;
            }
        }
        Ok(())
    }
}

impl Filter {
    /// Whether a test of it asks another query.
    pub fn has_subqueries(&self) -> bool {
        match self {
            Filter::All | Filter::Fields { .. } => false,
            Filter::Not(inner) => inner.has_subqueries(),
            Filter::And(parts) | Filter::Or(parts) => parts.iter().any(Filter::has_subqueries),
            Filter::Field { test, .. } => matches!(
                test,
                FieldTest::In(Set::Query(_))
                    | FieldTest::ContainsAll(Set::Query(_))
                    | FieldTest::ContainsAny(Set::Query(_))
            ),
        }
    }

    fn fill_sets<E>(&mut self, values: &mut dyn FnMut(&Query) -> Result<Vec<String>, E>) -> Result<(), E> {
        match self {
            Filter::All | Filter::Fields { .. } => Ok(()),
            Filter::Not(inner) => inner.fill_sets(values),
            Filter::And(parts) | Filter::Or(parts) => parts.iter_mut().try_for_each(|part| part.fill_sets(values)),
            Filter::Field {
                test: FieldTest::In(set) | FieldTest::ContainsAll(set) | FieldTest::ContainsAny(set),
                ..
            } => {
                if let Set::Query(query) = set {
                    *set = Set::Values(values(query)?);
                }
                Ok(())
            }
            Filter::Field { .. } => Ok(()),
        }
    }
}

/// The filters of a pipe, none of them of a query inside of it.
fn filters(pipe: &Pipe) -> impl Iterator<Item = &Filter> {
    let (own, stats): (Option<&Filter>, Option<&Stats>) = match pipe {
        Pipe::Where(filter) => (Some(filter), None),
        Pipe::Extract(step) => (step.only_if.as_ref(), None),
        Pipe::ExtractRegex(step) => (step.only_if.as_ref(), None),
        Pipe::UnpackJson(step) | Pipe::UnpackLogfmt(step) | Pipe::UnpackSyslog(step) => (step.only_if.as_ref(), None),
        Pipe::Unroll(step) => (step.only_if.as_ref(), None),
        Pipe::Format(step) => (step.only_if.as_ref(), None),
        Pipe::Replace(step) => (step.only_if.as_ref(), None),
        Pipe::ReplaceRegex(step) => (step.only_if.as_ref(), None),
        Pipe::Collapse(step) => (step.only_if.as_ref(), None),
        Pipe::Stats(stats) => (None, Some(stats)),
        _ => (None, None),
    };
    own.into_iter().chain(stats.into_iter().flat_map(|stats| &stats.functions).filter_map(|stat| stat.only_if.as_ref()))
}

/// As `filters`.
fn filters_mut(pipe: &mut Pipe) -> Vec<&mut Filter> {
    let own = match pipe {
        Pipe::Where(filter) => Some(filter),
        Pipe::Extract(step) => step.only_if.as_mut(),
        Pipe::ExtractRegex(step) => step.only_if.as_mut(),
        Pipe::UnpackJson(step) | Pipe::UnpackLogfmt(step) | Pipe::UnpackSyslog(step) => step.only_if.as_mut(),
        Pipe::Unroll(step) => step.only_if.as_mut(),
        Pipe::Format(step) => step.only_if.as_mut(),
        Pipe::Replace(step) => step.only_if.as_mut(),
        Pipe::ReplaceRegex(step) => step.only_if.as_mut(),
        Pipe::Collapse(step) => step.only_if.as_mut(),
        Pipe::Stats(stats) => return stats.functions.iter_mut().filter_map(|stat| stat.only_if.as_mut()).collect(),
        _ => None,
    };
    own.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExtractRegex, Pattern, Permission, TimeRange};

    fn inside(n: u64) -> Filter {
        let query = Query { time: TimeRange::ALL, filter: Filter::All, pipes: vec![Pipe::Limit(n)] };
        Filter::field("a", FieldTest::In(Set::Query(Box::new(query))))
    }

    #[test]
    fn every_filter_is_filled_and_none_stays() {
        let extract = ExtractRegex {
            pattern: Pattern::new("(?P<x>.)").expect("good"),
            from: None,
            keep_original: false,
            only_if: Some(inside(4)),
        };
        let filter = Filter::And(vec![inside(1), Filter::Not(Box::new(Filter::Or(vec![Filter::All, inside(2)])))]);
        let mut query =
            Query { time: TimeRange::ALL, filter, pipes: vec![Pipe::Where(inside(3)), Pipe::ExtractRegex(extract)] };
        assert!(query.has_subqueries());
        let mut asked = Vec::new();
        let filled: Result<(), ()> = query.fill_sets(&mut |query| {
            asked.extend(query.pipes.clone());
            Ok(vec!["v".to_owned()])
        });
        assert_eq!(filled, Ok(()));
        assert_eq!(asked, [Pipe::Limit(1), Pipe::Limit(2), Pipe::Limit(3), Pipe::Limit(4)]);
        assert!(!query.has_subqueries());
    }

    #[test]
    fn a_permission_asks_no_other_query() {
        assert!(Permission::of_filter(inside(1), "a:in(* | limit 1)").is_err());
    }
}
