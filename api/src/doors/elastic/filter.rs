//! Which parts of an answer a client wants: `filter_path=took,errors,items.*.error,-items.*._id`.

use vigil_model::limits::FILTER_PATHS_MAX;

/// Parts of a path; more deeply nested answers there are not.
const DEPTH_MAX: usize = 8;

/// Patterns of paths. Without any, everything is wanted.
#[derive(Debug, Default)]
pub(super) struct Filter {
    wanted: Vec<Pattern>,
    unwanted: Vec<Pattern>,
}

type Pattern = Vec<String>;

impl Filter {
    /// Of the argument; one that is beyond all measure is as if it were not there.
    pub(super) fn of(text: &str) -> Filter {
        let mut filter = Filter::default();
        let patterns: Vec<&str> = text.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).collect();
        if patterns.len() > FILTER_PATHS_MAX || patterns.iter().any(|pattern| pattern.split('.').count() > DEPTH_MAX) {
            return filter;
        }
        for pattern in patterns {
            let parts = |pattern: &str| pattern.split('.').map(str::to_owned).collect();
            match pattern.strip_prefix('-') {
                Some(unwanted) => filter.unwanted.push(parts(unwanted)),
                None => filter.wanted.push(parts(pattern)),
            }
        }
        filter
    }

    /// Whether the value at this path is wanted.
    pub(super) fn keeps(&self, path: &[&str]) -> bool {
        let within = |patterns: &[Pattern]| patterns.iter().any(|pattern| is_within(pattern, path));
        (self.wanted.is_empty() || within(&self.wanted)) && !within(&self.unwanted)
    }
}

/// Whether a path is in what the pattern means: it, or something beneath it. `**` is any number of parts.
fn is_within(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, _) => true,
        (Some((part, rest)), _) if part == "**" => (0..=path.len()).any(|skipped| is_within(rest, &path[skipped..])),
        (Some(_), None) => false,
        (Some((part, rest)), Some((name, inner))) => is_like(part, name) && is_within(rest, inner),
    }
}

/// Whether a name is as a part of a pattern has it, in which `*` is any text.
fn is_like(part: &str, name: &str) -> bool {
    let Some((front, rest)) = part.split_once('*') else { return part == name };
    let Some(mut name) = name.strip_prefix(front) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = name.find(piece) else { return false };
        name = &name[at + piece.len()..];
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_what_is_wanted() {
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        for (filter, wanted, unwanted) in [
            ("", "took items.create._id", ""),
            ("took,errors", "took errors", "items.create._id"),
            ("items.*.error", "items.create.error.type", "took items.create.status"),
            ("items", "items.index._id items.index.error.reason", "errors"),
            ("items.*.e*r,items.*.st*", "items.a.error.type items.a.status", "items.a._id"),
            ("**.type", "items.create.error.type", "items.create.error.reason"),
            ("-took", "errors items.create._id", "took"),
            ("items,-items.*._id", "items.index.status", "items.index._id took"),
            ("a.b.c.d.e.f.g.h.i", "took", ""),
        ] {
            let of = Filter::of(filter);
            let keeps = |text: &str| of.keeps(&path(text).iter().map(String::as_str).collect::<Vec<_>>());
            assert!(wanted.split_whitespace().all(keeps), "{filter}");
            assert!(!unwanted.split_whitespace().any(keeps), "{filter}");
        }
    }
}
