//! Who this node is: the key, the name and the cluster kept in its data directory.

use std::fs;
use std::io::Write;
use std::path::Path;

use ed25519_dalek::SigningKey;
use vigil_model::{ClusterId, Epoch, Hash, LogId, NodeId};

use super::RunError;

const KEY_FILE: &str = "node.key";
const NAME_FILE: &str = "node.name";
const CLUSTER_DOMAIN: &str = "vigil cluster of one v1";

/// The node's key and names, with a fresh epoch for this process.
pub(super) struct Identity {
    /// Signs this node's blocks.
    pub(super) key: SigningKey,
    /// Its name for people.
    pub(super) name: String,
    /// The cluster that it founded.
    pub(super) cluster: ClusterId,
    /// The log of this process.
    pub(super) log: LogId,
    /// Whether the key was made just now.
    pub(super) new: bool,
}

impl Identity {
    /// Reads the key of `dir`, or makes one. `name` overrides the remembered name when not empty.
    pub(super) fn load(dir: &Path, name: &str) -> Result<Identity, RunError> {
        let path = dir.join(KEY_FILE);
        let (key, new) = match fs::read_to_string(&path) {
            Ok(text) => (parse_key(&path, &text)?, false),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (make_key(&path)?, true),
            Err(error) => return Err(RunError::file("read", &path, &error)),
        };
        let node = NodeId(key.verifying_key().to_bytes());
        let cluster = ClusterId(Hash::of(CLUSTER_DOMAIN, &node.0).0);
        let log = LogId { node, epoch: Epoch(random()?) };
        let name = remember_name(dir, name, &node)?;
        Ok(Identity { key, name, cluster, log, new })
    }
}

/// Fresh randomness of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], RunError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| RunError::Random(error.to_string()))?;
    Ok(bytes)
}

fn parse_key(path: &Path, text: &str) -> Result<SigningKey, RunError> {
    let seed = Hash::from_hex(text.trim()).ok_or_else(|| RunError::Key(path.to_owned()))?;
    Ok(SigningKey::from_bytes(&seed.0))
}

fn make_key(path: &Path) -> Result<SigningKey, RunError> {
    let seed = random()?;
    write_private(path, &format!("{}\n", Hash(seed).to_hex()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Writes a file that only its owner can read, durable before it carries its name.
fn write_private(path: &Path, text: &str) -> Result<(), RunError> {
    let fresh = path.with_extension("new");
    let failed = |error: std::io::Error| RunError::file("write", path, &error);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)?;
    sync_dir(path)
}

/// Makes the name of a file in its directory survive a power cut.
fn sync_dir(path: &Path) -> Result<(), RunError> {
    let dir = path.parent().expect("a file of the data directory has a parent");
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| RunError::file("sync", dir, &error))
}

fn remember_name(dir: &Path, given: &str, node: &NodeId) -> Result<String, RunError> {
    let path = dir.join(NAME_FILE);
    let known = fs::read_to_string(&path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let name = match (given, known.as_str()) {
        ("", "") => format!("{}-{}", host_name(), &node.to_string()[..4]),
        ("", known) => known.to_owned(),
        (given, _) => given.to_owned(),
    };
    if name != known {
        write_private(&path, &format!("{name}\n"))?;
    }
    Ok(name)
}

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let short = name.trim().split('.').next().unwrap_or_default().to_owned();
    if short.is_empty() { "node".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_name_stay_and_the_epoch_changes() {
        let dir = tempfile::tempdir().expect("a place for tests");
        let first = Identity::load(dir.path(), "alpha").expect("new");
        let second = Identity::load(dir.path(), "").expect("again");
        assert!(first.new && !second.new);
        assert_eq!(second.name, "alpha");
        assert_eq!(first.log.node, second.log.node);
        assert_eq!(first.cluster, second.cluster);
        assert_ne!(first.log.epoch, second.log.epoch);
    }

    #[test]
    fn a_damaged_key_is_named_and_kept() {
        let dir = tempfile::tempdir().expect("a place for tests");
        fs::write(dir.path().join(KEY_FILE), "not a key").expect("writable");
        let error = Identity::load(dir.path(), "").err().expect("refused").to_string();
        assert!(error.contains(KEY_FILE), "{error}");
        assert_eq!(fs::read_to_string(dir.path().join(KEY_FILE)).expect("there"), "not a key");
    }
}
