//! What a list of hashes commits to: a Merkle tree in the shape of RFC 9162, with BLAKE3.
//!
//! Leaf `H(0x00 ‖ data)`, node `H(0x01 ‖ left ‖ right)`, empty tree `H()`. A tree over `n > 1`
//! leaves splits at the largest power of two below `n`.

use vigil_model::{Hash, Reader};

const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;

/// The leaf hash of `data`.
pub fn leaf(data: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[LEAF]).update(data);
    Hash(*hasher.finalize().as_bytes())
}

/// The leaf hash of `salt ‖ record`, through a buffer that is reused from leaf to leaf: one call
/// into the hash is much faster than three.
#[inline]
pub(crate) fn salted_leaf(buffer: &mut Vec<u8>, salt: &[u8; 16], record: &[u8]) -> Hash {
    buffer.clear();
    buffer.push(LEAF);
    buffer.extend_from_slice(salt);
    buffer.extend_from_slice(record);
    Hash(*blake3::hash(buffer).as_bytes())
}

/// The hash of an inner node.
#[inline]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(*blake3::hash(&bytes).as_bytes())
}

/// The root over leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut peaks = Peaks::default();
    leaves.iter().for_each(|leaf| peaks.append(*leaf));
    peaks.root()
}

/// The roots of the complete subtrees of a growing tree, left to right: all that is needed to
/// append, at most 64 hashes at any length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    count: u64,
    peaks: Vec<Hash>,
}

impl Peaks {
    /// Number of leaves.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds one leaf hash at the right.
    pub fn append(&mut self, leaf: Hash) {
        let mut merged = leaf;
        for _ in 0..self.count.trailing_ones() {
            let left = self.peaks.pop().expect("every set bit of the count has a peak");
            merged = node(&left, &merged);
        }
        self.peaks.push(merged);
        self.count += 1;
        assert_eq!(self.peaks.len() as u32, self.count.count_ones(), "one peak for every set bit of the count");
    }

    /// The root over all leaves so far.
    pub fn root(&self) -> Hash {
        let folded = self.peaks.iter().rev().copied().reduce(|right, left| node(&left, &right));
        folded.unwrap_or_else(|| Hash(*blake3::hash(&[]).as_bytes()))
    }

    /// Appends `count u64 ‖ peaks`; the number of peaks follows from the count.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_le_bytes());
        self.peaks.iter().for_each(|peak| out.extend_from_slice(&peak.0));
    }

    /// Reads what [`Peaks::encode`] wrote; `None` when it is cut off.
    pub fn decode(reader: &mut Reader<'_>) -> Option<Peaks> {
        let count = reader.u64()?;
        let peaks = (0..count.count_ones()).map(|_| reader.array().map(Hash)).collect::<Option<Vec<_>>>()?;
        Some(Peaks { count, peaks })
    }
}

/// The hashes that lead from leaf `index` to the root; `None` when there is no such leaf.
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    descend(leaves, index, &mut path);
    Some(path)
}

fn descend(leaves: &[Hash], index: usize, path: &mut Vec<Hash>) {
    if leaves.len() == 1 {
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        descend(left, index, path);
        path.push(root(right));
    } else {
        descend(right, index - left.len(), path);
        path.push(root(left));
    }
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    assert!(n > 1, "only a tree of several leaves splits");
    1 << (n - 1).ilog2()
}

/// Whether `path` leads from `leaf`, at `index` of a tree of `size` leaves, to `root`
/// (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut f, mut s, mut reached) = (index, size - 1, *leaf);
    for sibling in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            reached = node(sibling, &reached);
            skip_left_edge(&mut f, &mut s);
        } else {
            reached = node(&reached, sibling);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && reached == *root
}

/// A node at the right edge has no sibling until the path turns: climb to there.
fn skip_left_edge(f: &mut u64, s: &mut u64) {
    while *f & 1 == 0 && *f != 0 {
        *f >>= 1;
        *s >>= 1;
    }
}

/// The hashes that prove that the tree over the first `old` leaves is a prefix of the tree over
/// all; `None` unless `1 ≤ old ≤ leaves`.
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old == 0 || old > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    subproof(leaves, old, true, &mut proof);
    Some(proof)
}

fn subproof(leaves: &[Hash], old: usize, whole: bool, proof: &mut Vec<Hash>) {
    if old == leaves.len() {
        if !whole {
            proof.push(root(leaves));
        }
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if old <= left.len() {
        subproof(left, old, whole, proof);
        proof.push(root(right));
    } else {
        subproof(right, old - left.len(), false, proof);
        proof.push(root(left));
    }
}

/// Whether the tree of `old` leaves with `old_root` is a prefix of the tree of `new` leaves with
/// `new_root` (RFC 9162 §2.1.4.2). The proof must consume the second tree size fully.
pub fn verify_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let mut proof = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { proof.next() };
    first.is_some_and(|first| climb(old - 1, new - 1, first, proof, old_root, new_root))
}

fn climb<'a>(
    mut f: u64,
    mut s: u64,
    first: &Hash,
    proof: impl Iterator<Item = &'a Hash>,
    old_root: &Hash,
    new_root: &Hash,
) -> bool {
    while f & 1 == 1 {
        f >>= 1;
        s >>= 1;
    }
    let (mut old_reached, mut new_reached) = (*first, *first);
    for sibling in proof {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            old_reached = node(sibling, &old_reached);
            new_reached = node(sibling, &new_reached);
            skip_left_edge(&mut f, &mut s);
        } else {
            new_reached = node(&new_reached, sibling);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && old_reached == *old_root && new_reached == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition of RFC 9162, word by word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash(*blake3::hash(&[]).as_bytes()),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node(&naive(left), &naive(right))
            }
        }
    }

    fn leaves(n: usize) -> Vec<Hash> {
        (0..n as u64).map(|n| leaf(&n.to_le_bytes())).collect()
    }

    #[test]
    fn a_known_tree_keeps_its_root() {
        let root = naive(&leaves(7));
        assert_eq!(root.to_hex(), "d5cfebb996cd707b1da8f285aae9b687be8817342958dc8b2816ee6d5cdecfd6");
    }

    #[test]
    fn roots_and_peaks_follow_the_definition() {
        let all = leaves(200);
        let mut peaks = Peaks::default();
        for n in 0..=all.len() {
            assert_eq!(root(&all[..n]), naive(&all[..n]), "{n}");
            assert_eq!(peaks.root(), naive(&all[..n]), "{n}");
            let mut bytes = Vec::new();
            peaks.encode(&mut bytes);
            assert_eq!(Peaks::decode(&mut Reader(&bytes)), Some(peaks.clone()));
            all.get(n).into_iter().for_each(|leaf| peaks.append(*leaf));
        }
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_nothing_else(size in 1usize..80, pick in 0usize..80, other in 0usize..80) {
            let all = leaves(size);
            let (index, other) = (pick % size, other % size);
            let path = inclusion_path(&all, index).expect("the leaf exists");
            let root = root(&all);
            let proves = |leaf: &Hash, index: usize, size: usize, path: &[Hash]| {
                verify_inclusion(leaf, index as u64, size as u64, path, &root)
            };
            prop_assert!(proves(&all[index], index, size, &path));
            prop_assert_eq!(proves(&all[other], index, size, &path), other == index);
            prop_assert_eq!(proves(&all[index], other, size, &path), other == index);
            prop_assert!(!proves(&all[index], index, size, &[path.clone(), vec![root]].concat()));
            prop_assert!(path.is_empty() || !proves(&all[index], index, size, &path[1..]));
        }

        #[test]
        fn every_prefix_is_proved_and_nothing_else(old in 1usize..80, more in 0usize..80, other in 1usize..80) {
            let all = leaves(old + more);
            let new = all.len();
            let proof = consistency_proof(&all, old).expect("a real prefix");
            let (old_root, new_root) = (root(&all[..old]), root(&all));
            let proves = |old: usize, new: usize, proof: &[Hash]| {
                verify_consistency(old as u64, new as u64, &old_root, &new_root, proof)
            };
            prop_assert!(proves(old, new, &proof));
            prop_assert_eq!(proves(other.min(new), new, &proof), other.min(new) == old);
            prop_assert!(!proves(old, new, &[proof.clone(), vec![new_root]].concat()));
            prop_assert!(proof.is_empty() || !proves(old, new, &proof[..proof.len() - 1]));
        }

        #[test]
        fn a_changed_leaf_breaks_the_proofs(size in 2usize..60, at in 0usize..60) {
            let honest = leaves(size);
            let mut forged = honest.clone();
            forged[at % size] = leaf(b"forged");
            let old = at % size + 1;
            let proof = consistency_proof(&forged, old).expect("a prefix");
            prop_assert!(!verify_consistency(old as u64, size as u64, &root(&honest[..old]), &root(&forged), &proof));
        }
    }

    #[test]
    fn a_proof_must_consume_the_second_size() {
        let all = leaves(8);
        let proof = consistency_proof(&all, 4).expect("a prefix");
        assert!(!verify_consistency(4, 9, &root(&all[..4]), &root(&all), &proof));
        assert!(!verify_consistency(4, 16, &root(&all[..4]), &root(&all), &proof));
    }
}
