//! Which stages there are. One file each; a new one is a file and a line in [`KINDS`].

mod decolorize;
mod dedupe;
mod dns;
mod drop;
mod geoip;
mod host;
mod keep;
mod key;
mod limit;
mod lookup;
mod normalise;
mod parse;
mod read;
mod remove;
mod rename;
mod sample;
pub(crate) mod scrub;
mod set;
#[cfg(test)]
pub(crate) mod testing;
mod threat;

use crate::stage::Kind;

/// Every kind of stage, in the order in which they usually stand.
pub(crate) const KINDS: &[&Kind] = &[
    &normalise::KIND,
    &scrub::KIND,
    &decolorize::KIND,
    &parse::KIND,
    &host::KIND,
    &dns::KIND,
    &geoip::KIND,
    &lookup::KIND,
    &threat::KIND,
    &set::KIND,
    &rename::KIND,
    &remove::KIND,
    &keep::KIND,
    &drop::KIND,
    &sample::KIND,
    &dedupe::KIND,
    &limit::KIND,
];

/// The kind of a name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// All names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}
