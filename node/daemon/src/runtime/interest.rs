//! What this node fetches of others: what the settings say, and what its ticket made it.

use std::collections::BTreeSet;

use vigil_crdt::control::{Control, Entry, Place, Profile};
use vigil_gossip::Interest;
use vigil_model::{ClassSet, LogId, NodeId};

use super::identity::Identity;
use crate::settings::Peers;

/// Names that nobody bears are left out, and said.
pub(super) fn interest(settings: &Peers, identity: &Identity, control: &Control) -> Interest {
    // The log says it from the second start on.
    let member = control.member(&identity.log.node);
    let edge = member.map_or(identity.home.edge, |member| member.profile == Profile::Edge);
    // A setting that was made by hand counts more than the ticket.
    let classes = if edge && settings.classes == ClassSet::ALL { ClassSet::ALWAYS } else { settings.classes };
    let nodes = settings.nodes.as_ref().map(|names| names.iter().filter_map(|name| named(control, name)).collect());
    Interest { classes: classes.union(ClassSet::ALWAYS), nodes }
}

/// Membership and access as the records say.
pub(super) fn fold(identity: &Identity, records: &[(LogId, u64, Vec<Entry>)]) -> Control {
    let mut control = Control::new(identity.home.cluster);
    control.introduce(&identity.home.founder);
    for (log, seq, entries) in records {
        for Entry { offset, record } in entries {
            control.insert(Place { log: *log, seq: *seq, offset: *offset }, record.clone());
        }
    }
    control
}

fn named(control: &Control, name: &str) -> Option<NodeId> {
    let fits = |node: &NodeId| node.to_string().starts_with(name);
    let members = control.members().values();
    let found: BTreeSet<NodeId> =
        members.filter(|member| member.name == name || fits(&member.node)).map(|member| member.node).collect();
    if found.len() != 1 {
        tracing::warn!(name, "peers.nodes: no member, or several, of this name; it is left out");
    }
    found.into_iter().next()
}
