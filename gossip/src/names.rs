//! Short names of logs and short hashes on one link: few bytes that no third party can aim at.
//!
//! Both are keyed by the nonces of both sides, so an author cannot make two headers or two epochs
//! beforehand that look alike on a link. Two logs with one short name are told in full.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::{Hash, LogId, NodeId};

use crate::entry::{Name, SHORT_BITS};
use crate::logs::{Logs, Number};

const KEY_DOMAIN: &str = "vigil gossip link key v1";
const NONCE_DOMAIN: &str = "vigil gossip nonce v1";

/// The names of one link.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    key: [u8; 32],
    shorts: BTreeMap<u32, Number>,
    /// Logs that share a short name with another; named in full.
    clashing: BTreeSet<Number>,
    /// Short names that two logs share.
    ambiguous: BTreeSet<u32>,
}

/// A nonce for the `count`th link of a process.
pub(crate) fn nonce(instance: u64, me: &NodeId, count: u64) -> [u8; 16] {
    let bytes = [&instance.to_le_bytes()[..], &me.0, &count.to_le_bytes()].concat();
    *Hash::of(NONCE_DOMAIN, &bytes).0.first_chunk().expect("32 bytes are at least 16")
}

impl Names {
    /// The names of the link between two nodes with these nonces; the order of the two is the same
    /// on both sides.
    pub(crate) fn new(mut ends: [(NodeId, [u8; 16]); 2], logs: &Logs) -> Names {
        ends.sort();
        let bytes: Vec<u8> = ends.iter().flat_map(|(node, nonce)| node.0.iter().chain(nonce)).copied().collect();
        let key = Hash::of(KEY_DOMAIN, &bytes).0;
        let mut names = Names { key, shorts: BTreeMap::new(), clashing: BTreeSet::new(), ambiguous: BTreeSet::new() };
        logs.iter().for_each(|(number, held)| names.add(number, &held.log));
        names
    }

    /// Names a log that is new in the table.
    pub(crate) fn add(&mut self, number: Number, log: &LogId) {
        let short = self.short(log);
        if self.ambiguous.contains(&short) {
            self.clashing.insert(number);
            return;
        }
        if let Some(other) = self.shorts.insert(short, number) {
            self.shorts.remove(&short);
            self.ambiguous.insert(short);
            self.clashing.extend([other, number]);
        }
    }

    fn keyed(&self, kind: u8, parts: &[&[u8]]) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[kind]);
        parts.iter().for_each(|part| {
            hasher.update(part);
        });
        u64::from_le_bytes(*hasher.finalize().as_bytes().first_chunk().expect("32 bytes are at least 8"))
    }

    fn short(&self, log: &LogId) -> u32 {
        self.keyed(b'l', &[&log.node.0, &log.epoch.0]) as u32 & ((1 << SHORT_BITS) - 1)
    }

    /// The short name of a node.
    pub(crate) fn node(&self, node: &NodeId) -> u32 {
        self.keyed(b'n', &[&node.0]) as u32 & ((1 << SHORT_BITS) - 1)
    }

    /// A hash in 8 bytes.
    pub(crate) fn hash(&self, hash: &Hash) -> u64 {
        self.keyed(b'h', &[&hash.0])
    }

    /// How a log of the table is named to a peer that holds it.
    pub(crate) fn name(&self, number: Number, log: &LogId) -> Name {
        if self.clashing.contains(&number) { Name::Full(*log) } else { Name::Short(self.short(log)) }
    }

    /// Which log a short name means here.
    pub(crate) fn find(&self, short: u32) -> Option<Number> {
        self.shorts.get(&short).copied()
    }

    /// All logs with a short name of their own, rising by it, from `from`.
    pub(crate) fn shorts_from(&self, from: u32) -> impl Iterator<Item = (u32, Number)> {
        self.shorts.range(from..).map(|(short, number)| (*short, *number))
    }

    /// All logs without one.
    pub(crate) fn clashing(&self) -> impl Iterator<Item = Number> {
        self.clashing.iter().copied()
    }
}
