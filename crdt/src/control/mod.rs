//! Who belongs to the cluster and who may do what: a fold over control records that ends equal on
//! every node, whatever the order of arrival.

mod types;

pub use types::{
    Adopted, CLUSTER_DOMAIN, ControlError, ControlRecord, Entry, Member, MemberState, Op, Place, Profile, Role, Scope,
    Token, TokenId,
};
