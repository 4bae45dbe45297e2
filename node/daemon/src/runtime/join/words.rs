//! Four words that two people read to each other, so that nobody stands between their nodes.

use vigil_model::{ClusterId, Hash, NodeId};

const DOMAIN: &str = "vigil join words v1";
const WORDS: usize = 4;
const BITS: usize = 11;
/// Hashes one after another: someone in the middle has to find keys whose words agree, and pays
/// this for every key that is tried.
const ROUNDS: usize = 1 << 19;

/// The words for two keys and the cluster that one of them is to join: the same on both sides, 44
/// bits of their hash. Takes some hundredths of a second, by design.
pub(super) fn words(cluster: &ClusterId, one: &NodeId, other: &NodeId) -> String {
    let (low, high) = (one.min(other), one.max(other));
    let first = Hash::of(DOMAIN, &[&cluster.0[..], &low.0, &high.0].concat());
    let hash = (0..ROUNDS).fold(first, |hash, _| Hash(*blake3::hash(&hash.0).as_bytes()));
    let front = u64::from_le_bytes(*hash.0.first_chunk().expect("a hash is longer than a number"));
    let list = bip39::Language::English.word_list();
    let word = |n: usize| list[(front >> (n * BITS)) as usize % list.len()];
    (0..WORDS).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_the_same_words_and_nobody_else_does() {
        let (cluster, a, b) = (ClusterId([1; 32]), NodeId([2; 32]), NodeId([3; 32]));
        let seen = words(&cluster, &a, &b);
        assert_eq!(seen, words(&cluster, &b, &a));
        assert_eq!(seen.split(' ').count(), WORDS);
        assert_ne!(seen, words(&cluster, &a, &NodeId([4; 32])));
        assert_ne!(seen, words(&ClusterId([9; 32]), &a, &b));
    }
}
