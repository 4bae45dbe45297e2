//! How pipes run that look at one row at a time: a row comes in, and none, one or more go out.
//!
//! The same steps run over events as they are read and over rows at hand. One file for each pipe.

mod collapse;
mod decolorize;
mod drop_empty;
mod extract;
mod extract_regex;
mod format;
mod len;
mod math;
mod pack;
mod replace;
mod sample;
mod select;
mod unpack;
mod unpack_json;
mod unpack_logfmt;
mod unpack_syslog;
mod unroll;
mod windows;

#[cfg(test)]
pub(crate) mod testing;

use vigil_query::{Filter, Matcher, Pipe};

use crate::view::View;

/// One pipe, ready to be run.
pub(crate) trait Step: Send + Sync {
    /// Changes the row. `false` drops it.
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool;

    /// Hands the rows that become of this one to `each`.
    fn split<'a>(&'a self, mut view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
        if self.change(&mut view) {
            each(view);
        }
    }

    /// Whether more than one row may become of one: then `split` is called.
    fn makes_rows(&self) -> bool {
        false
    }
}

/// Pipes, one after another.
#[derive(Default)]
pub(crate) struct Steps {
    steps: Vec<Box<dyn Step>>,
}

impl Steps {
    /// Of pipes that are steps; others are left out.
    pub(crate) fn of(pipes: &[Pipe]) -> Steps {
        debug_assert!(pipes.iter().all(is_step), "the plan takes only steps");
        Steps { steps: pipes.iter().filter_map(step).collect() }
    }

    /// Whether rows go through as they are.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Hands what becomes of the row to `each`, in order.
    #[inline]
    pub(crate) fn run<'a>(&'a self, view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
        run(&self.steps, view, each);
    }
}

fn run<'a>(steps: &'a [Box<dyn Step>], mut view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
    let scratch = view.scratch();
    for (n, step) in steps.iter().enumerate() {
        if scratch.is_full() {
            return;
        }
        if step.makes_rows() {
            return step.split(view, &mut |view| run(&steps[n + 1..], view, each));
        }
        if !step.change(&mut view) {
            return;
        }
    }
    each(view);
}

/// Whether the pipe looks at one row at a time.
pub(crate) fn is_step(pipe: &Pipe) -> bool {
    match pipe {
        Pipe::Where(_)
        | Pipe::Sample(_)
        | Pipe::Fields(_)
        | Pipe::Delete(_)
        | Pipe::Rename(_)
        | Pipe::Copy(_)
        | Pipe::DropEmpty
        | Pipe::Extract(_)
        | Pipe::ExtractRegex(_)
        | Pipe::Format(_)
        | Pipe::UnpackJson(_)
        | Pipe::UnpackLogfmt(_)
        | Pipe::UnpackSyslog(_)
        | Pipe::Unroll(_)
        | Pipe::Replace(_)
        | Pipe::ReplaceRegex(_)
        | Pipe::Math(_)
        | Pipe::Len { .. }
        | Pipe::Decolorize(_)
        | Pipe::Collapse(_)
        | Pipe::PackJson(_)
        | Pipe::PackLogfmt(_)
        | Pipe::Windows(_) => true,
        Pipe::Sort(_)
        | Pipe::Limit(_)
        | Pipe::Offset(_)
        | Pipe::Top(_)
        | Pipe::Uniq(_)
        | Pipe::FieldNames
        | Pipe::FieldValues(_)
        | Pipe::Facets(_)
        | Pipe::Context(_)
        | Pipe::Join(_)
        | Pipe::Union(_)
        | Pipe::Stats(_) => false,
    }
}

/// Whether rows may go in that do not come out.
pub(crate) fn drops_rows(pipe: &Pipe) -> bool {
    matches!(pipe, Pipe::Where(_) | Pipe::Sample(_) | Pipe::Unroll(_) | Pipe::Windows(_))
}

/// Whether more rows may come out than go in.
pub(crate) fn makes_rows(pipe: &Pipe) -> bool {
    matches!(pipe, Pipe::Unroll(_) | Pipe::Windows(_))
}

fn step(pipe: &Pipe) -> Option<Box<dyn Step>> {
    Some(match pipe {
        Pipe::Where(filter) => Box::new(Where(Matcher::new(filter))),
        Pipe::Sample(share) => Box::new(sample::Sample(*share)),
        Pipe::Fields(names) => Box::new(select::Select::new(names)),
        Pipe::Delete(names) => Box::new(select::Delete(names.clone())),
        Pipe::Rename(pairs) => Box::new(select::Rename(pairs.clone())),
        Pipe::Copy(pairs) => Box::new(select::Copy(pairs.clone())),
        Pipe::DropEmpty => Box::new(drop_empty::DropEmpty),
        Pipe::Extract(extract) => conditional(&extract.only_if, extract::Extract::new(extract)),
        Pipe::Format(format) => conditional(&format.only_if, format::Format::new(format)),
        Pipe::ExtractRegex(extract) => conditional(&extract.only_if, extract_regex::ExtractRegex::new(extract)),
        Pipe::UnpackJson(unpack) => conditional(&unpack.only_if, unpack_json::UnpackJson(unpack.clone())),
        Pipe::UnpackLogfmt(unpack) => conditional(&unpack.only_if, unpack_logfmt::UnpackLogfmt(unpack.clone())),
        Pipe::UnpackSyslog(unpack) => conditional(&unpack.only_if, unpack_syslog::UnpackSyslog(unpack.clone())),
        Pipe::Unroll(unroll) => conditional(&unroll.only_if, unroll::Unroll(unroll.by.clone())),
        Pipe::Replace(replace) => conditional(&replace.only_if, replace::Replace(replace.clone())),
        Pipe::ReplaceRegex(replace) => conditional(&replace.only_if, replace::ReplaceRegex(replace.clone())),
        Pipe::Math(steps) => Box::new(math::Math(steps.clone())),
        Pipe::Len { field, into } => Box::new(len::Len { field: field.clone(), into: into.clone() }),
        Pipe::Decolorize(field) => Box::new(decolorize::Decolorize(field.clone())),
        Pipe::Collapse(collapse) => conditional(&collapse.only_if, collapse::Collapse(collapse.at.clone())),
        Pipe::PackJson(pack) => Box::new(pack::PackJson(pack.clone())),
        Pipe::PackLogfmt(pack) => Box::new(pack::PackLogfmt(pack.clone())),
        Pipe::Windows(windows) => Box::new(windows::Windows(*windows)),
        _ => return None,
    })
}

/// `where`
struct Where(Matcher);

impl Step for Where {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        self.0.matches(view)
    }
}

/// A step for rows that pass a filter; others go through unchanged.
struct If<S> {
    matcher: Matcher,
    step: S,
}

fn conditional<S: Step + 'static>(only_if: &Option<Filter>, step: S) -> Box<dyn Step> {
    match only_if {
        None => Box::new(step),
        Some(filter) => Box::new(If { matcher: Matcher::new(filter), step }),
    }
}

impl<S: Step> Step for If<S> {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        !self.matcher.matches(view) || self.step.change(view)
    }

    fn split<'a>(&'a self, view: View<'a>, each: &mut dyn FnMut(View<'a>)) {
        if self.matcher.matches(&view) { self.step.split(view, each) } else { each(view) }
    }

    fn makes_rows(&self) -> bool {
        self.step.makes_rows()
    }
}
