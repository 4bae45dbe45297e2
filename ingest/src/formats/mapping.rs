//! Which field of ours a vendor's key becomes.

use vigil_model::Value;

/// What a value must be to go under our name. One that is not keeps the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// A hash in hexadecimal: its length says which one it is, and so the end of our name.
    Hash,
}

/// A vendor's key, our name for it, and what it must hold.
pub(super) type Rule = (&'static str, &'static str, Kind);

/// Rules, found by key.
pub(super) struct Mapping {
    /// By the length of their key: of one length there are few.
    by_length: Vec<Vec<Rule>>,
}

impl Mapping {
    pub(super) fn new(rules: &[Rule]) -> Mapping {
        let longest = rules.iter().map(|(key, _, _)| key.len()).max().unwrap_or_default();
        let mut by_length = vec![Vec::new(); longest + 1];
        for rule in rules {
            by_length[rule.0.len()].push(*rule);
        }
        Mapping { by_length }
    }

    /// Our name for a key.
    pub(super) fn of(&self, key: &str) -> Option<(&'static str, Kind)> {
        let rules = self.by_length.get(key.len())?;
        // The first letter rules most out, and is cheaper than a comparison of all.
        let first = key.as_bytes().first();
        let same = |known: &str| known.as_bytes().first() == first && known == key;
        rules.iter().find(|(known, _, _)| same(known)).map(|(_, name, kind)| (*name, *kind))
    }
}

/// Our name and form of a value; `None` where the vendor's name fits better.
pub(super) fn fitting<'v>(name: &'static str, kind: Kind, value: &'v str) -> Option<(&'static str, Value<'v>)> {
    match kind {
        _ if value.is_empty() => None,
        Kind::Text => Some((name, Value::Str(value))),
        Kind::Number => value.parse().ok().map(|number| (name, Value::Int(number))),
        Kind::Hash => Some((hash_name(value)?, Value::Str(value))),
    }
}

/// The name of a hash in ECS by its length, which tells MD5, SHA-1, SHA-256 and SHA-512 apart.
fn hash_name(hash: &str) -> Option<&'static str> {
    if !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some(match hash.len() {
        32 => "file.hash.md5",
        40 => "file.hash.sha1",
        64 => "file.hash.sha256",
        128 => "file.hash.sha512",
        _ => return None,
    })
}
