//! Who is a member and which tokens are good: a picture of the control records, for everyone who
//! may not wait for the thread of decisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use vigil_crdt::control::{Control, Member, MemberState};
use vigil_model::NodeId;

use super::home::{Contact, Home};

/// The picture as it was drawn last.
#[derive(Debug)]
pub(super) struct Members {
    me: NodeId,
    /// Who let this node in: dialled until the log says who is a member.
    bootstrap: Vec<Contact>,
    now: RwLock<Arc<Control>>,
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
    /// Knows the cluster, and nobody in it yet.
    pub(super) fn new(me: NodeId, home: &Home) -> Members {
        let now = RwLock::new(Arc::new(Control::new(home.cluster)));
        Members { me, bootstrap: home.contacts.clone(), now }
    }

    /// This node.
    pub(super) fn me(&self) -> NodeId {
        self.me
    }

    /// Draws the picture anew.
    pub(super) fn update(&self, control: &Control) {
        *self.now.write() = Arc::new(control.clone());
    }

    /// The picture.
    pub(super) fn picture(&self) -> Arc<Control> {
        self.now.read().clone()
    }

    /// Everyone who may connect, and where they are.
    pub(super) fn contacts(&self) -> BTreeMap<NodeId, Vec<String>> {
        let picture = self.picture();
        let active = picture.members().values().filter(|member| member.state == MemberState::Active);
        let mut contacts: BTreeMap<NodeId, Vec<String>> =
            active.map(|member| (member.node, member.addresses.clone())).collect();
        for contact in &self.bootstrap {
            let removed = picture.member(&contact.node).is_some_and(|member| member.state != MemberState::Active);
            if !removed {
                merge(contacts.entry(contact.node).or_default(), &contact.addresses);
            }
        }
        contacts.remove(&self.me);
        contacts
    }

    /// What people call a node; the front of its key when nobody named it.
    pub(super) fn name(&self, node: &NodeId) -> String {
        let name = self.picture().member(node).map(|member| member.name.clone());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| node.to_string()[..8].to_owned())
    }

    /// A name for `node` that nobody else has, as near to `wanted` as can be.
    pub(super) fn free_name(&self, wanted: &str, node: &NodeId) -> String {
        self.picture().free_name(wanted, node)
    }

    /// The member of this name, or whose key begins so.
    pub(super) fn find(&self, text: &str) -> Found {
        let picture = self.picture();
        let active_first = |member: &&Member| member.state != MemberState::Active;
        let mut named: Vec<&Member> = picture.members().values().filter(|member| member.name == text).collect();
        named.sort_by_key(active_first);
        if let Some(member) = named.first() {
            return Found::One(Box::new((*member).clone()));
        }
        let mut keyed = picture.members().values().filter(|member| member.node.to_string().starts_with(text));
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
