//! Which stages there are. One file each; a new one is a file and a line in [`KINDS`].

mod normalise;
mod scrub;

use crate::stage::Kind;

/// Every kind of stage, in the order in which they usually stand.
pub(crate) const KINDS: &[&Kind] = &[&normalise::KIND, &scrub::KIND];

/// The kind of a name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// All names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}
