//! Who is a member and which tokens are good: a picture of the control records, for everyone who
//! may not wait for the thread of decisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use vigil_crdt::control::{Control, Member, MemberState, Token};
use vigil_crdt::replica::ForkProof;
use vigil_model::{Hash, NodeId};

use super::home::Contact;

/// The picture.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// Members, removed ones too.
    pub(super) members: BTreeMap<NodeId, Member>,
    /// Tokens, by the hash of their secret.
    pub(super) tokens: BTreeMap<Hash, Token>,
    /// Forks that are proved.
    pub(super) forks: Vec<ForkProof>,
    /// What all of it was drawn from; nothing before the first time.
    control: Option<Control>,
}

/// The picture as it is now.
#[derive(Debug)]
pub(super) struct Members {
    me: NodeId,
    /// Who let this node in: dialled until the log says who is a member.
    bootstrap: Vec<Contact>,
    now: RwLock<Arc<Picture>>,
}

/// A member's name, by which people know it.
pub(super) enum Found {
    /// One member.
    One(Box<Member>),
    /// Several keys begin like this.
    Several,
    /// Nobody.
    Nobody,
}

impl Members {
    pub(super) fn new(me: NodeId, bootstrap: Vec<Contact>) -> Members {
        Members { me, bootstrap, now: RwLock::default() }
    }

    /// This node.
    pub(super) fn me(&self) -> NodeId {
        self.me
    }

    /// Draws the picture anew.
    pub(super) fn update(&self, control: &Control) {
        let picture = Picture {
            members: control.members().clone(),
            tokens: control.tokens().values().map(|token| (token.hash, token.clone())).collect(),
            forks: control.forks().cloned().collect(),
            control: Some(control.clone()),
        };
        *self.now.write() = Arc::new(picture);
    }

    /// The picture.
    pub(super) fn picture(&self) -> Arc<Picture> {
        self.now.read().clone()
    }

    /// Everyone who may connect, and where they are.
    pub(super) fn contacts(&self) -> BTreeMap<NodeId, Vec<String>> {
        let picture = self.picture();
        let active = picture.members.values().filter(|member| member.state == MemberState::Active);
        let mut contacts: BTreeMap<NodeId, Vec<String>> =
            active.map(|member| (member.node, member.addresses.clone())).collect();
        for contact in &self.bootstrap {
            if !self.is_removed(&picture, &contact.node) {
                merge(contacts.entry(contact.node).or_default(), &contact.addresses);
            }
        }
        contacts.remove(&self.me);
        contacts
    }

    fn is_removed(&self, picture: &Picture, node: &NodeId) -> bool {
        picture.members.get(node).is_some_and(|member| member.state != MemberState::Active)
    }

    /// What people call a node; the front of its key when nobody named it.
    pub(super) fn name(&self, node: &NodeId) -> String {
        let name = self.picture().members.get(node).map(|member| member.name.clone());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| node.to_string()[..8].to_owned())
    }

    /// A name for `node` that nobody else has, as near to `wanted` as can be.
    pub(super) fn free_name(&self, wanted: &str, node: &NodeId) -> String {
        let picture = self.picture();
        picture.control.as_ref().map_or_else(|| wanted.to_owned(), |control| control.free_name(wanted, node))
    }

    /// The member of this name, or whose key begins so.
    pub(super) fn find(&self, text: &str) -> Found {
        let picture = self.picture();
        let active_first = |member: &&Member| member.state != MemberState::Active;
        let mut named: Vec<&Member> = picture.members.values().filter(|member| member.name == text).collect();
        named.sort_by_key(active_first);
        if let Some(member) = named.first() {
            return Found::One(Box::new((*member).clone()));
        }
        let mut keyed = picture.members.values().filter(|member| member.node.to_string().starts_with(text));
        match (keyed.next(), keyed.next()) {
            (Some(member), None) if text.len() >= 4 => Found::One(Box::new(member.clone())),
            (Some(_), Some(_)) => Found::Several,
            _ => Found::Nobody,
        }
    }
}

/// Adds addresses that are not there yet.
fn merge(into: &mut Vec<String>, addresses: &[String]) {
    for address in addresses {
        if !into.contains(address) {
            into.push(address.clone());
        }
    }
}
