//! Which cluster this node belongs to, kept in its data directory beside the key.
//!
//! Without the file the node is the founder of its own cluster. It is written once, when another
//! cluster has admitted the node, and before the process starts anew.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vigil_crdt::control::Control;
use vigil_model::{ClusterId, NodeId};

use super::RunError;
use super::files::write_private;

/// Where it is kept.
pub(super) const FILE: &str = "cluster.json";

/// A member that was met before the log knew any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    /// Its key.
    pub(super) node: NodeId,
    /// Where it was reached.
    pub(super) addresses: Vec<String>,
}

/// Where a node belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The cluster.
    pub(super) cluster: ClusterId,
    /// The key whose hash the cluster's id is.
    pub(super) founder: NodeId,
    /// Who let this node in: dialled until the log says who is a member.
    pub(super) contacts: Vec<Contact>,
    /// Whether it let this node in as an edge.
    pub(super) edge: bool,
}

/// The file's text form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cluster: String,
    founder: String,
    contacts: Vec<WrittenContact>,
    #[serde(default)]
    edge: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenContact {
    node: String,
    addresses: Vec<String>,
}

impl Home {
    /// The cluster that `node` founds.
    pub(super) fn founded(node: NodeId) -> Home {
        Home { cluster: Control::cluster_of(&node), founder: node, contacts: Vec::new(), edge: false }
    }

    /// Reads the file of `dir`; without one, `node` is a founder.
    pub(super) fn load(dir: &Path, node: NodeId) -> Result<Home, RunError> {
        let path = dir.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => parse(&text).ok_or(RunError::Home(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Home::founded(node)),
            Err(error) => Err(RunError::file("read", &path, &error)),
        }
    }

    /// Writes the file, durable on return.
    pub(super) fn save(&self, dir: &Path) -> Result<(), RunError> {
        let contact =
            |contact: &Contact| WrittenContact { node: contact.node.to_string(), addresses: contact.addresses.clone() };
        let written = Written {
            cluster: self.cluster.to_string(),
            founder: self.founder.to_string(),
            contacts: self.contacts.iter().map(contact).collect(),
            edge: self.edge,
        };
        let text = serde_json::to_string_pretty(&written).expect("plain data");
        write_private(&dir.join(FILE), &format!("{text}\n"))
    }
}

/// Nothing when the text does not say a cluster and its founder.
fn parse(text: &str) -> Option<Home> {
    let written: Written = serde_json::from_str(text).ok()?;
    let contact =
        |contact: WrittenContact| Some(Contact { node: NodeId::parse(&contact.node)?, addresses: contact.addresses });
    let home = Home {
        cluster: ClusterId::parse(&written.cluster)?,
        founder: NodeId::parse(&written.founder)?,
        contacts: written.contacts.into_iter().map(contact).collect::<Option<_>>()?,
        edge: written.edge,
    };
    (Control::cluster_of(&home.founder) == home.cluster).then_some(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_again() {
        let dir = tempfile::tempdir().expect("a place for tests");
        let (me, founder) = (NodeId([1; 32]), NodeId([2; 32]));
        assert_eq!(Home::load(dir.path(), me).expect("no file"), Home::founded(me));
        let contacts = vec![Contact { node: NodeId([3; 32]), addresses: vec!["site-a:7701".to_owned()] }];
        let home = Home { contacts, ..Home::founded(founder) };
        home.save(dir.path()).expect("writable");
        assert_eq!(Home::load(dir.path(), me).expect("written"), home);
    }

    #[test]
    fn a_cluster_without_its_founder_is_refused() {
        let home = Home::founded(NodeId([2; 32]));
        let text = |founder: NodeId| format!(r#"{{"cluster":"{}","founder":"{founder}","contacts":[]}}"#, home.cluster);
        assert_eq!(parse(&text(NodeId([2; 32]))), Some(home.clone()));
        assert_eq!(parse(&text(NodeId([3; 32]))), None);
        assert_eq!(parse("{}"), None);
    }
}
