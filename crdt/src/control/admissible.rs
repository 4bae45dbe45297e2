//! May this node write this operation now?
//!
//! Asked before an operation is authored, so that people hear of a mistake at once. It is no part
//! of the fold: what others wrote is judged by [`super::resolve`] alone.

use vigil_model::NodeId;
use vigil_model::limits::NAME_BYTES_MAX;

use super::fold::Control;
use super::{ControlError, MemberState, Op, form};
use crate::replica::ForkProof;

impl Control {
    /// Whether `author` may do this now, and it would have an effect. What [`Control::restate`]
    /// offers is not asked about here.
    pub fn admissible(&self, author: &NodeId, op: &Op) -> Result<(), ControlError> {
        form::check_op(op)?;
        if !self.active(author) {
            return Err(ControlError::NotMember);
        }
        match op {
            Op::Admit { node, name, .. } => {
                self.not_member_yet(node)?;
                self.name_free(name, node)
            }
            Op::Remove { node, .. } => self.still_member(node),
            Op::Rename { node, name } => {
                self.still_member(node)?;
                self.name_free(name, node)
            }
            Op::Addresses { .. } => Ok(()),
            Op::CreateToken { id, .. } if self.tokens().contains_key(id) || self.rights().revoked.contains(id) => {
                Err(ControlError::Malformed("a token with this id exists"))
            }
            Op::CreateToken { .. } => Ok(()),
            Op::RevokeToken { id } if self.tokens().contains_key(id) => Ok(()),
            Op::RevokeToken { id } => Err(ControlError::UnknownToken(id.to_string())),
            Op::Fork { lower, upper } => ForkProof::new((**lower).clone(), (**upper).clone())
                .map(drop)
                .map_err(|_| ControlError::Malformed("the two headers prove no fork")),
        }
    }

    /// A name for `node` that nobody else has: `wanted`, with what a name cannot hold replaced by
    /// `-` and, when it is taken, a number behind it.
    pub fn free_name(&self, wanted: &str, node: &NodeId) -> String {
        let fits = |c: char| if form::check_name(c.encode_utf8(&mut [0; 4])).is_ok() { c } else { '-' };
        let plain: String = wanted.chars().map(fits).take(NAME_BYTES_MAX - 8).collect();
        let plain = if plain.is_empty() { "node".to_owned() } else { plain };
        let numbered = (2u64..).map(|number| format!("{plain}-{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        names.find(|name| self.name_free(name, node).is_ok()).expect("there are more numbers than members")
    }

    fn not_member_yet(&self, node: &NodeId) -> Result<(), ControlError> {
        if let Some(removal) = self.rights().removals.get(node) {
            return Err(ControlError::WasRemoved { node: *node, at: removal.at });
        }
        if self.active(node) { Err(ControlError::AlreadyMember(*node)) } else { Ok(()) }
    }

    fn still_member(&self, node: &NodeId) -> Result<(), ControlError> {
        match self.member(node).map(|member| &member.state) {
            Some(MemberState::Active) => Ok(()),
            Some(MemberState::Removed { at, .. }) => Err(ControlError::WasRemoved { node: *node, at: *at }),
            None => Err(ControlError::Unknown(*node)),
        }
    }

    fn name_free(&self, name: &str, node: &NodeId) -> Result<(), ControlError> {
        let mut others = self.members().values().filter(|member| member.node != *node);
        let taken = others.any(|member| member.state == MemberState::Active && member.name == name);
        if taken { Err(ControlError::NameTaken(name.to_owned())) } else { Ok(()) }
    }
}
