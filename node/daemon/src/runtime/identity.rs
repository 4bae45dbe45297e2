//! Who this node is: the key, the name and the cluster kept in its data directory.

use std::fs;
use std::path::Path;

use ed25519_dalek::SigningKey;
use vigil_model::{Epoch, Hash, LogId, NodeId};

use super::RunError;
use super::files::write_private;
use super::home::Home;

const KEY_FILE: &str = "node.key";
const NAME_FILE: &str = "node.name";

/// The node's key and names, with a fresh epoch for this process.
pub(super) struct Identity {
    /// Signs this node's blocks.
    pub(super) key: SigningKey,
    /// Its name for people.
    pub(super) name: String,
    /// The cluster that it belongs to.
    pub(super) home: Home,
    /// The log of this process.
    pub(super) log: LogId,
    /// Drawn anew by every process: two at once with one key are told apart by it.
    pub(super) instance: u64,
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
        let home = Home::load(dir, node)?;
        let log = LogId { node, epoch: Epoch(random()?) };
        let instance = u64::from_le_bytes(random()?);
        let name = remember_name(dir, name, &node)?;
        Ok(Identity { key, name, home, log, instance, new })
    }
}

/// Puts the key and the cluster aside, so that the next start begins as a new node on the same data.
pub(super) fn put_away(dir: &Path) -> Result<(), RunError> {
    let stamp = super::clock::now().millis();
    for file in [KEY_FILE, super::home::FILE] {
        let path = dir.join(file);
        match fs::rename(&path, dir.join(format!("{file}.left-{stamp}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(RunError::file("put away", &path, &error));
            }
            _ => {}
        }
    }
    super::files::sync_dir(&dir.join(KEY_FILE))
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
        assert_eq!(first.home, second.home);
        assert_ne!(first.instance, second.instance);
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
