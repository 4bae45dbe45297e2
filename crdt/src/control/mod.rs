//! Who belongs to the cluster and who may do what: a fold over control records that ends equal on
//! every node, whatever the order of arrival.
//!
//! The rules, in the order in which they are applied ([`resolve`]); `docs/formats/control.md` says
//! why:
//!
//! 1. **Denials add up.** A removal, a revocation or a fork proof by anyone who was ever admitted
//!    holds for good: nothing that arrives later, and no lie, undoes one.
//! 2. **Grants count within the denials.** An admission, a token, a name or an address counts when
//!    its author was admitted by a chain of counting admissions from the founder, and it stands
//!    below every position at which a removal ends its log, and below every fork of its log.
//! 3. **A removed key never comes back**, however often it is admitted.
//!
//! No right depends on what an author says it had seen or on its clock; so lying about them gains
//! nothing. They decide only which of several names or addresses of a member is shown.

mod admissible;
mod causality;
mod describe;
mod fold;
mod form;
mod load;
mod read;
mod resolve;
mod restate;
mod types;
mod write;

pub use fold::Control;
pub use load::{LoadedBlock, load, load_sound};
pub use read::{ReadControl, inspect, read};
pub use types::{
    Adopted, CLUSTER_DOMAIN, ControlError, ControlRecord, Entry, Member, MemberState, Op, Place, Profile, Role, Scope,
    Token, TokenId,
};
pub use write::write;

#[cfg(test)]
mod tests;
