//! What must hold: one object for each promise, fed by the shell, independent of the machine.

pub(crate) mod answers;
pub(crate) mod chain;
pub(crate) mod durability;
pub(crate) mod limits;
pub(crate) mod once;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

pub(crate) type Verdict = Result<(), Violation>;

/// Nothing, or a violation that says what was seen.
pub(crate) fn ensure(holds: bool, invariant: &'static str, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Violation { invariant, what: what() }) }
}
