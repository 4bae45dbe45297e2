//! Do two columns have one name?

use std::collections::BTreeSet;
use std::ops::Range;

use crate::ParseError;
use crate::error::shown;
use crate::parse::Result;

/// Fails when two of `names`, written at `span`, are the same.
pub(super) fn refuse<'a>(names: impl Iterator<Item = &'a String>, span: Range<usize>, hint: &str) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(ParseError::new(span, format!("two columns are named `{}`", shown(name))).hint(hint));
        }
    }
    Ok(())
}
